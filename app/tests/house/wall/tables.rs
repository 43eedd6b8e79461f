//! Every table as the application's role sees it, with nothing but the policy between two workspaces;
//! and proof that a broken policy is noticed.

use std::collections::BTreeSet;

use rapport_testkit::World;
use tokio_postgres::{Client, GenericClient, Transaction, error::SqlState};
use uuid::Uuid;

use super::canaries;
use crate::{catalogue, world};

/// Two workspaces with a row each in every table.
async fn two(world: &World, client: &mut Client) -> (Uuid, Uuid) {
    let own = identity::testing::owner(world).await.workspace_id.uuid();
    let other = identity::testing::owner(world).await.workspace_id.uuid();
    for workspace in [own, other] {
        canaries::stuff(client, workspace).await;
    }
    (own, other)
}

/// What the application's role may do with a table.
struct Rights {
    table: String,
    reads: bool,
    inserts: bool,
    updates: bool,
    deletes: bool,
}

async fn rights(client: &impl GenericClient) -> Vec<Rights> {
    let mut all = Vec::new();
    for table in canaries::tables(client).await {
        let row = client
            .query_one(
                "select has_any_column_privilege('rapport_app', $1::text::regclass, 'select'),
                   has_table_privilege('rapport_app', $1::text::regclass, 'insert'),
                   has_column_privilege('rapport_app', $1::text::regclass, 'workspace_id', 'update'),
                   has_table_privilege('rapport_app', $1::text::regclass, 'delete')",
                &[&table.name],
            )
            .await
            .unwrap();
        let (reads, inserts, updates, deletes) = (row.get(0), row.get(1), row.get(2), row.get(3));
        all.push(Rights { table: table.name, reads, inserts, updates, deletes });
    }
    all
}

/// One statement as the application's role, undone again: rows touched, or how it was refused.
async fn try_as_app(tx: &mut Transaction<'_>, sql: &str, values: super::Values<'_>) -> Result<u64, SqlState> {
    let point = tx.transaction().await.unwrap();
    point.batch_execute("set local role rapport_app").await.unwrap();
    let outcome = point.execute(sql, values).await;
    point.rollback().await.unwrap();
    outcome.map_err(|error| error.code().cloned().unwrap_or(SqlState::INTERNAL_ERROR))
}

/// The tables over whose wall the role gets, or whose own rows it does not see.
async fn leaking(tx: &mut Transaction<'_>, rights: &[Rights], own: Uuid, other: Uuid) -> BTreeSet<String> {
    let mut leaks = BTreeSet::new();
    tx.execute("select set_config('app.workspace_id', $1, true)", &[&own.to_string()]).await.unwrap();
    tx.batch_execute("set local session_replication_role = replica").await.unwrap();
    for Rights { table, reads, inserts, updates, deletes } in rights {
        let mut note = |leak: bool| {
            if leak {
                leaks.insert(table.clone());
            }
        };
        if !reads {
            continue;
        }
        let seen = format!("select 1 from {table} where workspace_id = $1");
        note(try_as_app(tx, &seen, &[&other]).await != Ok(0));
        note(!try_as_app(tx, &seen, &[&own]).await.is_ok_and(|rows| rows > 0));
        if *updates {
            let touch = format!("update {table} set workspace_id = workspace_id where workspace_id = $1");
            note(try_as_app(tx, &touch, &[&other]).await != Ok(0));
            let give = format!("update {table} set workspace_id = $2 where workspace_id = $1");
            note(try_as_app(tx, &give, &[&own, &other]).await != Err(SqlState::INSUFFICIENT_PRIVILEGE));
        }
        if *deletes {
            let delete = format!("delete from {table} where workspace_id = $1");
            note(try_as_app(tx, &delete, &[&other]).await != Ok(0));
        }
        if *inserts {
            let columns: String = tx
                .query_one(
                    "select string_agg(quote_ident(attname), ', ') from pg_attribute
                     where attrelid = $1::text::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = ''",
                    &[&table],
                )
                .await
                .unwrap()
                .get(0);
            let row = format!("select to_json(t)::text from {table} t where workspace_id = $1 limit 1");
            let row: String = tx.query_one(&row, &[&other]).await.unwrap().get(0);
            let insert = format!(
                "insert into {table} ({columns}) select {columns} from json_populate_record(null::{table}, $1::text::json)"
            );
            note(try_as_app(tx, &insert, &[&row]).await != Err(SqlState::INSUFFICIENT_PRIVILEGE));
        }
    }
    leaks
}

#[tokio::test]
async fn the_applications_role_reads_changes_and_adds_rows_of_its_own_workspace_only() {
    let world = world().await;
    let mut client = world.owner().await;
    let (own, other) = two(&world, &mut client).await;
    let rights = rights(&client).await;
    let reads = rights.iter().filter(|rights| rights.reads).count();
    assert!(reads > 90, "{reads} tables are read");
    let mut tx = client.transaction().await.unwrap();
    assert_eq!(leaking(&mut tx, &rights, own, other).await, BTreeSet::new());
}

