//! Statements about entries.

use jiff::Timestamp;
use rapport_base::{Cursor, Limit, Page, Result, Total};
use rapport_db::{Built, TenantTx, row};
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

impl Filter {
    /// Each condition stands there only where it is asked for, so that a subject's entries are found by
    /// their index.
    fn apply(&self, mut sql: Built) -> Built {
        if let Some(actor) = self.actor_id {
            sql = sql.sql(" and actor_id = ").bind(actor);
        }
        if let Some(kind) = &self.kind {
            sql = sql.sql(" and kind = ").bind(kind.clone());
        }
        if let Some(subject) = self.subject_id {
            sql = sql.sql(" and subject_id = ").bind(subject);
        }
        if let Some(from) = self.from {
            sql = sql.sql(" and at >= ").bind(from);
        }
        if let Some(before) = self.before {
            sql = sql.sql(" and at < ").bind(before);
        }
        sql
    }
}

/// Entries, newest first.
pub(crate) async fn list(
    tx: &TenantTx,
    of: &Filter,
    after: Option<&str>,
    limit: Limit,
) -> Result<Page<EntryRow>> {
    let mut shown = of.apply(
        Built::new(
            "select id, kind, subject_kind, subject_id, actor_kind, actor_id, actor_name, on_behalf_of, ip, request_id,
               payload, before, after, at
             from spine.events where audited and workspace_id = ",
        )
        .bind(tx.workspace()),
    );
    if let Some(after) = after {
        let (at, id): (Timestamp, Uuid) = Cursor::unpack(after)?;
        shown = shown.sql(" and (at, id) < (").bind(at).sql(", ").bind(id).sql(")");
    }
    let shown = shown.sql(" order by at desc, id desc").limit(limit);
    let counted = of.apply(
        Built::new("select count(*) from (select 1 from spine.events where audited and workspace_id = ")
            .bind(tx.workspace()),
    );
    let counted = counted.sql(" limit 1001) as counted");
    let (rows, count) =
        futures::join!(tx.query_built::<EntryRow>(&shown), tx.query_built::<(i64,)>(&counted));
    let count = count?.first().map_or(0, |(count,)| *count);
    Ok(Page::cut(rows?, limit, Total::capped(count), |row| Cursor::pack(&(row.at, row.id))))
}

/// Everyone who is or was a member, by name.
pub(crate) async fn people(tx: &TenantTx) -> Result<Vec<(Uuid, String)>> {
    tx.query(
        "select id, name from identity.v_members where workspace_id = $1 order by name, id limit 500",
        &[&tx.workspace()],
    )
    .await
}
