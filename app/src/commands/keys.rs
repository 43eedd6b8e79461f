//! `rapport keys`: a new master key while the program serves.
//!
//! A new key first only opens: it stands in front of the ring until every process has it. Then
//! it moves to the end and seals. What former keys sealed is sealed anew in batches, each in a
//! transaction of its own; whoever is stopped in between goes on where the ring and the rows say.

use std::{fs, time::Duration};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use rapport_base::{Keys, Ring};
use rapport_db::App;
use rapport_web::{House, Sealed};
use uuid::Uuid;

use crate::{
    keys,
    settings::Settings,
    start::{self, told},
};

/// Secrets sealed anew in one transaction.
const BATCH: i64 = 100;
/// So old a ring must be before keys are taken off it: everyone has learnt of it.
const SETTLED: Duration = Duration::from_secs(60);

/// What to do with the master keys.
#[derive(Subcommand)]
pub enum MasterKeys {
    /// Which keys there are, and what is sealed with each.
    Status,
    /// Make a new key and seal every secret anew with it; goes on with a rotation that was stopped.
    Rotate,
    /// Take keys off the ring that nothing is sealed with any more.
    Retire,
}

/// Runs it.
pub async fn run(settings: Settings, what: MasterKeys) -> Result<()> {
    let started = start::start(&settings).await?;
    let outcome = match what {
        MasterKeys::Status => status(&settings, &started.app).await,
        MasterKeys::Rotate => rotate(&settings, &started.app).await,
        MasterKeys::Retire => retire(&settings, &started.app).await,
    };
    started.stop().await?;
    outcome
}

/// How many secrets are sealed with each key, by its id.
async fn sealed_with(app: &App) -> Result<Vec<(String, i64)>> {
    let mut all: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new();
    let tx = app.db.system().await.map_err(told)?;
    for secret in app.parts.get::<House>().sealed() {
        for (key, count) in tx.query::<(String, i64)>(secret.count, &[]).await.map_err(told)? {
            *all.entry(key).or_default() += count;
        }
    }
    Ok(all.into_iter().collect())
}

async fn status(settings: &Settings, app: &App) -> Result<()> {
    let ring = keys::read(settings)?;
    let sealed = sealed_with(app).await?;
    let count = |id: &str| sealed.iter().find(|(key, _)| key == id).map_or(0, |(_, count)| *count);
    for (at, (id, _)) in ring.iter().enumerate() {
        let seals = at + 1 == ring.len();
        println!(
            "key {id}\t{}\t{} sealed",
            if seals { "seals and opens" } else { "opens" },
            count(&id.to_string())
        );
    }
    let lost: Vec<&(String, i64)> =
        sealed.iter().filter(|(key, _)| !ring.iter().any(|(id, _)| id.to_string() == *key)).collect();
    for (key, count) in &lost {
        println!("key {key}\tNOT IN THE RING\t{count} sealed");
    }
    if !lost.is_empty() {
        bail!("secrets are sealed with keys that are not in the ring: put its copy back");
    }
    Ok(())
}

/// Where a rotation stands.
#[derive(Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing is under way.
    Begin,
    /// The new key opens, and does not seal yet.
    Promote,
    /// The new key seals, and former ones still hold secrets.
    SealAnew,
}

fn stage(ring: &Ring, waiting: i64) -> Stage {
    let newest = ring.iter().map(|(id, _)| *id).max();
    if ring.last().map(|(id, _)| *id) != newest {
        Stage::Promote
    } else if waiting > 0 {
        Stage::SealAnew
    } else {
        Stage::Begin
    }
}

/// The ring with one more key, which only opens as yet.
fn with_new(ring: &Ring, key: [u8; 32]) -> Result<Ring> {
    let newest = ring.iter().map(|(id, _)| *id).max().unwrap_or(0);
    let id = newest.checked_add(1).context("a ring has no room for a key after the 255th")?;
    Ok(std::iter::once((id, key)).chain(ring.iter().copied()).collect())
}

/// The ring in the order of ids: the newest seals.
fn promoted(ring: &Ring) -> Ring {
    let mut ring = ring.clone();
    ring.sort_by_key(|(id, _)| *id);
    ring
}

