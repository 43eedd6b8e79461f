//! Links and codes sent by mail: each works once and for a short time.

pub(crate) mod jobs;
pub(crate) mod store;

use jiff::SignedDuration;
use rapport_base::{Email, Keys, Result, Token, UserId};
use rapport_db::{App, SystemTx};
use uuid::Uuid;

/// Life of the link that confirms an address.
pub(crate) const VERIFY: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Life of a sign-in link and its code.
pub(crate) const SIGN_IN: SignedDuration = SignedDuration::from_mins(10);
/// Life of the link to a new password.
pub(crate) const RESET: SignedDuration = SignedDuration::from_hours(1);
/// Wrong codes until it stops working.
pub(crate) const GUESSES: i16 = 5;

/// A token that confirms the address of a person.
pub(crate) async fn verification(tx: &SystemTx, user: UserId, email: &Email, ip: &str) -> Result<Token> {
    let token = Token::new();
    let new = store::NewToken {
        id: Uuid::now_v7(),
        kind: "verify_email",
        token_hash: token.hash(),
        code_hash: None,
        browser_hash: None,
        user,
        email_folded: email.folded(),
        redirect_to: None,
        ip,
        expires_at: tx.now() + VERIFY,
    };
    store::insert(tx, &new).await?;
    Ok(token)
}

/// What is stored of a code: keyed, since six digits alone could be tried out against a hash.
pub(crate) fn code_hash(app: &App, token: Uuid, code: &str) -> Vec<u8> {
    let keys: Keys = app.parts.get();
    Token::hash_of(&keys.proof("sign-in code", format!("{token}/{code}").as_bytes()))
}
