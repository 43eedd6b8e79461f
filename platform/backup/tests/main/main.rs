//! Backups of a real database, damaged and opened in every way.

mod point;
mod s3;

use std::{collections::BTreeMap, path::Path};

use rapport_backup::{
    Credentials, Done, Figure, Keep, Order, Place, Progress, Restore, Restored, Source, backup, compare,
    database, new_identity, prune, restore, verify,
};
use rapport_base::Secret;
use rapport_storage::{Area, Key, Store};
use rapport_testkit::World;
use uuid::Uuid;

const FIGURES: &[Figure] = &[Figure {
    name: "attempts",
    sql: "select id, 'times'::text, count(*), sum(failed_sign_ins)::text from identity.users group by 1",
}];

/// A world with a person, a workspace, events and files, and a folder for backups.
struct House {
    world: World,
    store: Store,
    workspace: Uuid,
    folder: tempfile::TempDir,
}

async fn house() -> House {
    let world = World::start(Vec::new()).await;
    let workspace = Uuid::now_v7();
    let person = Uuid::now_v7();
    let sql = format!(
        "insert into identity.users (id, email, email_folded, name, failed_sign_ins)
           values ('{person}', 'a@b.example', 'a@b.example', E'Tab\\there,\\nline \\\\ and ümlaut', 3);
         insert into identity.workspaces (id, slug, name) values ('{workspace}', 'north', 'North');
         insert into identity.memberships (workspace_id, id, user_id, role)
           values ('{workspace}', gen_random_uuid(), '{person}', 'owner');
         insert into spine.events (workspace_id, id, kind, subject_kind, subject_id, actor_kind, payload, at)
           select '{workspace}', gen_random_uuid(), 'thing.done', 'thing', gen_random_uuid(), 'system',
             jsonb_build_object('n', n), now() - n * interval '20 days' from generate_series(0, 9) n"
    );
    world.owner().await.batch_execute(&sql).await.unwrap();
    let store: Store = world.app.parts.get();
    let folder = tempfile::tempdir().unwrap();
    let house = House { world, store, workspace, folder };
    house.put(b"a small file").await;
    house.put(&vec![7; 3_000_000]).await;
    house.put(b"").await;
    house
}

impl House {
    async fn put(&self, bytes: &[u8]) -> Key {
        let key = Key::new(self.workspace, Area::new("files"), Uuid::now_v7(), 1);
        self.store.put(&key, bytes.to_vec().into()).await.unwrap();
        key
    }
    fn place(&self) -> Place {
        Place::open(self.folder.path().to_str().unwrap()).unwrap()
    }
    async fn backup(&self, credentials: &Credentials) -> anyhow::Result<Done> {
        self.backup_to(&self.place(), credentials).await
    }
    async fn backup_to(&self, place: &Place, credentials: &Credentials) -> anyhow::Result<Done> {
        let order = Order {
            owner_url: &self.world.owner_url,
            store: &self.store,
            place,
            credentials,
            figures: FIGURES,
            notes: BTreeMap::new(),
            version: "0.1.0",
            clock: &self.world.clock,
            base: false,
            progress: &Progress::quiet(),
        };
        backup(order).await
    }
    async fn open(&self) -> anyhow::Result<Source> {
        Source::open(&self.place(), "latest", &passphrase()).await
    }
    async fn fresh(&self) -> (String, String) {
        let name = format!("t_{}", Uuid::now_v7().simple());
        let server = database::connect(&self.world.owner_url).await.unwrap();
        database::create(&server, &name).await.unwrap();
        (database::with_name(&self.world.owner_url, &name).unwrap(), name)
    }
    async fn forget(&self, name: &str) {
        let server = database::connect(&self.world.owner_url).await.unwrap();
        database::drop(&server, name).await.unwrap();
    }
    async fn restore(
        &self,
        source: &Source,
        owner_url: &str,
        store: Option<&Store>,
    ) -> anyhow::Result<Restored> {
        let progress = Progress::quiet();
        restore(Restore { source, owner_url, store, figures: FIGURES, then: &[], progress: &progress }).await
    }
}

fn passphrase() -> Credentials {
    Credentials { passphrase: Some(Secret::new("correct horse battery")), ..Credentials::default() }
}

fn said(error: &anyhow::Error) -> String {
    format!("{error:#}")
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(folder)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path) } else { vec![path] }
        })
        .collect()
}

