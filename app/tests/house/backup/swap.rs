//! One workspace put back while all others go on.

use std::time::Duration;

use futures::StreamExt;
use rapport_backup::{Rows, SwapRules, Swapped, swap};
use rapport_queue::Feed;

use super::*;

type Tables = BTreeMap<String, Vec<String>>;

/// What the present decides, or what is a record of what happened.
const MERGED: &[&str] = &[
    "identity.memberships",
    "invoicing.counters",
    "portal.links",
    "queue.jobs",
    "spine.events",
    "audit.seals",
    "identity.workspaces",
];

/// Rows of tables that name a workspace.
fn of(tables: &Tables, workspace: WorkspaceId) -> Tables {
    let named = format!("\"workspace_id\": \"{}\"", workspace.uuid());
    tables
        .iter()
        .map(|(table, rows)| {
            (table.clone(), rows.iter().filter(|row| row.contains(&named)).cloned().collect())
        })
        .collect()
}

/// Rows of nobody.
fn beyond(tables: &Tables) -> Tables {
    tables
        .iter()
        .map(|(table, rows)| {
            (
                table.clone(),
                rows.iter().filter(|row| !row.contains("\"workspace_id\": \"")).cloned().collect(),
            )
        })
        .collect()
}

fn same(before: &Tables, after: &Tables, but: &[&str]) {
    for (table, rows) in before {
        if !but.contains(&table.as_str()) {
            assert_eq!(rows, &after[table], "{table}");
        }
    }
}

impl Kept {
    async fn run(&self, sql: &str) {
        let client = database::connect(&self.world.owner_url).await.unwrap();
        let first = self.workspaces[0].uuid();
        client
            .batch_execute(&format!(
                "set session_replication_role = replica; {}",
                sql.replace("$1", &format!("'{first}'"))
            ))
            .await
            .unwrap();
    }

    /// Deletes everything that the first workspace has in some schemas, but for some tables.
    async fn empty(&self, schemas: &[&str], but: &[&str]) {
        let tables = rows(&self.world.owner_url).await;
        let within = |table: &&String| schemas.iter().any(|schema| table.starts_with(&format!("{schema}.")));
        let sql: String = tables
            .keys()
            .filter(within)
            .filter(|table| !but.contains(&table.as_str()))
            .map(|table| format!("delete from {table} where workspace_id = $1;"))
            .collect();
        self.run(&sql).await;
    }

    async fn swap(
        &self,
        workspace: uuid::Uuid,
        source: &Source,
        rows: Rows<'_>,
        more: &[String],
    ) -> anyhow::Result<Swapped> {
        let made = recovery::workspace::Rules::new(source, &rows);
        let then: Vec<String> = made.rules().then.iter().chain(more).cloned().collect();
        swap(rapport_backup::Swap {
            owner_url: &self.world.owner_url,
            rows,
            workspace,
            rules: SwapRules { then: &then, ..made.rules() },
            place: &self.place,
            credentials: &credentials(),
            notes: BTreeMap::new(),
            version: "0.1.0",
            clock: &self.world.clock,
            progress: &Progress::quiet(),
        })
        .await
    }

    async fn inspected(&self) -> Vec<Line> {
        crate::sealed(&self.world).await;
        let name = database::name(&self.world.owner_url).unwrap();
        recovery::inspect(self.world.app.db.url(), &name, &self.world.clock).await.unwrap()
    }
}

