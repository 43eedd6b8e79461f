//! A private cluster brought back to an instant, and everything that may be missing on the way.

use std::{path::Path, time::Duration};

use jiff::{SignedDuration, Timestamp};
use rapport_backup::{
    Done, Keep, Order, Place, Progress,
    archive::{ArchiveOrder, Archiver, Way, forget, lag, reach},
    backup, database, prune,
};
use rapport_base::Clock;
use rapport_embedded::{Cluster, Comeback, Options, Reached};
use rapport_storage::Store;
use tokio_postgres::Client;

use crate::{passphrase, said};

/// A private cluster with the tables of the house, a place, and nothing else.
struct Ground {
    data: tempfile::TempDir,
    place: tempfile::TempDir,
    files: tempfile::TempDir,
}

impl Ground {
    fn new() -> Self {
        use std::os::unix::fs::PermissionsExt;
        let data = tempfile::tempdir().unwrap();
        std::fs::set_permissions(data.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
        Self { data, place: tempfile::tempdir().unwrap(), files: tempfile::tempdir().unwrap() }
    }
    fn options(&self) -> Options {
        Options {
            data_dir: self.data.path().to_owned(),
            binaries: std::env::var_os("RAPPORT_PG_BIN").map(Into::into),
            durable: true,
            ..Options::default()
        }
    }
    fn place(&self) -> Place {
        Place::open(self.place.path().to_str().unwrap()).unwrap()
    }
    async fn start(&self) -> (Cluster, String) {
        let cluster = Cluster::start(self.options()).await.unwrap();
        cluster.create_database("rapport").await.unwrap();
        let url = cluster.owner_url("rapport");
        rapport_db::migrate(&url).await.unwrap();
        (cluster, url)
    }
    /// Started, with a table to write into.
    async fn begin(&self) -> (Cluster, String, Client) {
        let (cluster, url) = self.start().await;
        let client = database::connect(&url).await.unwrap();
        client.batch_execute("create table public.kept (word text)").await.unwrap();
        (cluster, url, client)
    }
    /// Archived from now on, with a base to come back from.
    async fn archive(&self, url: &str) -> (Archiver, Done) {
        let mut archiver = self.archiver(url);
        archiver.step().await.unwrap();
        (archiver, self.backup(url).await)
    }
    fn archiver(&self, url: &str) -> Archiver {
        Archiver::new(ArchiveOrder {
            owner_url: url.to_owned(),
            place: self.place.path().to_str().unwrap().to_owned(),
            credentials: passphrase(),
            every: Duration::from_millis(200),
            clock: Clock::system(),
        })
    }
    async fn backup(&self, url: &str) -> Done {
        let store = Store::local(self.files.path()).unwrap();
        backup(Order {
            owner_url: url,
            store: &store,
            place: &self.place(),
            credentials: &passphrase(),
            figures: &[],
            notes: [].into(),
            version: "0.1.0",
            clock: &Clock::system(),
            base: true,
            progress: &Progress::quiet(),
        })
        .await
        .unwrap()
    }
    async fn reach(&self, at: Timestamp) -> anyhow::Result<Way> {
        reach(&self.place(), "latest", &passphrase(), at).await
    }
    async fn restore(&self, at: Timestamp) -> Reached {
        let way = self.reach(at).await.unwrap();
        let mut comeback = Comeback::begin(self.data.path()).unwrap();
        way.write(comeback.folder(), &Progress::quiet()).await.unwrap();
        let reached = comeback.recover(&self.options(), &at.to_string()).await.unwrap();
        let kept = comeback.take_place("then").unwrap().unwrap();
        assert!(kept.join("PG_VERSION").exists());
        std::fs::remove_dir_all(kept).unwrap();
        reached
    }
}

async fn write(client: &Client, words: &[&str]) {
    for word in words {
        client.execute("insert into public.kept (word) values ($1)", &[word]).await.unwrap();
    }
}

async fn words(url: &str) -> Vec<String> {
    let client = database::connect(url).await.unwrap();
    let rows = client.query("select word from public.kept order by word", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// An instant between what was written and what will be.
async fn instant(client: &Client) -> Timestamp {
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let at: std::time::SystemTime = client.query_one("select clock_timestamp()", &[]).await.unwrap().get(0);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    at.try_into().unwrap()
}

/// Pieces of the log in the place.
fn pieces(place: &Path) -> Vec<std::path::PathBuf> {
    let mut found = crate::files(&place.join("wal"));
    found.sort();
    found
}

#[tokio::test]
async fn a_private_cluster_comes_back_to_the_instant_that_was_asked_for_and_goes_on_from_there() {
    let ground = Ground::new();
    let (cluster, url, client) = ground.begin().await;
    // Both make the key of the place, and find the other at it.
    let archiving = ground.archiver(&url).start();
    write(&client, &["before the base"]).await;
    ground.backup(&url).await;
    assert_eq!(std::fs::read_dir(ground.place.path().join("keys")).unwrap().count(), 1);
    write(&client, &["after the base"]).await;
    // More than one segment of the log.
    client
        .batch_execute(
            "create table public.bulk as select n, repeat('x', 1000) from generate_series(1, 30000) n",
        )
        .await
        .unwrap();
    let wanted = instant(&client).await;
    client.batch_execute("delete from public.kept; drop table public.bulk").await.unwrap();
    write(&client, &["too late"]).await;
    let latest = instant(&client).await;
    while archiving.lag.seconds() > 2.0 || lag(&url, &ground.place()).await.unwrap().1 < latest {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(archiving);
    drop(client);
    cluster.stop().await.unwrap();

    assert_eq!(ground.restore(wanted).await, Reached::Target);
    let (cluster, url) = ground.start().await;
    assert_eq!(words(&url).await, ["after the base", "before the base"]);
    let client = database::connect(&url).await.unwrap();
    let rows: i64 = client.query_one("select count(*) from public.bulk", &[]).await.unwrap().get(0);
    assert_eq!(rows, 30_000);

    // It is a line of its own from here on: the next backup begins its archive.
    write(&client, &["in the second life"]).await;
    let (mut archiver, _) = ground.archive(&url).await;
    write(&client, &["and more"]).await;
    let again = instant(&client).await;
    write(&client, &["gone again"]).await;
    archiver.step().await.unwrap();
    drop(client);
    cluster.stop().await.unwrap();
    ground.restore(again).await;
    let (cluster, url) = ground.start().await;
    assert_eq!(words(&url).await, ["after the base", "and more", "before the base", "in the second life"]);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn an_instant_after_the_last_write_is_reached_at_the_end_of_the_log() {
    let ground = Ground::new();
    let (cluster, url, client) = ground.begin().await;
    let (mut archiver, _) = ground.archive(&url).await;
    write(&client, &["kept"]).await;
    let quiet = instant(&client).await;
    archiver.step().await.unwrap();
    drop(client);
    cluster.stop().await.unwrap();
    assert_eq!(ground.restore(quiet).await, Reached::End);
    let (cluster, url) = ground.start().await;
    assert_eq!(words(&url).await, ["kept"]);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_gap_a_cut_piece_and_an_instant_out_of_reach_are_refused_with_what_can_be_reached() {
    let ground = Ground::new();
    let (cluster, url, client) = ground.begin().await;
    let error = said(&ground.reach(Timestamp::UNIX_EPOCH).await.err().unwrap());
    assert!(error.contains("RAPPORT_ARCHIVE_SECONDS"), "{error}");
    let (mut archiver, made) = ground.archive(&url).await;
    let first = made.envelope.base.unwrap().whole_at;
    let mut instants = Vec::new();
    for word in ["one", "two", "three"] {
        write(&client, &[word]).await;
        instants.push(instant(&client).await);
        archiver.step().await.unwrap();
    }
    let [one, _, three] = instants[..] else { panic!("three instants") };
    ground.reach(three).await.unwrap();

    let error = said(&ground.reach(first - SignedDuration::from_secs(1)).await.err().unwrap());
    assert!(error.contains("first instant"), "{error}");
    let error = said(&ground.reach(three + SignedDuration::from_hours(1)).await.err().unwrap());
    assert!(error.contains("cannot be reached") && !error.contains("missing"), "{error}");

    let all = pieces(ground.place.path());
    let missing = &all[all.len() - 2];
    let aside = ground.data.path().join("aside");
    std::fs::rename(missing, &aside).unwrap();
    let error = said(&ground.reach(three).await.err().unwrap());
    assert!(error.contains("a piece of the log is missing"), "{error}");
    ground.reach(one).await.unwrap();

    // Cut off: it is there, and it does not open.
    let bytes = std::fs::read(&aside).unwrap();
    std::fs::write(missing, &bytes[..bytes.len() - 1]).unwrap();
    let way = ground.reach(three).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let error = said(&way.write(folder.path(), &Progress::quiet()).await.unwrap_err());
    assert!(error.contains("is damaged"), "{error}");
    drop(client);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_place_that_is_away_stops_nothing_and_what_was_missed_is_archived_when_it_is_back() {
    let ground = Ground::new();
    let (cluster, url, client) = ground.begin().await;
    let (mut archiver, _) = ground.archive(&url).await;
    let wal = ground.place.path().join("wal");
    let aside = ground.place.path().join("aside");
    std::fs::rename(&wal, &aside).unwrap();
    std::fs::write(&wal, "in the way").unwrap();
    write(&client, &["written meanwhile"]).await;
    assert!(archiver.step().await.is_err());
    client.batch_execute("select pg_switch_wal(); checkpoint").await.unwrap();
    write(&client, &["and again"]).await;
    std::fs::remove_file(&wal).unwrap();
    std::fs::rename(&aside, &wal).unwrap();
    let at = instant(&client).await;
    // Another process: it goes on behind the last piece of the place.
    ground.archiver(&url).step().await.unwrap();
    ground.reach(at).await.unwrap();

    // What the database let go of is a gap, and the next base leads on.
    forget(&url).await.unwrap();
    client
        .batch_execute("select pg_switch_wal(); checkpoint; select pg_switch_wal(); checkpoint")
        .await
        .unwrap();
    write(&client, &["behind the gap"]).await;
    let behind = instant(&client).await;
    let mut later = ground.archiver(&url);
    later.step().await.unwrap();
    assert!(said(&ground.reach(behind).await.err().unwrap()).contains("missing"));
    ground.backup(&url).await;
    write(&client, &["after the new base"]).await;
    let at = instant(&client).await;
    later.step().await.unwrap();
    ground.reach(at).await.unwrap();
    drop(client);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn the_log_before_the_oldest_kept_base_goes_with_it() {
    let ground = Ground::new();
    let (cluster, url, client) = ground.begin().await;
    let (mut archiver, _) = ground.archive(&url).await;
    for _ in 0..3 {
        write(&client, &["more"]).await;
        client.batch_execute("select pg_switch_wal()").await.unwrap();
        archiver.step().await.unwrap();
    }
    ground.backup(&url).await;
    write(&client, &["last"]).await;
    let at = instant(&client).await;
    archiver.step().await.unwrap();
    let before = pieces(ground.place.path()).len();
    let keep = |count| Keep { count: Some(count), days: None };
    let now = Clock::system().now();
    assert_eq!(prune(&ground.place(), keep(2), now).await.unwrap().backups.len(), 0);
    let pruned = prune(&ground.place(), keep(1), now).await.unwrap();
    assert_eq!(pruned.backups.len(), 1);
    assert!(pruned.log >= 3, "{pruned:?} of {before}");
    ground.reach(at).await.unwrap();
    drop(client);
    cluster.stop().await.unwrap();
}
