//! The letters that bring someone into a portal.

use rapport_base::Result;
use rapport_db::TenantTx;
use rapport_mail::{Brand, Letter, Party};
use rapport_outbox::NewMail;

use super::store::Addressee;
use crate::Portal;

const WORKSPACE: &str = "select name, brand_color from identity.v_workspace where workspace_id = $1";

/// In whose name mail about a portal is written.
pub(crate) async fn brand(tx: &TenantTx, portal_color: Option<&str>) -> Result<Brand> {
    let (name, color): (String, String) = tx.get(WORKSPACE, &[&tx.workspace()]).await?;
    Ok(Brand { name, color: portal_color.map_or(color, str::to_owned), logo_url: None })
}

/// Sends a link to the contact it is for; false when there is no address.
pub(crate) async fn send_link(
    tx: &TenantTx,
    portal: &Portal,
    to: &Addressee,
    url: &str,
    days: i32,
    key: String,
) -> Result<bool> {
    let Some(email) = &to.email else { return Ok(false) };
    let brand = brand(tx, portal.accent_color.as_deref()).await?;
    let life = if days == 1 { "one day".to_owned() } else { format!("{days} days") };
    let letter = Letter::new(format!("Your portal with {}", brand.name))
        .greeting(format!("Hello {},", to.name))
        .line(format!("{} has a place for your work together: see how far it is, get files, approve what is ready, write messages and find your invoices.", brand.name))
        .button("Open the portal", url)
        .small(format!("The link works for {life} and needs no password. It is yours: pass it on only to people who may see all this."));
    send(tx, portal, "portal.link", key, Party::new(&to.name, email), brand, letter).await?;
    Ok(true)
}

/// Sends a code that confirms an act which binds.
pub(crate) async fn send_code(
    tx: &TenantTx,
    portal: &Portal,
    to: Party,
    code: &str,
    key: String,
) -> Result<()> {
    let brand = brand(tx, portal.accent_color.as_deref()).await?;
    let letter = Letter::new(format!("{code} is your code for {}", brand.name))
        .greeting(format!("Hello {},", to.name))
        .line("Type this code in the portal to confirm that it is you:")
        .code(code)
        .small("It works for ten minutes, once, and only in the browser that asked for it. If that was not you, ignore this mail.");
    send(tx, portal, "portal.code", key, to, brand, letter).await
}

async fn send(
    tx: &TenantTx,
    portal: &Portal,
    kind: &'static str,
    key: String,
    to: Party,
    brand: Brand,
    letter: Letter,
) -> Result<()> {
    let mail = NewMail { client_id: Some(portal.client_id), ..NewMail::new(kind, key, to, brand, letter) };
    rapport_outbox::send(tx, &mail).await
}