#[tokio::test]
async fn without_a_workspace_the_applications_role_sees_no_row_of_any_table() {
    let world = world().await;
    let mut client = world.owner().await;
    two(&world, &mut client).await;
    let rights = rights(&client).await;
    let mut tx = client.transaction().await.unwrap();
    for setting in [None, Some("")] {
        if let Some(value) = setting {
            tx.execute("select set_config('app.workspace_id', $1, true)", &[&value]).await.unwrap();
        }
        for Rights { table, .. } in rights.iter().filter(|rights| rights.reads) {
            let rows = try_as_app(&mut tx, &format!("select workspace_id from {table}"), &[]).await;
            assert!(!rows.as_ref().is_ok_and(|rows| *rows > 0), "{table}: {rows:?}");
        }
    }
}

/// Ways to break the wall at one table, and whether what is read and written through it shows it
/// (otherwise only the catalogue does).
const MUTATIONS: &[(&str, bool, &str)] = &[
    ("row-level security off", true, "alter table {t} disable row level security"),
    ("not forced upon the owner", false, "alter table {t} no force row level security"),
    ("no policy", true, "drop policy {p} on {t}"),
    ("everything passes", true, "alter policy {p} on {t} using (true) with check (true)"),
    ("everything may be read", true, "alter policy {p} on {t} using (true)"),
    ("everything may be written", true, "alter policy {p} on {t} with check (true)"),
    ("a second policy", true, "create policy also on {t} to rapport_app using (true)"),
    ("a policy for everybody", true, "create policy also on {t} using (true)"),
    (
        "the workspace may be missing",
        false,
        "alter policy {p} on {t} using (workspace_id = current_setting('app.workspace_id', true)::uuid or current_setting('app.workspace_id', true) is null)",
    ),
    ("the application owns it", false, "alter table {t} owner to rapport_system"),
];

#[tokio::test]
async fn every_way_to_break_a_policy_is_noticed_at_every_table() {
    let world = world().await;
    let mut client = world.owner().await;
    let (own, other) = two(&world, &mut client).await;
    let rights = rights(&client).await;
    let policies: Vec<(String, String)> = client
        .query(
            "select polrelid::regclass::text, polname::text from pg_policy p join pg_class c on c.oid = polrelid
             where 'rapport_app'::regrole = any (polroles)
               and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id')
             order by 1",
            &[],
        )
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    assert!(policies.len() > 90, "{} tables have a policy", policies.len());
    let mut missed = Vec::new();
    for (name, shows, sql) in MUTATIONS {
        let mut tx = client.transaction().await.unwrap();
        for (table, policy) in &policies {
            tx.batch_execute(&sql.replace("{t}", table).replace("{p}", policy)).await.unwrap();
        }
        let told: BTreeSet<String> = catalogue::faults(&tx).await.into_iter().collect();
        let seen = if *shows { leaking(&mut tx, &rights, own, other).await } else { BTreeSet::new() };
        for (table, _) in &policies {
            if !told.contains(table) {
                missed.push(format!("{name}: the catalogue test does not see {table}"));
            }
            // Tables the application may only add to or read show no more than that.
            let readable = rights.iter().any(|rights| rights.table == *table && rights.reads);
            let writable = rights.iter().any(|r| r.table == *table && (r.inserts || r.updates));
            let would_show = readable && (writable || *name != "everything may be written");
            if *shows && would_show && !seen.contains(table) {
                missed.push(format!("{name}: {table} does not show it"));
            }
        }
        tx.rollback().await.unwrap();
        assert!(catalogue::faults(&client).await.is_empty(), "{name} was undone");
    }
    assert_eq!(missed, Vec::<String>::new());
}

#[tokio::test]
async fn a_role_that_leaps_the_wall_a_view_of_the_owner_and_a_key_without_workspace_are_noticed() {
    let world = world().await;
    let mut client = world.owner().await;
    for sql in [
        "alter role rapport_app bypassrls",
        "grant rapport_system to rapport_app with inherit true",
        "grant rapport_search to rapport_app",
        "alter view clients.v_clients reset (security_invoker)",
        "alter function app.make_tenant_table(regclass, text, boolean, boolean) security definer",
        "create unique index leaky on clients.clients (company_name)",
        "create table clients.leaky (workspace_id uuid not null, name text)",
        "create table clients.leaky (name text)",
        "alter table clients.contacts add constraint leaky foreign key (workspace_id, client_id) references clients.clients (workspace_id, id) on delete set null",
        "grant select on identity.sessions to rapport_app",
    ] {
        let tx = client.transaction().await.unwrap();
        tx.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        assert!(!catalogue::faults(&tx).await.is_empty(), "{sql} is noticed");
        tx.rollback().await.unwrap();
    }
}
