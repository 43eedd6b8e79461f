//! Resetting a password, and confirming an address.

use rapport_base::{Email, Kind, Refusal, Result, Token};
use rapport_db::App;
use rapport_web::{RequestInfo, User};
use uuid::Uuid;

use crate::{
    limits,
    mail_tokens::{self, jobs, store},
    mails,
    passwords::{self, Hasher},
    sessions, tokens, users,
};

/// Asks for the link to a new password. Says nothing about the address.
pub(crate) async fn forgot(app: &App, request: &RequestInfo, email: &str) -> Result<()> {
    let email = Email::try_new(email).ok_or_else(|| {
        Refusal::field("email", "invalid", "Write an e-mail address, such as ada@example.com.")
    })?;
    limits::attempt(app, &limits::MAIL, &request.ip, Some(&email.folded())).await?;
    let job = jobs::SendReset { id: Uuid::now_v7(), email, ip: request.ip.clone() };
    jobs::put_in(app, &job).await
}

/// Sets a new password by the link's token: once, and every other session and API client ends.
pub(crate) async fn reset(app: &App, request: &RequestInfo, token: &str, password: &str) -> Result<()> {
    limits::attempt(app, &limits::CODE, &request.ip, None).await?;
    let tx = app.db.system().await?;
    let row = store::find(&tx, "reset_password", &Token::hash_of(token)).await?.ok_or_else(over)?;
    drop(tx);
    if let Some((code, message)) = passwords::rules::refused(password, [row.name.as_str(), &row.email]) {
        return Err(Refusal::field("password", code, message).into());
    }
    let hasher: Hasher = app.parts.get();
    let hash = hasher.hash(password).await?;
    let tx = app.db.system().await?;
    if row.email_folded != row.user_email_folded || !store::consume(&tx, row.id).await? {
        return Err(over().into());
    }
    store::consume_all(&tx, row.user_id, "reset_password").await?;
    store::consume_all(&tx, row.user_id, "sign_in").await?;
    users::store::set_password(&tx, row.user_id, &hash).await?;
    users::store::verify_email(&tx, row.user_id).await?;
    sessions::store::end_others(&tx, row.user_id, None).await?;
    tokens::actions::end_all(&tx, row.user_id, None, "password").await?;
    mails::password_changed(app, &tx, &row.name, &row.email).await?;
    tx.commit().await?;
    limits::succeeded(app, &limits::CODE, &request.ip, None).await
}

/// Confirms an address by the link's token.
pub(crate) async fn verify(app: &App, request: &RequestInfo, token: &str) -> Result<()> {
    limits::attempt(app, &limits::CODE, &request.ip, None).await?;
    let tx = app.db.system().await?;
    let row = store::find(&tx, "verify_email", &Token::hash_of(token)).await?.ok_or_else(over)?;
    if row.email_folded != row.user_email_folded || !store::consume(&tx, row.id).await? {
        return Err(over().into());
    }
    users::store::verify_email(&tx, row.user_id).await?;
    tx.commit().await?;
    limits::succeeded(app, &limits::CODE, &request.ip, None).await
}

/// Sends the link that confirms an address again.
pub(crate) async fn resend_verification(app: &App, request: &RequestInfo, user: &User) -> Result<()> {
    if user.email_verified {
        return Ok(());
    }
    limits::attempt(app, &limits::MAIL, &request.ip, Some(&user.email.to_lowercase())).await?;
    let Some(email) = Email::try_new(&user.email) else { return Ok(()) };
    let tx = app.db.system().await?;
    store::consume_all(&tx, user.id, "verify_email").await?;
    let link = mail_tokens::verification(&tx, user.id, &email, &request.ip).await?;
    mails::confirm_address(app, &tx, &user.name, &user.email, &link).await?;
    tx.commit().await
}

fn over() -> Refusal {
    Refusal::new(
        Kind::NotFound,
        "link_over",
        "This link is over: it was used, or is too old. Ask for a new one.",
    )
}
