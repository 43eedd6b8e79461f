//! Statements about keys for programs.

use rapport_base::{MemberId, Result};
use rapport_db::TenantTx;

use super::{ApiKey, ApiKeyId};

macro_rules! keys {
    ($ending:literal) => {
        concat!(
            "select k.id, k.name, k.prefix, k.permissions, k.allowed_ips, k.member_id, u.name as member_name, k.expires_at,
               k.last_used_at, k.last_used_ip, k.created_at
             from identity.api_keys k
             join identity.memberships m on m.workspace_id = k.workspace_id and m.id = k.member_id
             join identity.users u on u.id = m.user_id
             where k.workspace_id = $1 and k.revoked_at is null ",
            $ending
        )
    };
}

pub(crate) async fn list(tx: &TenantTx) -> Result<Vec<ApiKey>> {
    tx.query(keys!("order by k.created_at desc, k.id desc limit 200"), &[&tx.workspace()]).await
}

pub(crate) async fn lock(tx: &TenantTx, id: ApiKeyId) -> Result<ApiKey> {
    tx.get(keys!("and k.id = $2 for update of k"), &[&tx.workspace(), &id]).await
}

pub(crate) async fn count(tx: &TenantTx) -> Result<i64> {
    tx.scalar(
        "select count(*) from identity.api_keys where workspace_id = $1 and revoked_at is null",
        &[&tx.workspace()],
    )
    .await
}

pub(crate) async fn insert(tx: &TenantTx, key: &ApiKey, hash: &[u8], by: MemberId) -> Result<()> {
    tx.execute(
        "insert into identity.api_keys (workspace_id, id, member_id, name, prefix, key_hash, permissions, allowed_ips,
           expires_at, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        &[
            &tx.workspace(),
            &key.id,
            &by,
            &key.name,
            &key.prefix,
            &hash,
            &key.permissions,
            &key.allowed_ips,
            &key.expires_at,
            &key.created_at,
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn revoke(tx: &TenantTx, id: ApiKeyId) -> Result<()> {
    tx.execute(
        "update identity.api_keys set revoked_at = $3, updated_at = $3 where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &id, &tx.now()],
    )
    .await?;
    Ok(())
}
