//! Who sees and may do what.

use deals::StageKind::Won;
use identity::testing;
use serde_json::json;

use crate::{assign, deal, shop, stage};

#[tokio::test]
async fn a_member_sees_only_deals_assigned_to_them_and_no_sums() {
    let (world, mut owner) = shop().await;
    let mut member = testing::member(&world, &owner, "member").await;
    let (mine, other) = (deal(&world, &owner, "Mine").await, deal(&world, &owner, "Other").await);
    assign(&mut owner, &mine, &member).await;
    let list = member.api.get("/api/deals").await.expect(200).json();
    assert_eq!(list["total"], 1);
    assert_eq!(list["data"][0]["title"], "Mine");
    assert_eq!(list["data"][0]["value_cents"], 1_200_000);
    member.api.get(&format!("/api/deals/{other}")).await.expect(404);
    member.api.get(&format!("/api/deals/{other}/history")).await.expect(404);
    let path = member.path("deals");
    let page = member.http.get(&path).await.expect(200).text();
    assert!(page.contains("Mine") && !page.contains("Other") && !page.contains("weighted"));
    member.api.get("/api/deals/forecast").await.expect(403);
    member.api.json("POST", &format!("/api/deals/{mine}/stage"), json!({"stage_id": mine})).await.expect(403);
    let client = owner.api.get(&format!("/api/deals/{mine}")).await.expect(200).json()["client_id"]
        .as_str()
        .unwrap()
        .to_owned();
    member.api.get(&format!("/api/clients/{client}")).await.expect(200);
    let hidden = owner.api.get(&format!("/api/deals/{other}")).await.expect(200).json()["client_id"]
        .as_str()
        .unwrap()
        .to_owned();
    member.api.get(&format!("/api/clients/{hidden}")).await.expect(404);
}

#[tokio::test]
async fn a_viewer_sees_every_deal_but_no_values() {
    let (world, owner) = shop().await;
    let mut viewer = testing::member(&world, &owner, "viewer").await;
    let id = deal(&world, &owner, "Relaunch").await;
    let seen = viewer.api.get(&format!("/api/deals/{id}")).await.expect(200).json();
    assert!(seen["value_cents"].is_null() && seen["weighted_cents"].is_null());
    viewer.api.get("/api/deals?sort=-value").await.expect(403);
    for path in ["deals", "deals/list", &format!("deals/{id}")] {
        let path = viewer.path(path);
        let page = viewer.http.get(&path).await.expect(200).text();
        assert!(!page.contains("12k") && !page.contains("12,000"), "{path}");
    }
    viewer.api.json("PATCH", &format!("/api/deals/{id}"), json!({"title": "x"})).await.expect(403);
    viewer.api.delete(&format!("/api/deals/{id}")).await.expect(403);
}

#[tokio::test]
async fn deals_of_another_workspace_do_not_exist() {
    let (world, owner) = shop().await;
    let id = deal(&world, &owner, "Relaunch").await;
    let won = stage(&world, &owner, Won).await;
    let mut stranger = testing::owner_of(&world, "Elsewhere").await;
    stranger.api.get(&format!("/api/deals/{id}")).await.expect(404);
    stranger.api.json("PATCH", &format!("/api/deals/{id}"), json!({"title": "x"})).await.expect(404);
    stranger.api.json("POST", &format!("/api/deals/{id}/stage"), json!({"stage_id": won})).await.expect(404);
    let own = deal(&world, &stranger, "Own").await;
    stranger.api.json("POST", &format!("/api/deals/{own}/stage"), json!({"stage_id": won})).await.expect(422);
    let theirs = world.owner().await;
    let client: uuid::Uuid = theirs
        .query_one("select client_id from deals.deals where id = $1", &[&id.parse::<uuid::Uuid>().unwrap()])
        .await
        .unwrap()
        .get(0);
    stranger.api.json("POST", "/api/deals", json!({"title": "A", "client_id": client})).await.expect(422);
    stranger
        .api
        .json("POST", "/api/deals", json!({"title": "A", "client": {"company_name": "B"}, "stage_id": won}))
        .await
        .expect(422);
    stranger
        .api
        .json("PATCH", &format!("/api/deals/{own}"), json!({"assigned_to": owner.member_id}))
        .await
        .expect(422);
}
