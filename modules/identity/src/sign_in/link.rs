//! Signing in by a link or code sent by mail, in the browser that asked.

use rapport_base::{Email, Kind, Refusal, Result, Token, UserId};
use rapport_db::{App, SystemTx};
use rapport_web::{RequestInfo, cookie, local_path};
use uuid::Uuid;

use crate::{
    limits,
    mail_tokens::{self, GUESSES, jobs, store},
    users,
};

/// What tells one browser from another before anyone signed in.
pub(crate) fn browser(app: &App, request: &RequestInfo) -> Option<String> {
    request.cookie(&cookie::name(app, "visitor")).filter(|token| token.len() >= 43).map(str::to_owned)
}

/// Asks for a link and code, bound to whoever holds `browser`. Says nothing about the address.
pub(crate) async fn ask(
    app: &App,
    request: &RequestInfo,
    email: &str,
    browser: &str,
    next: &str,
) -> Result<()> {
    let email = Email::try_new(email).ok_or_else(|| {
        Refusal::field("email", "invalid", "Write an e-mail address, such as ada@example.com.")
    })?;
    limits::attempt(app, &limits::MAIL, &request.ip, Some(&email.folded())).await?;
    let job = jobs::SendSignIn {
        id: Uuid::now_v7(),
        email,
        browser_hash: Token::hash_of(browser),
        next: local_path(next, "/app").to_owned(),
        ip: request.ip.clone(),
    };
    jobs::put_in(app, &job).await
}

/// Who signs in, and where they were going.
pub(crate) struct Arrival {
    pub user: UserId,
    pub next: String,
}

/// Signs in by the link's token, in the browser that asked.
pub(crate) async fn by_token(
    app: &App,
    request: &RequestInfo,
    token: &str,
    browser: Option<&str>,
) -> Result<Arrival> {
    limits::attempt(app, &limits::CODE, &request.ip, None).await?;
    let tx = app.db.system().await?;
    let row = store::find(&tx, "sign_in", &Token::hash_of(token)).await?.ok_or_else(over)?;
    if row.browser_hash != browser.map(Token::hash_of) {
        return Err(Refusal::new(
            Kind::Forbidden,
            "other_browser",
            "Open the link in the browser you asked from, or type the code from the mail there.",
        )
        .into());
    }
    arrive(app, request, tx, row, "link").await
}

/// Signs in by the six digits, in the browser that asked.
pub(crate) async fn by_code(
    app: &App,
    request: &RequestInfo,
    code: &str,
    browser: Option<&str>,
) -> Result<Arrival> {
    let browser = browser.map(Token::hash_of).ok_or_else(wrong_code)?;
    limits::attempt(app, &limits::CODE, &request.ip, None).await?;
    let tx = app.db.system().await?;
    let row = store::lock_of_browser(&tx, "sign_in", &browser).await?;
    let row = row.filter(|row| row.attempts < GUESSES).ok_or_else(wrong_code)?;
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let presented = mail_tokens::code_hash(app, row.id, &digits);
    let right = row
        .code_hash
        .as_deref()
        .is_some_and(|hash| bool::from(subtle::ConstantTimeEq::ct_eq(hash, &presented[..])));
    if !right {
        store::count_attempt(&tx, row.id).await?;
        tx.commit().await?;
        return Err(wrong_code().into());
    }
    arrive(app, request, tx, row, "code").await
}

async fn arrive(
    app: &App,
    request: &RequestInfo,
    tx: SystemTx,
    row: store::TokenRow,
    way: &str,
) -> Result<Arrival> {
    if row.email_folded != row.user_email_folded || !store::consume(&tx, row.id).await? {
        return Err(over().into());
    }
    // Whoever reads the mail owns the address.
    users::store::verify_email(&tx, row.user_id).await?;
    users::store::note_sign_in(&tx, Some(row.user_id), way, true, &request.ip, &request.user_agent).await?;
    tx.commit().await?;
    limits::succeeded(app, &limits::CODE, &request.ip, None).await?;
    limits::succeeded(app, &limits::MAIL, &request.ip, Some(&row.email_folded)).await?;
    let next = local_path(row.redirect_to.as_deref().unwrap_or_default(), "/app").to_owned();
    Ok(Arrival { user: row.user_id, next })
}

fn over() -> Refusal {
    Refusal::new(
        Kind::NotFound,
        "link_over",
        "This link is over: it was used, or is older than 10 minutes. Ask for a new one.",
    )
}

fn wrong_code() -> Refusal {
    Refusal::field(
        "code",
        "wrong",
        "This code is wrong or over. Look at the newest mail, or ask for another code.",
    )
}
