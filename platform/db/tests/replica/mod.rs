//! Reports, where a replica is named that cannot be read from. One that can is tried by the recipe
//! of `deploy/`.

use rapport_base::WorkspaceId;
use rapport_db::{Db, DbConfig};
use rapport_testkit::World;

async fn with_replica(world: &World, url: &str) -> Db {
    let config = DbConfig { replica: Some(url.to_owned()), ..DbConfig::new(world.app.db.url()) };
    Db::new(&config, world.app.clock.clone()).unwrap()
}

async fn reported(db: &Db) -> i64 {
    let tx = db.report(WorkspaceId::new()).await.unwrap();
    tx.scalar("select 7::bigint", &[]).await.unwrap()
}

#[tokio::test]
async fn without_the_replica_reports_are_read_at_the_primary() {
    let world = World::start(Vec::new()).await;
    let db = with_replica(&world, "postgresql://nobody@127.0.0.1:1/nowhere").await;
    assert_eq!((reported(&db).await, reported(&db).await), (7, 7));
    assert!(db.replica_behind().await.unwrap_err().is("busy"));
}

#[tokio::test]
async fn a_server_that_follows_nobody_is_not_taken_for_a_replica() {
    let world = World::start(Vec::new()).await;
    let db = with_replica(&world, world.app.db.url()).await;
    assert_eq!(reported(&db).await, 7);
    let said = db.replica_behind().await.unwrap_err().to_string();
    assert!(said.contains("follows nobody"), "{said}");
    assert_eq!(world.app.db.replica_behind().await.unwrap(), None);
}
