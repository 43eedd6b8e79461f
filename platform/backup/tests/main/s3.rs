//! Backups in a bucket, against `moto_server` (Python package `moto[server]`) on a free loopback port.

use rapport_backup::{Keep, Line, Place, Progress, Source, prune, verify};

use crate::{FIGURES, house, passphrase, said};

#[tokio::test]
async fn a_bucket_keeps_backups_below_a_prefix_and_gives_them_back() {
    let Some(server) = rapport_counterparts::s3("kept").await else { return };
    let house = house().await;
    let address = format!("s3://key:se%2Fcret@{}/kept/of/ours?path_style=1&allow_http=1", server.address);
    let place = Place::open(&address).unwrap();
    assert!(!place.shown().contains("cret"), "{}", place.shown());
    assert!(said(&place.backup("latest").await.unwrap_err()).contains("no whole backup"));

    let first = house.backup_to(&place, &passphrase()).await.unwrap();
    house.world.clock.advance(jiff::SignedDuration::from_hours(1));
    let second = house.backup_to(&place, &passphrase()).await.unwrap();
    assert_eq!(second.reused, 3);
    let source = Source::open(&place, "latest", &passphrase()).await.unwrap();
    assert_eq!(source.envelope.id, second.envelope.id);
    let look = async |_: &str| Ok(Vec::new());
    let lines = verify(&source, &house.world.owner_url, FIGURES, &Progress::quiet(), look).await.unwrap();
    assert!(lines.iter().all(Line::agrees), "{lines:?}");

    let keep = Keep { count: Some(1), days: None };
    let pruned = prune(&place, keep, house.world.clock.now()).await.unwrap();
    assert_eq!(pruned.backups, [first.envelope.id]);
    assert_eq!(place.backups().await.unwrap().0.len(), 1);
}
