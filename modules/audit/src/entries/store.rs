//! Statements about entries.

use jiff::Timestamp;
use rapport_base::{Cursor, Limit, Page, Result, Total};
use rapport_db::{Params, TenantTx, row};
use serde_json::Value;
use uuid::Uuid;

row! {
    /// An audited event.
    #[derive(Clone, Debug)]
    pub(crate) struct EntryRow {
        pub id: Uuid,
        pub kind: String,
        pub subject_kind: String,
        pub subject_id: Uuid,
        pub actor_kind: String,
        pub actor_id: Option<Uuid>,
        pub actor_name: Option<String>,
        pub on_behalf_of: Option<Uuid>,
        pub ip: Option<String>,
        pub request_id: Option<String>,
        pub payload: Value,
        pub before: Option<Value>,
        pub after: Option<Value>,
        pub at: Timestamp,
    }
}

/// Which entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub actor_id: Option<Uuid>,
    pub kind: Option<String>,
    pub subject_id: Option<Uuid>,
    pub from: Option<Timestamp>,
    pub before: Option<Timestamp>,
}

/// Entries, newest first.
pub(crate) async fn list(
    tx: &TenantTx,
    of: &Filter,
    after: Option<&str>,
    limit: Limit,
) -> Result<Page<EntryRow>> {
    let (at, id): (Option<Timestamp>, Option<Uuid>) = match after {
        Some(after) => Cursor::unpack::<(Timestamp, Uuid)>(after).map(|(at, id)| (Some(at), Some(id)))?,
        None => (None, None),
    };
    let (workspace, fetch) = (tx.workspace(), limit.fetch());
    let counted: Params = &[&workspace, &of.actor_id, &of.kind, &of.subject_id, &of.from, &of.before];
    let shown: Params =
        &[&workspace, &of.actor_id, &of.kind, &of.subject_id, &of.from, &of.before, &at, &id, &fetch];
    let (rows, count) = futures::join!(
        tx.query::<EntryRow>(
            "select id, kind, subject_kind, subject_id, actor_kind, actor_id, actor_name, on_behalf_of, ip, request_id,
               payload, before, after, at
             from spine.events
             where workspace_id = $1 and audited
               and ($2::uuid is null or actor_id = $2) and ($3::text is null or kind = $3)
               and ($4::uuid is null or subject_id = $4)
               and ($5::timestamptz is null or at >= $5) and ($6::timestamptz is null or at < $6)
               and ($7::timestamptz is null or (at, id) < ($7, $8))
             order by at desc, id desc limit $9",
            shown,
        ),
        tx.scalar::<i64>(
            "select count(*) from (select 1 from spine.events
             where workspace_id = $1 and audited
               and ($2::uuid is null or actor_id = $2) and ($3::text is null or kind = $3)
               and ($4::uuid is null or subject_id = $4)
               and ($5::timestamptz is null or at >= $5) and ($6::timestamptz is null or at < $6)
             limit 1001) as counted",
            counted,
        ),
    );
    Ok(Page::cut(rows?, limit, Total::capped(count?), |row| Cursor::pack(&(row.at, row.id))))
}

/// Everyone who is or was a member, by name.
pub(crate) async fn people(tx: &TenantTx) -> Result<Vec<(Uuid, String)>> {
    tx.query(
        "select id, name from identity.v_members where workspace_id = $1 order by name, id limit 500",
        &[&tx.workspace()],
    )
    .await
}
