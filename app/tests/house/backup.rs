//! The house's own data through a backup and back.

mod swap;

use std::collections::BTreeMap;

use futures::TryStreamExt;
use identity::testing;
use rapport::recovery::{self, FIGURES, REVOKE};
use rapport_backup::{
    Credentials, Line, Order, Place, Progress, Restore, Source, backup, database, restore, verify,
};
use rapport_base::{Keys, Secret, WorkspaceId};
use rapport_db::{Db, DbConfig};
use rapport_storage::Store;
use rapport_testkit::World;

use crate::{journey, world};

/// Two workspaces after an afternoon each, and a backup of both.
struct Kept {
    world: World,
    workspaces: [WorkspaceId; 2],
    source: Source,
    place: Place,
    _folder: tempfile::TempDir,
}

fn credentials() -> Credentials {
    Credentials { passphrase: Some(Secret::new("correct horse battery")), ..Credentials::default() }
}

async fn kept() -> Kept {
    let world = world().await;
    let first = testing::owner_of(&world, "Northlight").await;
    journey::fill(&world, &first, "Kestrel").await;
    let second = testing::owner_of(&world, "Southwind").await;
    journey::fill(&world, &second, "Osprey").await;
    crate::sealed(&world).await;
    let folder = tempfile::tempdir().unwrap();
    let place = Place::open(folder.path().to_str().unwrap()).unwrap();
    let credentials = credentials();
    let (store, keys): (Store, Keys) = (world.app.parts.get(), world.app.parts.get());
    let order = Order {
        owner_url: &world.owner_url,
        store: &store,
        place: &place,
        credentials: &credentials,
        figures: FIGURES,
        notes: recovery::notes(&keys),
        version: "0.1.0",
        clock: &world.clock,
        base: false,
        progress: &Progress::quiet(),
    };
    backup(order).await.unwrap();
    let source = Source::open(&place, "latest", &credentials).await.unwrap();
    Kept { world, workspaces: [first.workspace_id, second.workspace_id], source, place, _folder: folder }
}

impl Kept {
    /// Restores into a database of its own and gives its URL and name.
    async fn restored(&self, then: &[&str], store: Option<&Store>) -> (String, String) {
        let name = format!("t_{}", uuid::Uuid::now_v7().simple());
        let server = database::connect(&self.world.owner_url).await.unwrap();
        database::create(&server, &name).await.unwrap();
        let url = database::with_name(&self.world.owner_url, &name).unwrap();
        let progress = Progress::quiet();
        let order = Restore {
            source: &self.source,
            owner_url: &url,
            store,
            figures: FIGURES,
            then,
            progress: &progress,
        };
        let restored = restore(order).await.unwrap();
        assert!(restored.lines.iter().all(Line::agrees), "{:?}", restored.lines);
        (url, name)
    }

    async fn forget(&self, name: &str) {
        let server = database::connect(&self.world.owner_url).await.unwrap();
        database::drop(&server, name).await.unwrap();
    }
}

