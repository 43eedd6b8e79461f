//! Indexes that are built beside the traffic.

use std::time::Duration;

use rapport_testkit::World;

const FILE: &str = "0660_figures_by_index";
const IS_VALID: &str =
    "select indisvalid from pg_index where indexrelid = 'invoicing.invoices_paid'::regclass";

/// As if the migration had not run, or had broken off while it built its index.
async fn broken_off(world: &World) {
    let owner = world.owner().await;
    owner
        .batch_execute(
            "update pg_index set indisvalid = false where indexrelid = 'invoicing.invoices_paid'::regclass;
             delete from app.migrations where name = '0660_figures_by_index'",
        )
        .await
        .unwrap();
}

/// Somebody who looks at invoices, in a transaction that stays open.
async fn reader(world: &World) -> tokio_postgres::Client {
    let reader = world.owner().await;
    reader.batch_execute("begin; select count(*) from invoicing.invoices").await.unwrap();
    reader
}

#[tokio::test]
async fn an_index_whose_build_broke_off_is_built_anew() {
    let world = World::start(Vec::new()).await;
    broken_off(&world).await;
    assert_eq!(rapport_db::migrate(&world.owner_url).await.unwrap(), [FILE]);
    assert!(world.owner().await.query_one(IS_VALID, &[]).await.unwrap().get::<_, bool>(0));
    assert!(rapport_db::migrate(&world.owner_url).await.unwrap().is_empty());
}

#[tokio::test]
async fn two_programs_that_start_at_once_build_an_index_once_and_hold_up_no_writer() {
    let world = World::start(Vec::new()).await;
    broken_off(&world).await;
    let reader = reader(&world).await;
    let writer = world.owner().await;
    let traffic = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        writer
            .batch_execute("set lock_timeout = '1s'; update invoicing.invoices set notes = notes")
            .await
            .unwrap();
        reader.batch_execute("commit").await.unwrap();
    };
    let (one, other, ()) =
        futures::join!(rapport_db::migrate(&world.owner_url), rapport_db::migrate(&world.owner_url), traffic);
    assert_eq!([one.unwrap(), other.unwrap()].concat(), [FILE]);
    assert!(world.owner().await.query_one(IS_VALID, &[]).await.unwrap().get::<_, bool>(0));
}

#[tokio::test]
async fn a_program_that_waits_for_the_lock_inside_the_database_does_not_keep_an_index_from_being_built() {
    let world = World::start(Vec::new()).await;
    broken_off(&world).await;
    let reader = reader(&world).await;
    let waiter = world.owner().await;
    let others = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        // It is the builder whom the database then ends.
        waiter.batch_execute("set deadlock_timeout = '1min'").await.unwrap();
        let waiting = waiter.batch_execute("select pg_advisory_lock(7240116)");
        let reading = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            reader.batch_execute("commit").await.unwrap();
        };
        let (waited, ()) = futures::join!(waiting, reading);
        waited.unwrap();
        waiter.batch_execute("select pg_advisory_unlock(7240116)").await.unwrap();
    };
    let (ran, ()) = futures::join!(rapport_db::migrate(&world.owner_url), others);
    assert_eq!(ran.unwrap(), [FILE]);
    assert!(world.owner().await.query_one(IS_VALID, &[]).await.unwrap().get::<_, bool>(0));
}
