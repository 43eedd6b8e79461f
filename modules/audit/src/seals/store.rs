//! Statements about seals. They look beyond one workspace: sealing is the house's work.

use jiff::Timestamp;
use rapport_base::{Result, WorkspaceId};
use rapport_db::{SystemTx, row};
use uuid::Uuid;

use super::rules::Sealed;

row! {
    /// An audited event as sealing needs it, with the hash of all its columns.
    #[derive(Clone, Debug)]
    pub(crate) struct Unsealed {
        pub workspace_id: WorkspaceId,
        pub id: Uuid,
        pub at: Timestamp,
        pub txid: String,
        pub seq: i64,
        pub digest: Vec<u8>,
    }
}

/// Lets one run at a time through, until the transaction ends.
pub(crate) async fn take_turn(tx: &SystemTx) -> Result<bool> {
    let (mine,) = tx.get::<(bool,)>("select pg_try_advisory_xact_lock(7240118)", &[]).await?;
    Ok(mine)
}

/// The oldest audited events behind the newest seal, of all workspaces, that no running transaction
/// can still get in front of.
pub(crate) async fn unsealed(tx: &SystemTx, limit: i64) -> Result<Vec<Unsealed>> {
    tx.query(
        "select e.workspace_id, e.id, e.at, e.txid::text as txid, e.seq, sha256(convert_to(jsonb_build_array(
             e.id, e.txid::text, e.seq, e.kind, e.version, e.subject_kind, e.subject_id, e.client_id, e.project_id,
             e.actor_kind, e.actor_id, e.actor_name, e.on_behalf_of, e.ip, e.request_id, e.payload, e.before, e.after,
             (extract(epoch from e.at) * 1000000)::bigint)::text, 'UTF8')) as digest
         from spine.events e
         where e.audited and e.txid < pg_snapshot_xmin(pg_current_snapshot())
           and (e.txid, e.seq) > (
             coalesce((select last_txid from audit.seals order by last_txid desc, last_seq desc limit 1), '0'::xid8),
             coalesce((select last_seq from audit.seals order by last_txid desc, last_seq desc limit 1), 0))
         order by e.txid, e.seq limit $1",
        &[&limit],
    )
    .await
}

/// The newest seal of each of some workspaces: number and hash.
pub(crate) async fn newest(
    tx: &SystemTx,
    workspaces: &[WorkspaceId],
) -> Result<Vec<(WorkspaceId, i64, Vec<u8>)>> {
    tx.query(
        "select distinct on (workspace_id) workspace_id, number, hash from audit.seals
         where workspace_id = any($1) order by workspace_id, number desc",
        &[&workspaces],
    )
    .await
}

/// A seal to be kept.
pub(crate) struct NewSeal {
    pub workspace_id: WorkspaceId,
    pub sealed: Sealed,
    pub first: Unsealed,
    pub last: Unsealed,
}

/// Keeps seals.
pub(crate) async fn insert(tx: &SystemTx, seals: &[NewSeal], now: Timestamp) -> Result<()> {
    fn column<T>(seals: &[NewSeal], value: impl Fn(&NewSeal) -> T) -> Vec<T> {
        seals.iter().map(value).collect()
    }
    tx.execute(
        "insert into audit.seals (workspace_id, number, first_event, first_at, first_txid, first_seq,
           last_event, last_at, last_txid, last_seq, events, hash, previous, sealed_at)
         select s.workspace_id, s.number, s.first_event, s.first_at, s.first_txid::xid8, s.first_seq,
           s.last_event, s.last_at, s.last_txid::xid8, s.last_seq, s.events, s.hash, s.previous, $14
         from unnest($1::uuid[], $2::int8[], $3::uuid[], $4::timestamptz[], $5::text[], $6::int8[], $7::uuid[],
           $8::timestamptz[], $9::text[], $10::int8[], $11::int4[], $12::bytea[], $13::bytea[])
           as s(workspace_id, number, first_event, first_at, first_txid, first_seq,
             last_event, last_at, last_txid, last_seq, events, hash, previous)",
        &[
            &column(seals, |s| s.workspace_id),
            &column(seals, |s| s.sealed.number),
            &column(seals, |s| s.first.id),
            &column(seals, |s| s.first.at),
            &column(seals, |s| s.first.txid.clone()),
            &column(seals, |s| s.first.seq),
            &column(seals, |s| s.last.id),
            &column(seals, |s| s.last.at),
            &column(seals, |s| s.last.txid.clone()),
            &column(seals, |s| s.last.seq),
            &column(seals, |s| s.sealed.events),
            &column(seals, |s| s.sealed.hash.clone()),
            &column(seals, |s| s.sealed.previous.clone()),
            &now,
        ],
    )
    .await?;
    Ok(())
}

row! {
    /// A seal of a workspace and where it ends.
    #[derive(Clone, Debug)]
    pub(crate) struct SealRow {
        pub number: i64,
        pub events: i32,
        pub hash: Vec<u8>,
        pub previous: Vec<u8>,
        pub last_txid: String,
        pub last_seq: i64,
    }
}

/// Seals of a workspace behind a number, in order.
pub(crate) async fn seals(
    tx: &SystemTx,
    workspace: WorkspaceId,
    after: i64,
    limit: i64,
) -> Result<Vec<SealRow>> {
    tx.query(
        "select number, events, hash, previous, last_txid::text as last_txid, last_seq from audit.seals
         where workspace_id = $1 and number > $2 order by number limit $3",
        &[&workspace, &after, &limit],
    )
    .await
}

/// The hashes of the audited events of a workspace behind one place in the spine, up to and with another.
pub(crate) async fn digests(
    tx: &SystemTx,
    workspace: WorkspaceId,
    (from_txid, from_seq): (&str, i64),
    (to_txid, to_seq): (&str, i64),
) -> Result<Vec<Vec<u8>>> {
    let rows: Vec<(Vec<u8>,)> = tx
        .query(
            "select sha256(convert_to(jsonb_build_array(
               e.id, e.txid::text, e.seq, e.kind, e.version, e.subject_kind, e.subject_id, e.client_id, e.project_id,
               e.actor_kind, e.actor_id, e.actor_name, e.on_behalf_of, e.ip, e.request_id, e.payload, e.before, e.after,
               (extract(epoch from e.at) * 1000000)::bigint)::text, 'UTF8')) as digest
             from spine.events e
             where e.workspace_id = $1 and e.audited
               and (e.txid, e.seq) > ($2::text::xid8, $3) and (e.txid, e.seq) <= ($4::text::xid8, $5)
             order by e.txid, e.seq",
            &[&workspace, &from_txid, &from_seq, &to_txid, &to_seq],
        )
        .await?;
    Ok(rows.into_iter().map(|(digest,)| digest).collect())
}

/// How many audited events of a workspace lie behind a place in the spine.
pub(crate) async fn count_after(tx: &SystemTx, workspace: WorkspaceId, txid: &str, seq: i64) -> Result<i64> {
    tx.get::<(i64,)>(
        "select count(*) from spine.events e
         where e.workspace_id = $1 and e.audited and (e.txid, e.seq) > ($2::text::xid8, $3)",
        &[&workspace, &txid, &seq],
    )
    .await
    .map(|(count,)| count)
}