/// Every row of every table as JSON, read without the code under test.
async fn rows(owner_url: &str) -> BTreeMap<String, Vec<String>> {
    let client = database::connect(owner_url).await.unwrap();
    let tables = client
        .query(
            "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where c.relkind in ('r', 'p') and not c.relispartition
               and n.nspname not in ('pg_catalog', 'information_schema') and c.oid <> 'app.migrations'::regclass",
            &[],
        )
        .await
        .unwrap();
    let mut all = BTreeMap::new();
    for table in tables {
        let table: String = table.get(0);
        let sql = format!("select to_jsonb(t)::text from {table} t order by 1");
        let rows = client.query(&sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
        all.insert(table, rows);
    }
    all
}

#[tokio::test]
async fn an_afternoon_comes_back_row_by_row_file_by_file_and_the_wall_stands() {
    let kept = kept().await;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::local(folder.path()).unwrap();
    let (url, name) = kept.restored(&[], Some(&store)).await;

    let (before, after) = (rows(&kept.world.owner_url).await, rows(&url).await);
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (table, rows) in &before {
        assert_eq!(rows, &after[table], "{table}");
    }
    let filled = before.values().filter(|rows| !rows.is_empty()).count();
    assert!(filled > 40, "an afternoon fills most tables: {filled} of {}", before.len());

    let live: Store = kept.world.app.parts.get();
    let objects: Vec<_> = live.list_all().try_collect().await.unwrap();
    assert!(!objects.is_empty(), "an afternoon leaves files");
    for object in &objects {
        let (was, is) =
            (live.get_bytes(&object.key, 1 << 30).await, store.get_bytes(&object.key, 1 << 30).await);
        assert_eq!(was.unwrap(), is.unwrap(), "{}", object.key);
    }

    let app_url = database::with_name(kept.world.app.db.url(), &name).unwrap();
    let db = Db::new(&DbConfig::new(&app_url), kept.world.clock.clone()).unwrap();
    for workspace in kept.workspaces {
        let tx = db.read(workspace).await.unwrap();
        let seen: Vec<(WorkspaceId, i64)> =
            tx.query("select workspace_id, count(*) from invoicing.invoices group by 1", &[]).await.unwrap();
        assert_eq!(seen, [(workspace, 1)], "each workspace sees its own and nothing else");
    }
    drop(db);
    let lines = recovery::inspect(kept.world.app.db.url(), &name, &kept.world.clock).await.unwrap();
    assert!(lines.iter().all(Line::agrees), "{lines:?}");
    assert!(lines.iter().any(|line| line.what.starts_with("audit log of southwind")), "{lines:?}");
    kept.forget(&name).await;
}

#[tokio::test]
async fn verification_compares_money_and_the_seals_of_the_audit_log() {
    let kept = kept().await;
    let look = async |name: &str| recovery::inspect(kept.world.app.db.url(), name, &kept.world.clock).await;
    let lines = verify(&kept.source, &kept.world.owner_url, FIGURES, &Progress::quiet(), look).await.unwrap();
    assert!(lines.iter().all(Line::agrees), "{lines:?}");
    for what in ["issued invoices in EUR", "payments in EUR", "allocations in EUR", "audit log of", "files"] {
        assert!(lines.iter().any(|line| line.what.starts_with(what)), "{what}: {lines:?}");
    }
    let keys: Keys = kept.world.app.parts.get();
    assert!(recovery::has_its_keys(&keys, &kept.source.manifest.notes));
    let others = Keys::try_new(vec![(1, [9; 32])]).unwrap();
    assert!(!recovery::has_its_keys(&others, &kept.source.manifest.notes));
}

#[tokio::test]
async fn a_tampered_audit_log_is_found_by_verification() {
    let kept = kept().await;
    let (url, name) =
        kept.restored(&["update spine.events set actor_name = 'Mallory' where audited"], None).await;
    let lines = recovery::inspect(kept.world.app.db.url(), &name, &kept.world.clock).await.unwrap();
    assert!(!lines.iter().all(Line::agrees), "{url}: {lines:?}");
    kept.forget(&name).await;
}

#[tokio::test]
async fn a_restore_may_end_every_session_token_key_and_link() {
    let kept = kept().await;
    let (url, name) = kept.restored(REVOKE, None).await;
    let client = database::connect(&url).await.unwrap();
    let row = client
        .query_one(
            "select (select count(*) from identity.sessions) + (select count(*) from identity.refresh_families)
               + (select count(*) from identity.signing_keys)
               + (select count(*) from portal.links where revoked_at is null)
               + (select count(*) from portal.guest_sessions where ended_at is null),
               (select count(*) from portal.links)",
            &[],
        )
        .await
        .unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1) > 0), (0, true));
    kept.forget(&name).await;
}
