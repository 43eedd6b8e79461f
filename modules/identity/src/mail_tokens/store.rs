//! Statements about links and codes sent by mail.

use jiff::Timestamp;
use rapport_base::{Result, UserId};
use rapport_db::{SystemTx, row};
use uuid::Uuid;

pub(crate) struct NewToken<'a> {
    pub id: Uuid,
    pub kind: &'static str,
    pub token_hash: Vec<u8>,
    pub code_hash: Option<Vec<u8>>,
    pub browser_hash: Option<Vec<u8>>,
    pub user: UserId,
    pub email_folded: String,
    pub redirect_to: Option<String>,
    pub ip: &'a str,
    pub expires_at: Timestamp,
}

/// `false` when it is there already.
pub(crate) async fn insert(tx: &SystemTx, new: &NewToken<'_>) -> Result<bool> {
    let rows = tx
        .execute(
            "insert into identity.tokens (id, kind, token_hash, code_hash, browser_hash, user_id, email_folded,
               redirect_to, ip, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (id) do nothing",
            &[
                &new.id,
                &new.kind,
                &new.token_hash,
                &new.code_hash,
                &new.browser_hash,
                &new.user,
                &new.email_folded,
                &new.redirect_to,
                &new.ip,
                &tx.now(),
                &new.expires_at,
            ],
        )
        .await?;
    Ok(rows == 1)
}

row! {
    pub(crate) struct TokenRow {
        pub id: Uuid,
        pub user_id: UserId,
        pub email: String,
        pub email_folded: String,
        pub user_email_folded: String,
        pub name: String,
        pub code_hash: Option<Vec<u8>>,
        pub browser_hash: Option<Vec<u8>>,
        pub redirect_to: Option<String>,
        pub attempts: i16,
    }
}

macro_rules! living {
    ($which:literal) => {
        concat!(
            "select t.id, u.id as user_id, u.email, t.email_folded, u.email_folded as user_email_folded, u.name,
               t.code_hash, t.browser_hash, t.redirect_to, t.attempts
             from identity.tokens t join identity.users u on u.id = t.user_id and u.disabled_at is null
             where t.kind = $1 and t.used_at is null and t.expires_at > $3 and ",
            $which
        )
    };
}

/// A token that still works, by its hash.
pub(crate) async fn find(tx: &SystemTx, kind: &str, token_hash: &[u8]) -> Result<Option<TokenRow>> {
    tx.find(living!("t.token_hash = $2"), &[&kind, &token_hash, &tx.now()]).await
}

/// The newest that still works of those a browser asked for; locked, so that guesses count one by one.
pub(crate) async fn lock_of_browser(
    tx: &SystemTx,
    kind: &str,
    browser_hash: &[u8],
) -> Result<Option<TokenRow>> {
    tx.find(
        living!("t.browser_hash = $2 order by t.created_at desc, t.id desc limit 1 for update of t"),
        &[&kind, &browser_hash, &tx.now()],
    )
    .await
}

pub(crate) async fn count_attempt(tx: &SystemTx, id: Uuid) -> Result<()> {
    tx.execute("update identity.tokens set attempts = attempts + 1 where id = $1", &[&id]).await?;
    Ok(())
}

/// Uses a token up; `false` when someone else did.
pub(crate) async fn consume(tx: &SystemTx, id: Uuid) -> Result<bool> {
    let rows = tx
        .execute(
            "update identity.tokens set used_at = $2 where id = $1 and used_at is null",
            &[&id, &tx.now()],
        )
        .await?;
    Ok(rows == 1)
}

/// Uses up all others of a kind that a person has.
pub(crate) async fn consume_all(tx: &SystemTx, user: UserId, kind: &str) -> Result<()> {
    tx.execute(
        "update identity.tokens set used_at = $3 where user_id = $1 and kind = $2 and used_at is null",
        &[&user, &kind, &tx.now()],
    )
    .await?;
    Ok(())
}
