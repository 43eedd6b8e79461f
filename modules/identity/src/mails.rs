//! The letters identity writes.

use rapport_base::{Result, Token};
use rapport_db::{App, SystemTx};
use rapport_mail::{Brand, Letter, Party};
use rapport_outbox::{NewMail, send_system};
use uuid::Uuid;

/// Rapport's own brand, for mail beyond the workspaces.
pub(crate) fn house() -> Brand {
    Brand { name: "Rapport".into(), color: "#2457c5".into(), logo_url: None }
}

async fn post(tx: &SystemTx, kind: &'static str, key: Uuid, name: &str, email: &str, letter: Letter) -> Result<()> {
    let mail = NewMail::new(kind, format!("{kind}:{key}"), Party::new(name, email), house(), letter);
    send_system(tx, &mail, tx.now()).await
}

/// The link that confirms an address.
pub(crate) async fn confirm_address(app: &App, tx: &SystemTx, name: &str, email: &str, link: &Token) -> Result<()> {
    let letter = Letter::new("Confirm your e-mail address")
        .greeting(format!("Hello {name},"))
        .line("welcome to Rapport. Confirm that this address is yours, so that you can send invoices and invitations from it.")
        .button("Confirm address", app.url(&format!("/verify/{}", link.expose())))
        .small("The link works for 7 days. If you did not sign up, ignore this mail.");
    post(tx, "identity.confirm_address", Uuid::now_v7(), name, email, letter).await
}

/// To the owner of an address someone tried to sign up with.
pub(crate) async fn someone_signed_up(app: &App, tx: &SystemTx, name: &str, email: &str) -> Result<()> {
    let letter = Letter::new("You have an account already")
        .greeting(format!("Hello {name},"))
        .line("someone tried to make a new account with your address. If that was you: you have one already.")
        .button("Sign in", app.url("/sign-in"))
        .line(format!("Forgotten the password? Ask for a new one: {}", app.url("/forgot")))
        .small("If it was not you, there is nothing to do.");
    post(tx, "identity.address_in_use", Uuid::now_v7(), name, email, letter).await
}
