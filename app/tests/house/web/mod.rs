//! What browsers are told with every answer, and what is kept from them.

mod cookies;
mod headers;
mod redirects;
mod uploads;
mod words;

use rapport_queue::Feed;
use rapport_testkit::World;
use rapport_web::security::Network;
use url::Url;

use crate::wall::Scene;

/// Where the house is reached.
const HERE: &str = "https://localhost:8080";

/// A house with the network's layers around it.
fn in_public(world: World, public_url: &str) -> World {
    let network = Network::new(&Url::parse(public_url).unwrap());
    world.behind(|router| network.around(router))
}

/// A full house with the network's layers around it, and its callers in front of them.
async fn public_scene() -> Scene {
    let world = crate::world().await;
    let parts = rapport::home::with_feed(&world.app, Feed::start(&world.app).await.unwrap());
    let mut scene = Scene::of(world.with_parts(parts)).await;
    scene.world = in_public(scene.world, HERE);
    scene.own.http = scene.world.in_front(scene.own.http).with_header("origin", HERE);
    scene.own.api = scene.world.in_front(scene.own.api);
    scene.guest = scene.world.in_front(scene.guest).with_header("origin", HERE);
    scene
}
