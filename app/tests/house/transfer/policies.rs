//! The list of tables against the database.

use std::collections::BTreeSet;

use rapport_base::WorkspaceId;
use transfer::{
    catalogue,
    tables::{self, Policy, TABLES},
};

use crate::world;

/// Columns whose names sound like a secret and that are none, or are in the file on purpose.
const NO_SECRETS: &[(&str, &str)] = &[
    ("audit.seals", "hash"),
    ("audit.seals", "sealed_at"),
    ("spine.redactions", "was"),
    ("clients.erasures", "hash"),
    ("projects.deliverable_decisions", "receipt_hash"),
    ("notifications.notices", "key"),
];

#[tokio::test]
async fn every_table_has_a_policy_and_every_policy_a_table_and_columns() {
    let world = world().await;
    let tx = world.app.db.read(WorkspaceId::from(uuid::Uuid::nil())).await.unwrap();
    let all = catalogue::read(&tx).await.unwrap();
    let there: BTreeSet<&str> = all.keys().map(String::as_str).collect();
    let listed: BTreeSet<&str> = TABLES.iter().map(|table| table.name).collect();
    let unsaid: Vec<_> = there.difference(&listed).collect();
    assert!(unsaid.is_empty(), "say in modules/transfer/src/tables/list.rs what becomes of {unsaid:?}");
    let gone: Vec<_> = listed.difference(&there).collect();
    assert!(gone.is_empty(), "there are no tables {gone:?}");
    for table in TABLES {
        for (column, reason) in table.without.iter().chain(table.renewed) {
            assert!(all[table.name].column(column).is_some(), "{} has no {column}", table.name);
            assert!(!reason.is_empty());
        }
        if table.policy == Policy::Carried && table.name != "identity.users" {
            let missing = all[table.name].columns.iter().find(|c| c.name == table.workspace_column());
            assert!(missing.is_some(), "rows of {} belong to no workspace", table.name);
        }
    }
}

#[tokio::test]
async fn no_secret_is_in_the_file() {
    let world = world().await;
    let tx = world.app.db.read(WorkspaceId::from(uuid::Uuid::nil())).await.unwrap();
    let all = catalogue::read(&tx).await.unwrap();
    let mut told = Vec::new();
    for table in TABLES.iter().filter(|table| table.is_told()) {
        for column in all[table.name].columns.iter().filter(|column| table.tells(&column.name)) {
            let name = column.name.as_str();
            let sounds = ["password", "secret", "sealed", "token", "hash", "private"]
                .iter()
                .any(|word| name.contains(word));
            if (sounds || name == "key") && !NO_SECRETS.contains(&(table.name, name)) {
                told.push(format!("{}.{name}", table.name));
            }
        }
    }
    assert!(told.is_empty(), "these sound like secrets: {told:?}");
}

#[tokio::test]
async fn rows_can_come_in_one_table_after_the_other() {
    let world = world().await;
    let tx = world.app.db.read(WorkspaceId::from(uuid::Uuid::nil())).await.unwrap();
    let all = catalogue::read(&tx).await.unwrap();
    let carried: Vec<_> =
        TABLES.iter().filter(|table| table.policy == Policy::Carried).map(|table| &all[table.name]).collect();
    catalogue::order(&carried).unwrap();
    for table in &carried {
        for (at, _) in &table.points {
            let policy = tables::find(at).unwrap().policy;
            assert_eq!(policy, Policy::Carried, "{} points at {at}, which does not move", table.name);
        }
    }
    let owner = world.owner().await;
    let within = owner
        .query(
            "select conname::text, condeferrable from pg_constraint k join pg_class c on c.oid = k.conrelid
             where contype = 'f' and conrelid = confrelid and exists
               (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id')",
            &[],
        )
        .await
        .unwrap();
    for row in within {
        let (name, deferrable): (String, bool) = (row.get(0), row.get(1));
        assert!(deferrable, "{name} points at rows of its own table and must be deferrable");
    }
    // What guards rows when they are added must let an import through.
    let triggers = owner
        .query(
            "select tgrelid::regclass::text || ' ' || tgname, pg_get_triggerdef(oid) from pg_trigger
             where not tgisinternal and tgtype & 4 = 4",
            &[],
        )
        .await
        .unwrap();
    for row in triggers {
        let (name, definition): (String, String) = (row.get(0), row.get(1));
        assert!(
            definition.contains("app.importing()"),
            "{name} guards new rows and does not know of imports"
        );
    }
}
