//! Mail to a client's guests: what happened, and the way into their portal.

use rapport_base::Result;
use rapport_db::TenantTx;
use rapport_mail::{Letter, Party};
use rapport_outbox::NewMail;
use rapport_queue::JobCx;
use uuid::Uuid;

use crate::store::GuestRow;

/// What guests are written.
pub(crate) struct News<'a> {
    /// Frozen name of the sort of mail.
    pub kind: &'static str,
    /// With each guest, the same key is the same mail.
    pub key: String,
    /// Whose timeline it belongs to.
    pub client_id: Uuid,
    pub subject: String,
    pub line: String,
    /// Somebody's own words.
    pub quote: &'a str,
    /// Label of the button.
    pub button: &'static str,
    /// Where it leads, below the portal's own address.
    pub path: String,
}

/// Writes to each guest in the workspace's name.
pub(crate) async fn send(cx: &JobCx, tx: &TenantTx, guests: &[GuestRow], news: &News<'_>) -> Result<()> {
    if guests.is_empty() {
        return Ok(());
    }
    let workspace = identity::workspaces::get(tx).await?;
    let brand = identity::brand(&cx.app, &workspace);
    let reply_to = workspace.email.as_deref().map(|email| Party::new(&workspace.name, email));
    for guest in guests {
        let mut letter = Letter::new(&news.subject)
            .language(&workspace.locale)
            .greeting(format!("Hello {},", guest.name))
            .line(&news.line);
        if !news.quote.is_empty() {
            letter = letter.quote(news.quote);
        }
        let letter = letter
            .button(news.button, cx.app.url(&format!("/portal/{}{}", guest.portal_id, news.path)))
            .footer(format!("You get this mail as a guest of the portal {} keeps for you.", workspace.name));
        let key = format!("{}:{}", news.key, guest.contact_id);
        let mail = NewMail {
            reply_to: reply_to.clone(),
            client_id: Some(news.client_id),
            ..NewMail::new(news.kind, key, Party::new(&guest.name, &guest.email), brand.clone(), letter)
        };
        rapport_outbox::send(tx, &mail).await?;
    }
    Ok(())
}