#[tokio::test]
async fn one_workspace_is_put_back_the_other_is_not_touched_and_it_can_be_taken_back() {
    let kept = kept().await;
    let [first, second] = kept.workspaces;
    let at_backup = of(&rows(&kept.world.owner_url).await, first);
    let (beside, name) = kept.restored(&[], None).await;

    kept.empty(&["invoicing"], &["invoicing.counters"]).await;
    kept.run(
        "delete from clients.client_tags where workspace_id = $1; delete from clients.notes where workspace_id = $1;
         update projects.projects set name = 'Overwritten', name_sort = 'overwritten' where workspace_id = $1;
         update invoicing.counters set next = next + 5 where workspace_id = $1;
         update identity.workspaces set name = 'Defaced', invoice_footer = 'x' where id = $1;
         update portal.links set revoked_at = now() where workspace_id = $1;
         insert into identity.users (id, email, email_folded, name)
           values (gen_random_uuid(), 'late@b.example', 'late@b.example', 'Came late');
         insert into identity.memberships (workspace_id, id, user_id, role)
           select $1, gen_random_uuid(), id, 'viewer' from identity.users where email = 'late@b.example';
         insert into queue.jobs (workspace_id, name, payload, max_attempts) values ($1, 'of.what.goes', '{}', 1)",
    )
    .await;
    let store: Store = kept.world.app.parts.get();
    let objects: Vec<_> = store.list_all().try_collect().await.unwrap();
    let ours = format!("{}/", first.uuid());
    let lost = objects.iter().find(|object| object.key.as_str().starts_with(&ours)).expect("it has a file");
    store.delete(&lost.key).await.unwrap();
    let damaged = rows(&kept.world.owner_url).await;

    let back = kept.source.put_back_files(&store, first.uuid(), &Progress::quiet()).await.unwrap();
    assert_eq!(back, 1, "the file that was lost");
    let feed = Feed::start(&kept.world.app).await.unwrap();
    let mut live = feed.subscribe(first);
    let swapped = kept.swap(first.uuid(), &kept.source, Rows::Database(&beside), &[]).await.unwrap();
    let told = tokio::time::timeout(Duration::from_secs(20), live.next()).await.unwrap().unwrap();
    assert_eq!(told.kind, "workspace.restored", "open pages are told");
    assert!(swapped.tables.len() > 30, "{:?}", swapped.tables);
    let after = rows(&kept.world.owner_url).await;

    same(&of(&damaged, second), &of(&after, second), &[]);
    same(&beyond(&damaged), &beyond(&after), &["identity.workspaces"]);
    same(&at_backup, &of(&after, first), MERGED);
    let client = database::connect(&kept.world.owner_url).await.unwrap();
    let row = client
        .query_one(
            "select (select name from identity.workspaces where id = $1) as name,
               (select count(*) from identity.memberships where workspace_id = $1 and role = 'viewer') as joined,
               (select count(*) from portal.links where workspace_id = $1 and revoked_at is null) as open,
               (select count(*) from queue.jobs where workspace_id = $1 and name = 'of.what.goes') as waiting,
               (select count(*) from spine.events where workspace_id = $1 and kind = 'workspace.restored') as told",
            &[&first.uuid()],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, &str>("name"), "Northlight");
    let counts: Vec<i64> = ["joined", "open", "waiting", "told"].iter().map(|name| row.get(*name)).collect();
    assert_eq!(counts, [1, 0, 0, 1], "joined, open links, waiting jobs, events");
    let counters = |tables: &Tables| of(tables, first)["invoicing.counters"].clone();
    assert_eq!(counters(&damaged), counters(&after), "numbers that were given out are not given out again");
    for event in &of(&damaged, first)["spine.events"] {
        assert!(of(&after, first)["spine.events"].contains(event), "{event}");
    }
    let lines = kept.inspected().await;
    assert!(lines.iter().all(Line::agrees), "{lines:?}");

    let taken = Source::open(&kept.place, &swapped.kept, &credentials()).await.unwrap();
    kept.swap(first.uuid(), &taken, Rows::Kept(&taken), &[]).await.unwrap();
    let undone = rows(&kept.world.owner_url).await;
    same(&of(&damaged, first), &of(&undone, first), &["spine.events", "audit.seals", "identity.workspaces"]);
    same(&of(&damaged, second), &of(&undone, second), &["audit.seals"]);
    same(&beyond(&damaged), &beyond(&undone), &[]);
    drop(client);
    kept.forget(&name).await;
}

#[tokio::test]
async fn a_workspace_of_which_everything_was_deleted_is_put_back_whole() {
    let kept = kept().await;
    let [first, second] = kept.workspaces;
    let before = rows(&kept.world.owner_url).await;
    let (beside, name) = kept.restored(&[], None).await;
    let schemas = [
        "clients",
        "deals",
        "projects",
        "conversations",
        "timesheets",
        "invoicing",
        "portal",
        "pulse",
        "files",
    ];
    kept.empty(&schemas, &["clients.erasures"]).await;
    kept.swap(first.uuid(), &kept.source, Rows::Database(&beside), &[]).await.unwrap();
    let after = rows(&kept.world.owner_url).await;
    same(&of(&before, first), &of(&after, first), &["spine.events", "identity.memberships", "queue.jobs"]);
    same(&of(&before, second), &of(&after, second), &[]);
    let lines = kept.inspected().await;
    assert!(lines.iter().all(Line::agrees), "{lines:?}");
    kept.forget(&name).await;
}

#[tokio::test]
async fn a_swap_after_which_a_row_would_point_to_nothing_changes_nothing() {
    let kept = kept().await;
    let (beside, name) = kept.restored(&[], None).await;
    let before = rows(&kept.world.owner_url).await;
    let [first, _] = kept.workspaces;
    let more = ["delete from clients.clients c where c.workspace_id = $1".to_owned()];
    let error = kept.swap(first.uuid(), &kept.source, Rows::Database(&beside), &more).await.unwrap_err();
    assert!(error.to_string().contains("would point to nothing"), "{error:#}");
    same(&before, &rows(&kept.world.owner_url).await, &[]);
    kept.forget(&name).await;
}

#[tokio::test]
async fn a_workspace_that_the_backup_does_not_know_is_refused() {
    let kept = kept().await;
    let (beside, name) = kept.restored(&[], None).await;
    let later = testing::owner_of(&kept.world, "Late").await;
    let before = rows(&kept.world.owner_url).await;
    let whose = later.workspace_id.uuid();
    let error = kept.swap(whose, &kept.source, Rows::Database(&beside), &[]).await.unwrap_err();
    assert!(error.to_string().contains("not in both"), "{error:#}");
    same(&before, &rows(&kept.world.owner_url).await, &[]);
    kept.forget(&name).await;
}
