//! Statements about API clients' tokens and the keys that sign them.

use jiff::Timestamp;
use rapport_base::{Result, UserId, WorkspaceId};
use rapport_db::{SystemTx, row};
use uuid::Uuid;

use super::REFRESH;

row! {
    pub(crate) struct KeyRow {
        pub id: Uuid,
        pub public_key: Vec<u8>,
        pub sealed_private_key: Vec<u8>,
        pub seal_key_id: String,
        pub active_from: Timestamp,
        pub retires_at: Timestamp,
    }
}

/// One process at a time makes a new key.
pub(crate) async fn lock_keys(tx: &SystemTx) -> Result<()> {
    tx.query::<rapport_db::Row>("select pg_advisory_xact_lock(7240201)", &[]).await.map(drop)
}

pub(crate) async fn keys(tx: &SystemTx) -> Result<Vec<KeyRow>> {
    tx.query(
        "select id, public_key, sealed_private_key, seal_key_id, active_from, retires_at
         from identity.signing_keys where retires_at > $1 order by active_from desc, id desc",
        &[&tx.now()],
    )
    .await
}

pub(crate) async fn insert_key(tx: &SystemTx, key: &KeyRow) -> Result<()> {
    tx.execute(
        "insert into identity.signing_keys (id, algorithm, public_key, sealed_private_key, seal_key_id, created_at,
           active_from, retires_at)
         values ($1, 'EdDSA', $2, $3, $4, $5, $5, $6)",
        &[&key.id, &key.public_key, &key.sealed_private_key, &key.seal_key_id, &key.active_from, &key.retires_at],
    )
    .await?;
    Ok(())
}

pub(crate) async fn insert_family(
    tx: &SystemTx,
    id: Uuid,
    user: UserId,
    workspace: WorkspaceId,
    ip: &str,
    user_agent: &str,
) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "insert into identity.refresh_families (id, user_id, workspace_id, ip, user_agent, created_at, last_used_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $6, $7)",
        &[&id, &user, &workspace, &ip, &user_agent, &now, &(now + REFRESH)],
    )
    .await?;
    Ok(())
}

pub(crate) async fn insert_refresh(tx: &SystemTx, family: Uuid, token_hash: &[u8]) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "insert into identity.refresh_tokens (token_hash, family_id, created_at, expires_at) values ($1, $2, $3, $4)",
        &[&token_hash, &family, &now, &(now + REFRESH)],
    )
    .await?;
    Ok(())
}

row! {
    pub(crate) struct RefreshRow {
        pub family_id: Uuid,
        pub user_id: UserId,
        pub workspace_id: WorkspaceId,
        pub rotated: bool,
        pub alive: bool,
    }
}

/// The token, with its family locked: of two at once the second sees what the first did.
pub(crate) async fn lock_refresh(tx: &SystemTx, token_hash: &[u8]) -> Result<Option<RefreshRow>> {
    let family: Option<(Uuid,)> = tx
        .find("select family_id from identity.refresh_tokens where token_hash = $1", &[&token_hash])
        .await?;
    let Some((family,)) = family else { return Ok(None) };
    tx.query::<rapport_db::Row>(
        "select id from identity.refresh_families where id = $1 for update",
        &[&family],
    )
    .await?;
    tx.find(
        "select f.id as family_id, f.user_id, f.workspace_id, t.rotated_at is not null as rotated,
           f.revoked_at is null and t.expires_at > $2 as alive
         from identity.refresh_tokens t join identity.refresh_families f on f.id = t.family_id
         where t.token_hash = $1",
        &[&token_hash, &tx.now()],
    )
    .await
}

pub(crate) async fn rotate(tx: &SystemTx, family: Uuid, old: &[u8], new: &[u8], ip: &str) -> Result<()> {
    let now = tx.now();
    tx.execute("update identity.refresh_tokens set rotated_at = $2 where token_hash = $1", &[&old, &now])
        .await?;
    insert_refresh(tx, family, new).await?;
    tx.execute(
        "update identity.refresh_families set last_used_at = $2, expires_at = $3, ip = $4 where id = $1",
        &[&family, &now, &(now + REFRESH), &ip],
    )
    .await?;
    Ok(())
}

pub(crate) async fn revoke_family(tx: &SystemTx, family: Uuid, reason: &str) -> Result<bool> {
    let rows = tx
        .execute(
            "update identity.refresh_families set revoked_at = $2, revoked_reason = $3 where id = $1 and revoked_at is null",
            &[&family, &tx.now(), &reason],
        )
        .await?;
    Ok(rows == 1)
}

/// Ends the API clients of a person, of one workspace or of all.
pub(crate) async fn revoke_families(
    tx: &SystemTx,
    user: UserId,
    workspace: Option<WorkspaceId>,
    reason: &str,
) -> Result<u64> {
    tx.execute(
        "update identity.refresh_families set revoked_at = $3, revoked_reason = $4
         where user_id = $1 and ($2::uuid is null or workspace_id = $2) and revoked_at is null",
        &[&user, &workspace, &tx.now(), &reason],
    )
    .await
}

/// Ends one API client of a person.
pub(crate) async fn revoke_own(tx: &SystemTx, user: UserId, family: Uuid) -> Result<bool> {
    let rows = tx
        .execute(
            "update identity.refresh_families set revoked_at = $3, revoked_reason = 'user'
             where user_id = $1 and id = $2 and revoked_at is null",
            &[&user, &family, &tx.now()],
        )
        .await?;
    Ok(rows == 1)
}

/// Ends the API clients of a person but one; returns how many.
pub(crate) async fn revoke_others(tx: &SystemTx, user: UserId, except: Option<Uuid>) -> Result<u64> {
    tx.execute(
        "update identity.refresh_families set revoked_at = $3, revoked_reason = 'user'
         where user_id = $1 and id is distinct from $2 and revoked_at is null and expires_at > $3",
        &[&user, &except, &tx.now()],
    )
    .await
}
