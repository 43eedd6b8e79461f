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

use rapport_testkit::World;

/// A world with every module in it.
async fn world() -> World {
    World::start(rapport::house::modules()).await
}
