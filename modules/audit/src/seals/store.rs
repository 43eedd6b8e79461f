//! Statements about seals. They look beyond one workspace: sealing is the house's work.

use jiff::Timestamp;
use rapport_base::{Result, WorkspaceId};
use rapport_db::{SystemTx, TenantTx, row};
use rapport_web::personal::Person;
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
        "select e.workspace_id, e.id, e.at, e.txid::text as txid, e.seq,
           coalesce(
             (select r.was from spine.redactions r where r.workspace_id = e.workspace_id and r.event_id = e.id
              order by r.erasure_id limit 1),
             spine.digest(e)) as digest
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
        pub first_at: Timestamp,
        pub last_at: Timestamp,
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
        "select number, events, hash, previous, first_at, last_at, last_txid::text as last_txid, last_seq from audit.seals
         where workspace_id = $1 and number > $2 order by number limit $3",
        &[&workspace, &after, &limit],
    )
    .await
}

row! {
    /// An audited event as checking needs it.
    #[derive(Clone, Debug)]
    pub(crate) struct Digested {
        pub id: Uuid,
        pub kind: String,
        pub payload: serde_json::Value,
        pub at: Timestamp,
        pub digest: Vec<u8>,
    }
}

/// The audited events of a workspace behind one place in the spine, up to and with another, with their hashes.
pub(crate) async fn digests(
    tx: &SystemTx,
    workspace: WorkspaceId,
    (from_txid, from_seq): (&str, i64),
    (to_txid, to_seq): (&str, i64),
) -> Result<Vec<Digested>> {
    tx.query(
        "select e.id, e.kind, case when e.kind = 'contact.erased' then e.payload else '{}' end as payload, e.at,
           spine.digest(e) as digest
         from spine.events e
         where e.workspace_id = $1 and e.audited
           and (e.txid, e.seq) > ($2::text::xid8, $3) and (e.txid, e.seq) <= ($4::text::xid8, $5)
         order by e.txid, e.seq",
        &[&workspace, &from_txid, &from_seq, &to_txid, &to_seq],
    )
    .await
}

row! {
    /// The note of an event from which a person was taken out.
    #[derive(Clone, Debug)]
    pub(crate) struct RedactionRow {
        pub erasure_id: Uuid,
        pub event_id: Uuid,
        pub was: Vec<u8>,
        pub is_since: Vec<u8>,
    }
}

/// The notes of redacted events of a workspace, by erasure in the order of time.
pub(crate) async fn redactions(tx: &SystemTx, workspace: WorkspaceId) -> Result<Vec<RedactionRow>> {
    tx.query(
        "select erasure_id, event_id, was, is_since from spine.redactions
         where workspace_id = $1 order by erasure_id, event_id",
        &[&workspace],
    )
    .await
}

/// The erasures that events vouch for which are not sealed yet.
pub(crate) async fn vouched_after(
    tx: &SystemTx,
    workspace: WorkspaceId,
    txid: &str,
    seq: i64,
) -> Result<Vec<(serde_json::Value,)>> {
    tx.query(
        "select e.payload from spine.events e
         where e.workspace_id = $1 and e.audited and e.kind = 'contact.erased' and (e.txid, e.seq) > ($2::text::xid8, $3)",
        &[&workspace, &txid, &seq],
    )
    .await
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

const REDACT: &str = "with found as materialized (
    select e.id, e.at, spine.digest(e) as was,
      e.actor_kind = 'guest' and e.actor_id = $3 as acted, e.subject_id = $3 or e.actor_id = $3 as of_theirs
    from spine.events e
    where e.workspace_id = $1
      and (e.actor_id = $3 or e.subject_id = $3
        or (coalesce(e.client_id, $4) = $4
          and app.has_trace(concat_ws(' ', e.actor_name, e.payload, e.before, e.after), $5)))
  ), taken_out as (
    update spine.events e set
      actor_name = case when f.acted then 'Erased contact' else app.without(e.actor_name, $5) end,
      ip = case when f.acted then null else e.ip end,
      payload = app.without(e.payload, case when f.of_theirs then $6 else $5 end),
      before = app.without(e.before, case when f.of_theirs then $6 else $5 end),
      after = app.without(e.after, case when f.of_theirs then $6 else $5 end)
    from found f where e.workspace_id = $1 and e.id = f.id and e.at = f.at
    returning e.id, f.was, spine.digest(e) as is_since
  )
  insert into spine.redactions (workspace_id, erasure_id, event_id, was, is_since)
  select $1, $2, t.id, t.was, t.is_since from taken_out t where t.was <> t.is_since
  returning erasure_id, event_id, was, is_since";

/// Takes a person out of events; the notes of them.
pub(crate) async fn redact(tx: &TenantTx, erasure: Uuid, person: &Person) -> Result<Vec<RedactionRow>> {
    let params: rapport_db::Params =
        &[&tx.workspace(), &erasure, &person.contact, &person.client, &person.traces, &person.names];
    tx.query(REDACT, params).await
}
