//! Reads the spine for one client.

use jiff::Timestamp;
use rapport_base::{Limit, Result};
use rapport_db::{EventRecord, Params, TenantTx};
use uuid::Uuid;

use crate::ClientId;

/// A page of what happened: its columns, and where it goes on.
macro_rules! events {
    ($columns:literal, $after:literal) => {
        concat!(
            "select ",
            $columns,
            " from spine.events
  where workspace_id = $1 and client_id = $2 and kind = any($3)
    and ($4::uuid[] is null or project_id is null or project_id = any($4))",
            $after,
            " order by at desc, id desc limit $5"
        )
    };
}
macro_rules! records {
    ($after:literal) => {
        events!(
            "workspace_id, id, seq, kind, subject_kind, subject_id, client_id, project_id, actor_kind, actor_id,
    actor_name, payload, at",
            $after
        )
    };
}
/// The words of the notes among them.
macro_rules! words {
    ($after:literal) => {
        concat!(
            "select n.id, n.body from clients.notes n where n.workspace_id = $1 and n.deleted_at is null and n.id in (select e.subject_id from (",
            events!("kind, subject_id", $after),
            ") e where e.kind = 'note.added')"
        )
    };
}

const LIST: &str = records!("");
const LIST_AFTER: &str = records!(" and (at, id) < ($6, $7)");
const WORDS: &str = words!("");
const WORDS_AFTER: &str = words!(" and (at, id) < ($6, $7)");
const COUNT: &str = "select count(*) from (select 1 from spine.events
  where workspace_id = $1 and client_id = $2 and kind = any($3)
    and ($4::uuid[] is null or project_id is null or project_id = any($4)) limit 1001) as counted";

/// Which events.
pub(crate) struct Filter<'a> {
    pub client: ClientId,
    pub kinds: &'a [&'static str],
    /// Only those of these projects or of none.
    pub projects: Option<&'a [Uuid]>,
}

/// A page of events, with the words of its notes by their ids.
pub(crate) async fn list(
    tx: &TenantTx,
    filter: &Filter<'_>,
    mark: Option<(Timestamp, Uuid)>,
    limit: Limit,
) -> Result<(Vec<EventRecord>, Vec<(Uuid, String)>)> {
    let (workspace, fetch) = (tx.workspace(), limit.fetch());
    let first: Params<'_> = &[&workspace, &filter.client, &filter.kinds, &filter.projects, &fetch];
    let (records, words) = match &mark {
        None => futures::join!(tx.query(LIST, first), tx.query(WORDS, first)),
        Some((at, id)) => {
            let later: Params<'_> =
                &[&workspace, &filter.client, &filter.kinds, &filter.projects, &fetch, at, id];
            futures::join!(tx.query(LIST_AFTER, later), tx.query(WORDS_AFTER, later))
        }
    };
    Ok((records?, words?))
}

pub(crate) async fn count(tx: &TenantTx, filter: &Filter<'_>) -> Result<i64> {
    tx.scalar(COUNT, &[&tx.workspace(), &filter.client, &filter.kinds, &filter.projects]).await
}
