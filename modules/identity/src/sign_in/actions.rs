//! Signing in with a password.

use rapport_base::{Email, Kind, Refusal, Result, UserId};
use rapport_db::App;
use rapport_web::RequestInfo;

use crate::{limits, passwords::Hasher, users};

/// The person whose address and password these are. An unknown address takes as long as a wrong
/// password and is answered the same.
pub(crate) async fn by_password(
    app: &App,
    request: &RequestInfo,
    email: &str,
    password: &str,
) -> Result<UserId> {
    let email = Email::try_new(email);
    let account = email.as_ref().map(Email::folded);
    limits::attempt(app, &limits::PASSWORD, &request.ip, account.as_deref()).await?;
    let row = match &email {
        Some(email) => {
            let tx = app.db.system().await?;
            users::store::by_email(&tx, email).await?
        }
        None => None,
    };
    let hasher: Hasher = app.parts.get();
    let password: String = password.chars().take(200).collect();
    let hash = row.as_ref().and_then(|row| row.password_hash.as_deref());
    let right = hasher.verify(&password, hash).await?;
    let user = row.filter(|row| right && !row.disabled).map(|row| row.id);
    let tx = app.db.system().await?;
    users::store::note_sign_in(&tx, user, "password", user.is_some(), &request.ip, &request.user_agent)
        .await?;
    tx.commit().await?;
    let user = user.ok_or_else(wrong)?;
    limits::succeeded(app, &limits::PASSWORD, &request.ip, account.as_deref()).await?;
    Ok(user)
}

fn wrong() -> Refusal {
    Refusal::new(
        Kind::Unauthenticated,
        "wrong_credentials",
        "This e-mail address and password do not go together.",
    )
}
