//! Links and codes sent by mail: each works once and for a short time.

pub(crate) mod store;

use jiff::SignedDuration;
use rapport_base::{Email, Result, Token, UserId};
use rapport_db::SystemTx;
use uuid::Uuid;

/// Life of the link that confirms an address.
pub(crate) const VERIFY: SignedDuration = SignedDuration::from_hours(7 * 24);

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
