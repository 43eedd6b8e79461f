//! `rapport keys` against a database that is in use, also when it is killed in the middle.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, SystemTime},
};

use identity::testing;
use rapport_base::{Clock, Keys, Ring};
use rapport_testkit::World;
use rapport_web::House;
use uuid::Uuid;

use crate::world;

/// Rows that hold a secret each.
const SECRETS: usize = 3_000;

fn rapport(world: &World, data: &Path, what: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rapport"));
    command
        .args(["keys", what])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("RAPPORT_LOG", "off")
        .env("RAPPORT_DATA_DIR", data)
        .env("DATABASE_URL", world.app.db.url());
    command
}

fn run(world: &World, data: &Path, what: &str) -> (bool, String) {
    let output = rapport(world, data, what).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

fn place(id: Uuid) -> String {
    format!("identity/signing_keys/sealed_private_key/{id}")
}

async fn fill(world: &World, keys: &Keys) {
    let owner = world.owner().await;
    let (mut ids, mut secrets) = (Vec::new(), Vec::new());
    for number in 0..SECRETS {
        let id = Uuid::now_v7();
        ids.push(id);
        secrets.push(keys.seal(&place(id), number.to_string().as_bytes()).unwrap());
    }
    owner
        .execute(
            "insert into identity.signing_keys (id, algorithm, public_key, sealed_private_key, seal_key_id, active_from, retires_at)
             select n.id, 'EdDSA', 'x', n.secret, '1', now() - interval '9 days', now() + interval '1 day'
             from unnest($1::uuid[], $2::bytea[]) as n(id, secret)",
            &[&ids, &secrets],
        )
        .await
        .unwrap();
}

/// How many are sealed with the key, after a look that every one opens and none is lost.
async fn sealed_with(world: &World, keys: &Keys, key: &str) -> usize {
    let owner = world.owner().await;
    let sql = "select id, sealed_private_key, seal_key_id from identity.signing_keys order by id";
    let rows = owner.query(sql, &[]).await.unwrap();
    let mut opened = Vec::new();
    for row in &rows {
        let (id, sealed): (Uuid, Vec<u8>) = (row.get(0), row.get(1));
        assert_eq!(sealed[1].to_string(), row.get::<_, String>(2), "the row says which key");
        opened.push(String::from_utf8(keys.open(&place(id), &sealed).unwrap()).unwrap());
    }
    opened.sort_by_key(|number| number.parse::<usize>().unwrap());
    assert!(opened.iter().map(|n| n.parse::<usize>().unwrap()).eq(0..SECRETS), "every secret, once");
    rows.iter().filter(|row| row.get::<_, String>(2) == key).count()
}

fn ring(data: &Path) -> Ring {
    let text = fs::read_to_string(data.join("keys")).unwrap();
    let key = |hex: &str| -> [u8; 32] {
        let bytes: Vec<u8> =
            (0..32).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
        bytes.try_into().unwrap()
    };
    text.lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(id, hex)| (id.parse().unwrap(), key(hex)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_killed_in_the_middle_is_finished_by_the_next_and_loses_nothing() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    fs::write(data.join("keys"), format!("1 {}\n", "2a".repeat(32))).unwrap();
    let before = Keys::try_new(ring(data)).unwrap();
    world.owner().await.batch_execute("delete from identity.signing_keys").await.unwrap();
    fill(&world, &before).await;

    let mut first = rapport(&world, data, "rotate").stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(first.stdout.take().unwrap()).lines();
    let stopped = said.by_ref().map(Result::unwrap).find(|line| line.ends_with("00 sealed anew"));
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(stopped.is_some(), "it was killed among the batches");
    let both = Keys::try_new(ring(data)).unwrap();
    assert_eq!(both.seals_with(), 2);
    let halfway = sealed_with(&world, &both, "2").await;
    assert!((100..SECRETS).contains(&halfway), "{halfway} were sealed anew");

    // The sessions and forms of a server that still holds the former key, and of one that has both.
    ada.http.get(&ada.path("clients")).await.expect(200);
    assert!(both.proves("csrf", b"x", &before.proof("csrf", b"x")));
    let (ok, said) = run(&world, data, "retire");
    assert!(!ok && said.contains("run `rapport keys rotate` first"), "{said}");

    let (ok, said) = run(&world, data, "rotate");
    assert!(ok && !said.contains("a new key"), "it goes on with the same key: {said}");
    assert_eq!(sealed_with(&world, &both, "2").await, SECRETS);
    let (ok, said) = run(&world, data, "status");
    assert!(
        ok && said.contains("key 1\topens\t0 sealed") && said.contains("key 2\tseals and opens\t3000 sealed")
    );

    let (ok, said) = run(&world, data, "retire");
    assert!(!ok && said.contains("less than a minute"), "{said}");
    let earlier = SystemTime::from(Clock::system().now()) - Duration::from_secs(90);
    fs::File::options().append(true).open(data.join("keys")).unwrap().set_modified(earlier).unwrap();
    let (ok, said) = run(&world, data, "retire");
    assert!(ok && said.contains("taken off the ring: key 1"), "{said}");
    let after = Keys::try_new(ring(data)).unwrap();
    assert_eq!(sealed_with(&world, &after, "2").await, SECRETS);
    ada.http.get(&ada.path("clients")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_killed_before_the_new_key_seals_makes_no_second_one() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let (one, two) = ("2a".repeat(32), "2b".repeat(32));
    fs::write(data.join("keys"), format!("2 {two}\n1 {one}\n")).unwrap();
    let (ok, said) = run(&world, data, "retire");
    assert!(!ok && said.contains("a rotation was stopped"), "{said}");
    let (ok, said) = run(&world, data, "rotate");
    assert!(ok, "{said}");
    assert_eq!(ring(data).iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn every_sealed_column_says_how_it_is_sealed_anew() {
    /// Columns that nothing is written to yet.
    const UNUSED: &[&str] = &["identity.user_keys.sealed_secret"];
    let world = world().await;
    let house: House = world.app.parts.get();
    let declared: Vec<&str> = house.sealed().iter().map(|sealed| sealed.name).collect();
    let rows = world
        .owner()
        .await
        .query(
            "select n.nspname || '.' || c.relname || '.' || a.attname from pg_attribute a
             join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
             where c.relkind in ('r', 'p') and a.attname ~ '^sealed_' and a.atttypid = 'bytea'::regtype",
            &[],
        )
        .await
        .unwrap();
    for row in &rows {
        let column: String = row.get(0);
        assert!(declared.contains(&column.as_str()) || UNUSED.contains(&column.as_str()), "{column}");
    }
    assert!(!rows.is_empty());
}
