//! What holds for the whole house: floors, tables, routes, listings, the afternoon.

mod alerts;
mod backup;
mod catalogue;
mod demo;
mod doctor;
mod erasure;
mod flights;
mod floors;
mod journey;
mod keys;
mod listings;
mod migrations;
mod once;
mod roles;
mod statements;
mod traces;
mod transfer;
mod wall;
mod ways_in;
mod web;

use std::time::Duration;

use rapport_testkit::World;

/// A world with every module in it.
async fn world() -> World {
    World::start(rapport::house::modules()).await
}

/// Seals all that happened. What other databases of the same server are still about is waited for.
async fn sealed(world: &World) {
    for _ in 0..200 {
        audit::seal(&world.app).await.unwrap();
        let sql =
            "select count(*) from spine.events e where audited and not exists (select from audit.seals s
                   where s.workspace_id = e.workspace_id and (e.txid, e.seq) <= (s.last_txid, s.last_seq))";
        if world.owner().await.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the events were not sealed");
}
