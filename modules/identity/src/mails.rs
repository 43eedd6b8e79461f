//! The letters identity writes.

use rapport_base::{Result, Token};
use rapport_db::{App, SystemTx, TenantTx};
use rapport_mail::{Brand, Letter, Party};
use rapport_outbox::{NewMail, send, send_system};
use uuid::Uuid;

use crate::{invitations::InvitationId, users::store::SignInRow, workspaces::WorkspaceSettings};

/// Rapport's own brand, for mail beyond the workspaces.
pub(crate) fn house() -> Brand {
    Brand { name: "Rapport".into(), color: "#2457c5".into(), logo_url: None }
}

async fn post(
    tx: &SystemTx,
    kind: &'static str,
    key: Uuid,
    name: &str,
    email: &str,
    letter: Letter,
) -> Result<()> {
    let mail = NewMail::new(kind, format!("{kind}:{key}"), Party::new(name, email), house(), letter);
    send_system(tx, &mail, tx.now()).await
}

/// The link that confirms an address.
pub(crate) async fn confirm_address(
    app: &App,
    tx: &SystemTx,
    name: &str,
    email: &str,
    link: &Token,
) -> Result<()> {
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

/// What an invitation says.
pub(crate) struct Invitation<'a> {
    pub inviter: &'a str,
    pub role: &'a str,
    pub message: Option<&'a str>,
    pub token: &'a Token,
}

/// The link that lets someone join a workspace; `which` is the invitation and how often it was sent.
pub(crate) async fn invitation(
    app: &App,
    tx: &TenantTx,
    workspace: &WorkspaceSettings,
    (id, sent): (InvitationId, i32),
    email: &str,
    says: &Invitation<'_>,
) -> Result<()> {
    let mut letter = Letter::new(format!("{} invites you to {}", says.inviter, workspace.name))
        .language(&workspace.locale)
        .line(format!(
            "{} would like to work with you in {} as {}.",
            says.inviter, workspace.name, says.role
        ));
    if let Some(message) = says.message {
        letter = letter.quote(message);
    }
    let letter = letter
        .button("Accept the invitation", app.url(&format!("/invitations/{}", says.token.expose())))
        .small("The link works for 7 days. If you do not know the sender, ignore this mail.");
    let key = format!("identity.invitation:{id}:{sent}");
    send(
        tx,
        &NewMail::new(
            "identity.invitation",
            key,
            Party::new("", email),
            crate::brand(app, workspace),
            letter,
        ),
    )
    .await
}

/// The link and code that sign in.
pub(crate) async fn sign_in(
    app: &App,
    tx: &SystemTx,
    id: Uuid,
    to: &SignInRow,
    link: &Token,
    code: &str,
) -> Result<()> {
    let letter = Letter::new(format!("{code} is your sign-in code"))
        .greeting(format!("Hello {},", to.name))
        .line("sign in with this link, in the browser you asked from:")
        .button("Sign in", app.url(&format!("/sign-in/link/{}", link.expose())))
        .line("Or type this code there:")
        .code(code)
        .small("Both work once, for 10 minutes. If you did not ask for them, ignore this mail: nobody can sign in with it from another browser.");
    post(tx, "identity.sign_in", id, &to.name, &to.email, letter).await
}

/// The link to a new password.
pub(crate) async fn reset(app: &App, tx: &SystemTx, id: Uuid, to: &SignInRow, link: &Token) -> Result<()> {
    let letter = Letter::new("Choose a new password")
        .greeting(format!("Hello {},", to.name))
        .line("someone, hopefully you, asked for a new password for your account.")
        .button("Choose a new password", app.url(&format!("/reset/{}", link.expose())))
        .small("The link works once, for an hour. If you did not ask for it, ignore this mail: your password stays as it is.");
    post(tx, "identity.reset_password", id, &to.name, &to.email, letter).await
}

/// Tells that the password was changed.
pub(crate) async fn password_changed(app: &App, tx: &SystemTx, name: &str, email: &str) -> Result<()> {
    let letter = Letter::new("Your password was changed")
        .greeting(format!("Hello {name},"))
        .line("the password of your account was changed just now, and all other sessions were ended.")
        .line(format!("If that was not you, ask for a new password at once: {}", app.url("/forgot")));
    post(tx, "identity.password_changed", Uuid::now_v7(), name, email, letter).await
}