#[tokio::test]
async fn rows_sequences_partitions_and_files_come_back_as_they_were() {
    let house = house().await;
    let done = house.backup(&passphrase()).await.unwrap();
    assert_eq!(done.manifest.files.count, 3);
    let source = house.open().await.unwrap();
    let (url, name) = house.fresh().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let store = Store::local(elsewhere.path()).unwrap();
    let restored = house.restore(&source, &url, Some(&store)).await.unwrap();
    assert_eq!(restored.files, 3);
    assert!(restored.lines.iter().all(rapport_backup::Line::agrees));
    for entry in house.world.owner().await.query("select name from identity.users", &[]).await.unwrap() {
        let there = database::connect(&url).await.unwrap();
        let came: String = there.query_one("select name from identity.users", &[]).await.unwrap().get(0);
        assert_eq!(came, entry.get::<_, String>(0));
    }
    let objects = |store: &Store| {
        let listing = store.list(house.workspace);
        async move {
            use futures::TryStreamExt;
            let mut all: Vec<_> = listing.try_collect().await.unwrap();
            all.sort_by_key(|object: &rapport_storage::Object| object.key.to_string());
            all
        }
    };
    assert_eq!(objects(&store).await, objects(&house.store).await);
    for object in objects(&store).await {
        let (a, b) = (store.get_bytes(&object.key, 1 << 30), house.store.get_bytes(&object.key, 1 << 30));
        assert_eq!(a.await.unwrap(), b.await.unwrap());
    }
    // New rows go on where the old ones ended.
    let there = database::connect(&url).await.unwrap();
    let row = there
        .query_one(
            "insert into spine.events (workspace_id, id, kind, subject_kind, subject_id, actor_kind, payload, at)
             values (gen_random_uuid(), gen_random_uuid(), 'k', 's', gen_random_uuid(), 'system', '{}', now())
             returning seq, txid > (select max(txid) from spine.events)",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), 11);
    assert!(row.get::<_, bool>(1), "new events come after the restored ones");
    house.forget(&name).await;
}

#[tokio::test]
async fn verification_finds_nothing_wrong_and_leaves_nothing_behind() {
    let house = house().await;
    house.backup(&passphrase()).await.unwrap();
    let source = house.open().await.unwrap();
    let looked = async |name: &str| {
        assert!(name.starts_with("rapport_verify_"));
        Ok(vec![rapport_backup::Line::new("the caller's own", "1", "1")])
    };
    let progress = Progress::quiet();
    let lines = verify(&source, &house.world.owner_url, FIGURES, &progress, looked).await.unwrap();
    assert!(lines.iter().all(rapport_backup::Line::agrees), "{lines:?}");
    for what in ["identity.users", "attempts in times", "files", "the caller's own"] {
        assert!(lines.iter().any(|line| line.what.starts_with(what)), "{what}: {lines:?}");
    }
    let refused = async |_: &str| anyhow::bail!("the caller saw something");
    let error = verify(&source, &house.world.owner_url, FIGURES, &progress, refused).await.unwrap_err();
    assert!(said(&error).contains("the caller saw something"));
}

#[tokio::test]
async fn one_flipped_byte_anywhere_is_noticed() {
    let house = house().await;
    house.backup(&passphrase()).await.unwrap();
    let progress = Progress::quiet();
    let all = files(house.folder.path());
    assert!(all.len() > 9, "{all:?}");
    for (number, path) in all.into_iter().enumerate() {
        let whole = std::fs::read(&path).unwrap();
        // The first, one in the middle, and the last but the line break, which says nothing.
        let at = [0, whole.len() / 2, whole.len() - 2][number % 3];
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        std::fs::write(&path, &flipped).unwrap();
        let noticed = match house.open().await {
            Err(_) => true,
            Ok(source) => {
                let look = async |_: &str| Ok(Vec::new());
                match verify(&source, &house.world.owner_url, FIGURES, &progress, look).await {
                    Err(_) => true,
                    Ok(lines) => !lines.iter().all(rapport_backup::Line::agrees),
                }
            }
        };
        // The index serves the next backup, and that one refuses it.
        let noticed = noticed || path.ends_with("files.index") && house.backup(&passphrase()).await.is_err();
        assert!(noticed, "byte {at} of {}", path.display());
        std::fs::write(&path, &whole).unwrap();
    }
}

#[tokio::test]
async fn a_backup_cut_off_in_the_middle_is_never_taken_for_whole() {
    let house = house().await;
    let done = house.backup(&passphrase()).await.unwrap();
    let folder = house.folder.path().join("backups").join(&done.envelope.id);
    std::fs::remove_file(folder.join("backup")).unwrap();
    let error = house.open().await.err().unwrap();
    assert!(said(&error).contains("no whole backup"), "{error:#}");
    let error = house.place().backup(&done.envelope.id).await.unwrap_err();
    assert!(said(&error).contains("never finished"), "{error:#}");
    let (whole, broken) = house.place().backups().await.unwrap();
    assert_eq!((whole.len(), broken.len()), (0, 1));
}

#[tokio::test]
async fn a_part_cut_off_leaves_the_database_as_it_was() {
    let house = house().await;
    let done = house.backup(&passphrase()).await.unwrap();
    let part = house.folder.path().join("backups").join(&done.envelope.id).join("tables/spine.events");
    let whole = std::fs::read(&part).unwrap();
    std::fs::write(&part, &whole[..whole.len() - 20]).unwrap();
    let source = house.open().await.unwrap();
    let (url, name) = house.fresh().await;
    let error = house.restore(&source, &url, None).await.unwrap_err();
    assert!(said(&error).contains("spine.events is damaged"), "{error:#}");
    let there = database::connect(&url).await.unwrap();
    let users: i64 = there.query_one("select count(*) from identity.users", &[]).await.unwrap().get(0);
    assert_eq!(users, 0, "nothing of it stayed");
    house.forget(&name).await;
}

#[tokio::test]
async fn a_wrong_passphrase_is_called_that_for_reading_and_for_writing() {
    let house = house().await;
    house.backup(&passphrase()).await.unwrap();
    let wrong =
        Credentials { passphrase: Some(Secret::new("correct horse buttery")), ..Credentials::default() };
    let error = Source::open(&house.place(), "latest", &wrong).await.err().unwrap();
    assert!(said(&error).contains("passphrase is wrong"), "{error:#}");
    let error = house.backup(&wrong).await.unwrap_err();
    assert!(said(&error).contains("not the one the backups"), "{error:#}");
    let error = house.backup(&Credentials::default()).await.unwrap_err();
    assert!(said(&error).contains("RAPPORT_BACKUP_PASSPHRASE"), "{error:#}");
    let short = Credentials { passphrase: Some(Secret::new("short")), ..Credentials::default() };
    assert!(said(&house.backup(&short).await.unwrap_err()).contains("12 characters"));
}

#[tokio::test]
async fn a_recipient_closes_and_only_its_identity_opens() {
    let house = house().await;
    let (identity, recipient) = new_identity();
    let closing = Credentials { recipient: Some(recipient), ..Credentials::default() };
    house.backup(&closing).await.unwrap();
    assert!(said(&house.open().await.err().unwrap()).contains("RAPPORT_BACKUP_IDENTITY"));
    let other = Credentials { identity: Some(new_identity().0), ..Credentials::default() };
    let error = Source::open(&house.place(), "latest", &other).await.err().unwrap();
    assert!(said(&error).contains("does not belong"), "{error:#}");
    let opening = Credentials { identity: Some(identity), ..Credentials::default() };
    assert!(Source::open(&house.place(), "latest", &opening).await.is_ok());
    // What earlier backups hold is known without the identity.
    let again = house.backup(&closing).await.unwrap();
    assert_eq!(again.reused, 3);
}

#[tokio::test]
async fn nothing_readable_lies_in_the_place() {
    let house = house().await;
    house.put(b"a very telling sentence").await;
    house.backup(&passphrase()).await.unwrap();
    for path in files(house.folder.path()) {
        let bytes = std::fs::read(&path).unwrap();
        for telling in ["a@b.example", "telling sentence", "north", &house.workspace.to_string()] {
            let found = bytes.windows(telling.len()).any(|window| window == telling.as_bytes());
            assert!(!found, "{telling} in {}", path.display());
        }
    }
}

#[tokio::test]
async fn a_backup_of_a_newer_version_is_refused_before_anything_is_touched() {
    let house = house().await;
    let newer = "insert into app.migrations (name, checksum) values ('9999_future', '\\x00')";
    house.world.owner().await.batch_execute(newer).await.unwrap();
    house.backup(&passphrase()).await.unwrap();
    let error = house.open().await.err().unwrap();
    assert!(said(&error).contains("newer Rapport") && said(&error).contains("9999_future"), "{error:#}");
}

#[tokio::test]
async fn files_are_copied_once_and_what_no_backup_needs_goes_with_the_old_ones() {
    let house = house().await;
    let first = house.backup(&passphrase()).await.unwrap();
    assert_eq!(first.reused, 0);
    let more = house.put(b"another").await;
    house.world.clock.advance(jiff::SignedDuration::from_hours(24));
    let second = house.backup(&passphrase()).await.unwrap();
    assert_eq!((second.reused, second.manifest.files.count), (3, 4));
    house.store.delete(&more).await.unwrap();
    house.world.clock.advance(jiff::SignedDuration::from_hours(24));
    let third = house.backup(&passphrase()).await.unwrap();
    assert_eq!(third.manifest.files.count, 3);
    // Two days on by the files' own dates, which are the machine's.
    let later = rapport_base::Clock::system().now() + jiff::SignedDuration::from_hours(48);
    let nothing = prune(&house.place(), Keep::default(), later).await.unwrap();
    assert_eq!(nothing.backups, Vec::<String>::new());
    let pruned = prune(&house.place(), Keep { count: Some(1), days: None }, later).await.unwrap();
    assert_eq!(pruned.backups, [second.envelope.id, first.envelope.id]);
    assert_eq!(pruned.files, 1, "the file that only the second one had");
    let source = house.open().await.unwrap();
    let look = async |_: &str| Ok(Vec::new());
    let lines = verify(&source, &house.world.owner_url, FIGURES, &Progress::quiet(), look).await.unwrap();
    assert!(lines.iter().all(rapport_backup::Line::agrees), "{lines:?}");
}

#[tokio::test]
async fn a_workspace_is_compared_with_what_it_was() {
    let house = house().await;
    house.backup(&passphrase()).await.unwrap();
    let source = house.open().await.unwrap();
    let (url, name) = house.fresh().await;
    house.restore(&source, &url, None).await.unwrap();
    let equal = compare(&house.world.owner_url, &url, house.workspace).await.unwrap();
    assert!(equal.iter().all(rapport_backup::Difference::is_none), "{equal:?}");
    let lost = "delete from spine.events where payload->>'n' in ('1', '2');
                update identity.memberships set title = 'Boss'";
    house.world.owner().await.batch_execute(lost).await.unwrap();
    let differences = compare(&house.world.owner_url, &url, house.workspace).await.unwrap();
    let of = |table: &str| differences.iter().find(|it| it.table == table).unwrap();
    assert_eq!((of("spine.events").only_second, of("spine.events").same), (2, 8));
    assert_eq!(of("identity.memberships").changed, 1);
    house.forget(&name).await;
}

#[tokio::test]
async fn an_owner_without_special_rights_is_told_what_it_lacks_and_can_restore() {
    let house = house().await;
    house.backup(&passphrase()).await.unwrap();
    let source = house.open().await.unwrap();
    let server = database::connect(&house.world.owner_url).await.unwrap();
    let (role, name) = (format!("o_{}", Uuid::now_v7().simple()), format!("t_{}", Uuid::now_v7().simple()));
    server
        .batch_execute(&format!(
            "create role {role} login; grant rapport_search to {role}; grant {role} to current_user"
        ))
        .await
        .unwrap();
    server.batch_execute(&format!("create database {name} owner {role} template template0")).await.unwrap();
    let url = database::with_name(&house.world.owner_url, &name).unwrap().replacen(
        "rapport_owner@",
        &format!("{role}@"),
        1,
    );
    let restored = house.restore(&source, &url, None).await.unwrap();
    assert!(restored.lines.iter().all(rapport_backup::Line::agrees));
    let there = database::connect(&url).await.unwrap();
    let error = database::sees_everything(&there).await.unwrap_err();
    assert!(said(&error).contains("bypassrls"), "{error:#}");
    let error = database::create(&there, "never").await.unwrap_err();
    assert!(said(&error).contains("createdb"), "{error:#}");
    house.forget(&name).await;
    server.batch_execute(&format!("drop role {role}")).await.unwrap();
}
