//! Streams: they tell what happens in the own workspace, and nothing else.

use std::time::Duration;

use identity::testing::{self, Signed};
use rapport_queue::Feed;
use serde_json::json;
use uuid::Uuid;

use super::{Scene, entries, filled, guest};
use crate::{journey, world};

const A_WHILE: Duration = Duration::from_millis(900);

async fn write(who: &mut Signed, portal: Uuid) {
    let message = json!({"content": "Hello"});
    who.api.json("POST", &format!("/api/portals/{portal}/messages"), message).await.expect(201);
}

#[tokio::test]
async fn a_stream_tells_of_the_own_workspace_and_of_no_other() {
    let world = world().await;
    let feed = Feed::start(&world.app).await.unwrap();
    let parts = rapport::home::with_feed(&world.app, feed);
    let world = world.with_parts(parts);
    let mut other = testing::owner(&world).await;
    journey::fill(&world, &other, "Fremd").await;
    let (foreign_portal, _) = guest(&world, &mut other).await;
    let mut scene = Scene::of(world).await;
    other = testing::member(&scene.world, &other, "owner").await;
    let streams: Vec<_> = entries(&scene.world).into_iter().filter(|entry| entry.streams()).collect();
    assert!(streams.len() >= 3, "the house has streams");
    for entry in streams {
        let (name, portal) = (entry.name(), scene.portal);
        let address =
            entry.path.replace("{workspace}", &scene.own.slug).replace("{portal_id}", &portal.to_string());
        let caller = scene.caller(&entry).clone();
        let mut own = scene.own.clone();
        let acting = async {
            tokio::time::sleep(A_WHILE / 6).await;
            write(&mut other, foreign_portal).await;
            write(&mut own, portal).await;
            write(&mut other, foreign_portal).await;
        };
        let (heard, ()) = tokio::join!(caller.listen(&address, A_WHILE), acting);
        assert_eq!(heard.status, 200, "{name}");
        assert_eq!(heard.text().matches("message.sent").count(), 1, "{name}: {}", heard.text());

        // A stranger's stream is like one that does not exist.
        if entry.path.contains("{workspace}") {
            for slug in [other.slug.as_str(), "no-such-place"] {
                assert_eq!(caller.listen(&filled(entry.path, slug, ""), A_WHILE).await.status, 404, "{name}");
            }
        }
        if entry.path.contains("{portal_id}") {
            for portal in [foreign_portal, Uuid::now_v7()] {
                let address = entry.path.replace("{portal_id}", &portal.to_string());
                let reply = caller.listen(&address, A_WHILE).await;
                assert_eq!(reply.location(), format!("/portal/{portal}/enter"), "{name}");
            }
        }
        // Resumed after an event of another workspace, it tells nothing of that one.
        let foreign_event: Uuid = scene
            .world
            .owner()
            .await
            .query_one(
                "select id from spine.events where workspace_id = $1 order by at, id limit 1",
                &[&other.workspace_id.uuid()],
            )
            .await
            .unwrap()
            .get(0);
        let resumed = caller.with_header("last-event-id", &foreign_event.to_string());
        let heard = resumed.listen(&address, A_WHILE / 2).await;
        assert_eq!(heard.status, 200, "{name}");
        assert!(!heard.text().contains("\"kind\""), "{name}: {}", heard.text());
    }
}
