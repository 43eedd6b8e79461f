//! Identity over HTTP against a real PostgreSQL.

mod signing_up;
mod tokens;

use rapport_testkit::World;

async fn world() -> World {
    World::start(vec![identity::module()]).await
}