async fn rotate(settings: &Settings, app: &App) -> Result<()> {
    let keys: Keys = app.parts.get();
    if let Some(file) = keys::file(settings) {
        let lock = fs::File::create(file.with_extension("lock"))?;
        lock.try_lock().context("another rotation is under way")?;
        let ring = keys::read(settings)?;
        let seals = keys.seals_with().to_string();
        let waiting =
            sealed_with(app).await?.into_iter().filter(|(key, _)| *key != seals).map(|(_, n)| n).sum();
        let stage = stage(&ring, waiting);
        if stage == Stage::Begin {
            keys::write(&file, &with_new(&ring, keys::random())?)?;
            println!("a new key is in the ring; it opens");
        }
        if stage != Stage::SealAnew {
            tokio::time::sleep(keys::LEARNT * 2).await;
            keys::write(&file, &promoted(&keys::read(settings)?))?;
            keys.refresh();
            println!("key {} seals", keys.seals_with());
            tokio::time::sleep(keys::LEARNT * 2).await;
        }
        seal_all(app, &keys).await?;
        println!("done; `rapport keys retire` takes the former keys away");
        drop(lock);
        return Ok(());
    }
    println!("RAPPORT_MASTER_KEY holds the keys: the last of it seals, no new one is made");
    seal_all(app, &keys).await
}

async fn seal_all(app: &App, keys: &Keys) -> Result<()> {
    let mut lost = 0;
    for secret in app.parts.get::<House>().sealed() {
        let (sealed, unopened) = seal_anew(app, keys, &secret).await?;
        println!("{}: {sealed} sealed anew, all of them", secret.name);
        lost += unopened;
    }
    if lost > 0 {
        bail!("{lost} secrets do not open with any key of the ring and were left as they are");
    }
    Ok(())
}

/// Seals what one column holds; how many, and how many do not open.
async fn seal_anew(app: &App, keys: &Keys, secret: &Sealed) -> Result<(usize, usize)> {
    let key = keys.seals_with().to_string();
    let (mut sealed, mut unopened, mut after) = (0, 0, Uuid::nil());
    loop {
        let tx = app.db.system().await.map_err(told)?;
        let rows: Vec<(Uuid, Vec<u8>, String)> =
            tx.query(secret.find, &[&key, &after, &BATCH]).await.map_err(told)?;
        let Some((last, ..)) = rows.last() else { return Ok((sealed, unopened)) };
        after = *last;
        for (id, was, place) in &rows {
            match keys.open(place, was) {
                Ok(open) => {
                    let anew = keys.seal(place, &open).map_err(told)?;
                    let params: rapport_db::Params = &[id, was, &anew, &key];
                    sealed += usize::try_from(tx.execute(secret.replace, params).await.map_err(told)?)?;
                }
                Err(_) => unopened += 1,
            }
        }
        tx.commit().await.map_err(told)?;
        println!("{}: {sealed} sealed anew", secret.name);
    }
}

async fn retire(settings: &Settings, app: &App) -> Result<()> {
    let Some(file) = keys::file(settings) else {
        bail!(
            "RAPPORT_MASTER_KEY holds the keys: leave out those of which `rapport keys status` says 0 sealed"
        );
    };
    let lock = fs::File::create(file.with_extension("lock"))?;
    lock.try_lock().context("a rotation is under way")?;
    let ring = keys::read(settings)?;
    if stage(&ring, 0) == Stage::Promote {
        bail!("a rotation was stopped: run `rapport keys rotate` again first");
    }
    let (seals, _) = *ring.last().context("the key ring is empty")?;
    for (key, count) in sealed_with(app).await? {
        if key != seals.to_string() {
            bail!("{count} secrets are sealed with key {key}: run `rapport keys rotate` first");
        }
    }
    if fs::metadata(&file)?.modified()?.elapsed().unwrap_or_default() < SETTLED {
        bail!("the ring was changed less than a minute ago: wait until every process has it");
    }
    let gone: Vec<String> =
        ring.iter().filter(|(id, _)| *id != seals).map(|(id, _)| id.to_string()).collect();
    if gone.is_empty() {
        println!("key {seals} is the only one");
        return Ok(());
    }
    keys::write(&file, &ring.iter().copied().filter(|(id, _)| *id == seals).collect())?;
    println!(
        "taken off the ring: key {}. Backups made with it need its copy to open what they hold sealed.",
        gone.join(", ")
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_goes_on_where_the_ring_and_the_rows_say() {
        let ring: Ring = vec![(1, [1; 32])];
        assert_eq!(stage(&ring, 0), Stage::Begin);
        let begun = with_new(&ring, [2; 32]).unwrap();
        assert_eq!(begun.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(stage(&begun, 7), Stage::Promote);
        let promoted = promoted(&begun);
        assert_eq!(promoted.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!((stage(&promoted, 7), stage(&promoted, 0)), (Stage::SealAnew, Stage::Begin));
        assert!(with_new(&vec![(255, [1; 32])], [2; 32]).is_err());
    }
}
