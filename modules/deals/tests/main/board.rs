//! The board: places in columns, drags, and the questions they raise.

use deals::StageKind::{Lost, Open, Won};
use serde_json::json;
use uuid::Uuid;

use crate::{deal, move_to, shop, stage, stage_named};

/// The order of titles within the page's column of a stage.
fn order(page: &str, stage: &str) -> Vec<String> {
    let from = page.find(&format!("data-stage=\"{stage}\"")).expect("the column");
    let column = &page[from..from + page[from..].find("</ol>").expect("its end")];
    column
        .split("bcard-title")
        .skip(1)
        .map(|piece| piece.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn cards_stay_where_they_are_put() {
    let (world, mut owner) = shop().await;
    let lead = stage(&world, &owner, Open).await;
    let mut ids = Vec::new();
    for title in ["One", "Two", "Three", "Four"] {
        ids.push(deal(&world, &owner, title).await);
    }
    let page = owner.http.get(&owner.path("deals")).await.expect(200).text();
    assert_eq!(order(&page, &lead), ["Four", "Three", "Two", "One"], "new ones come on top");
    let path = owner.path(&format!("deals/{}/move", ids[0]));
    owner.http.post(&path, &[("stage_id", &lead), ("position", "1"), ("version", "1")]).await.expect(303);
    let page = owner.http.get(&owner.path("deals")).await.expect(200).text();
    assert_eq!(order(&page, &lead), ["Four", "One", "Three", "Two"]);
    let path = owner.path(&format!("deals/{}/move", ids[3]));
    owner.http.post(&path, &[("stage_id", &lead), ("position", "3"), ("version", "1")]).await.expect(303);
    let page = owner.http.get(&owner.path("deals")).await.expect(200).text();
    assert_eq!(order(&page, &lead), ["One", "Three", "Two", "Four"]);
}

#[tokio::test]
async fn a_column_whose_places_are_used_up_is_spread_anew_in_the_same_order() {
    let (world, mut owner) = shop().await;
    let proposal = stage_named(&world, &owner, "Proposal").await;
    let mut ids = Vec::new();
    for title in ["One", "Two", "Three"] {
        let id = deal(&world, &owner, title).await;
        move_to(&mut owner, &id, json!({"stage_id": proposal, "position": 99}), 200).await;
        ids.push(id);
    }
    world.owner().await.execute("update deals.deals set board_rank = 'V'", &[]).await.unwrap();
    let last = deal(&world, &owner, "Last").await;
    move_to(&mut owner, &last, json!({"stage_id": proposal, "position": 2}), 200).await;
    let page = owner.http.get(&owner.path("deals")).await.expect(200).text();
    assert_eq!(order(&page, &proposal), ["One", "Two", "Last", "Three"]);
}

#[tokio::test]
async fn cards_moved_into_one_column_at_once_all_get_a_place_of_their_own() {
    let (world, owner) = shop().await;
    let proposal = stage_named(&world, &owner, "Proposal").await;
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(deal(&world, &owner, &format!("Deal {n}")).await);
    }
    let moves = ids.iter().map(|id| {
        let (mut owner, proposal) = (owner.clone(), proposal.clone());
        async move { move_to(&mut owner, id, json!({"stage_id": proposal, "position": 0}), 200).await }
    });
    futures::future::join_all(moves).await;
    let ranks: i64 = world
        .owner()
        .await
        .query_one(
            "select count(distinct board_rank) from deals.deals where stage_id = $1",
            &[&proposal.parse::<Uuid>().unwrap()],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(ranks, 6);
}

#[tokio::test]
async fn a_card_dragged_to_lost_asks_why_and_one_dragged_out_of_won_asks_about_its_project() {
    let (world, mut owner) = shop().await;
    let (lost, won, lead) = (
        stage(&world, &owner, Lost).await,
        stage(&world, &owner, Won).await,
        stage(&world, &owner, Open).await,
    );
    let id = deal(&world, &owner, "Relaunch").await;
    let path = owner.path(&format!("deals/{id}/move"));
    let asked =
        owner.http.post(&path, &[("stage_id", &lost), ("position", "0"), ("version", "1")]).await.expect(303);
    let to = asked.location().to_owned();
    let page = owner.http.get(&to).await.expect(200).text();
    assert!(page.contains("Why was it lost?") && page.contains("Chose a competitor"), "{to}");
    let again = owner
        .http
        .post(&path, &[("asked", "1"), ("stage_id", &lost), ("version", "1")])
        .await
        .expect(422)
        .text();
    assert!(again.contains("Say why the deal was lost."));
    let answered = [("asked", "1"), ("stage_id", &lost), ("version", "1"), ("lost_reason", "Timing")];
    owner.http.post(&path, &answered.map(|(a, b): (&str, &str)| (a, b))).await.expect(303);
    let version = owner.api.get(&format!("/api/deals/{id}")).await.expect(200).json()["version"].to_string();
    owner.http.post(&path, &[("stage_id", &won), ("version", &version)]).await.expect(303);
    let version = owner.api.get(&format!("/api/deals/{id}")).await.expect(200).json()["version"].to_string();
    let asked = owner.http.post(&path, &[("stage_id", &lead), ("version", &version)]).await.expect(303);
    let to = asked.location().to_owned();
    let page = owner.http.get(&to).await.expect(200).text();
    assert!(page.contains("What becomes of it?"), "{to}");
}

#[tokio::test]
async fn a_card_that_somebody_moved_first_says_who() {
    let (world, mut owner) = shop().await;
    let mut manager = identity::testing::member(&world, &owner, "manager").await;
    let id = deal(&world, &owner, "Relaunch").await;
    let (proposal, talks) =
        (stage_named(&world, &owner, "Proposal").await, stage_named(&world, &owner, "Negotiation").await);
    move_to(&mut manager, &id, json!({"stage_id": proposal}), 200).await;
    let path = owner.path(&format!("deals/{id}/move"));
    let moved = owner
        .http
        .post(&path, &[("stage_id", &talks), ("position", "0"), ("version", "1")])
        .await
        .expect(303);
    let to = moved.location().to_owned();
    let page = owner.http.get(&to).await.expect(200).text();
    assert!(page.contains(&format!("{} moved Relaunch to Proposal first", manager.name)));
}

/// The dialog that moves a card, if the page has one.
fn move_dialog(page: &str) -> Option<&str> {
    let from = page.find("id=\"move-card\"")?;
    Some(&page[from..from + page[from..].find("</dialog>").expect("its end")])
}

#[tokio::test]
async fn a_card_is_moved_by_a_dialog_where_no_script_opens_the_menu() {
    let (world, mut owner) = shop().await;
    let (lead, proposal) = (stage(&world, &owner, Open).await, stage_named(&world, &owner, "Proposal").await);
    let id = deal(&world, &owner, "Relaunch & care").await;
    let page = owner.http.get(&owner.path("deals?search=relaunch")).await.expect(200).text();
    assert!(move_dialog(&page).is_none());
    assert_eq!(page.matches("name=\"stage_id\" value=").count(), 5, "one menu, with a button per stage");
    let link = owner.path(&format!("deals?search=relaunch&move={id}"));
    assert!(page.contains(&format!("href=\"{}\"", link.replace('&', "&amp;"))), "{page}");
    let page = owner.http.get(&link).await.expect(200).text();
    let dialog = move_dialog(&page).expect("the dialog");
    assert!(dialog.contains(" open>") && dialog.contains("Move Relaunch &#38; care to"), "{dialog}");
    let action = owner.path(&format!("deals/{id}/move?search=relaunch"));
    for piece in [
        format!("action=\"{action}\" method=\"post\""),
        "name=\"position\" value=\"0\"".to_owned(),
        "name=\"version\" value=\"1\"".to_owned(),
        format!("name=\"stage_id\" value=\"{lead}\" disabled>"),
        format!("name=\"stage_id\" value=\"{proposal}\">"),
    ] {
        assert!(dialog.contains(&piece), "{piece} in {dialog}");
    }
    let sent = [("stage_id", proposal.as_str()), ("position", "0"), ("version", "1")];
    let moved = owner.http.post(&action, &sent).await.expect(303);
    let page = owner.http.get(moved.location()).await.expect(200).text();
    assert_eq!(order(&page, &proposal), ["Relaunch &#38; care"]);
    assert!(move_dialog(&page).is_none());
}

#[tokio::test]
async fn a_card_that_is_not_on_the_board_opens_no_dialog() {
    let (world, mut owner) = shop().await;
    let other = identity::testing::owner(&world).await;
    let (here, there) = (deal(&world, &owner, "Ours").await, deal(&world, &other, "Theirs").await);
    let gone = deal(&world, &owner, "Gone").await;
    owner.api.delete(&format!("/api/deals/{gone}")).await.expect(204);
    let opens = |id: String| {
        let mut owner = owner.clone();
        async move {
            let page = owner.http.get(&owner.path(&format!("deals?move={id}"))).await.expect(200).text();
            assert!(page.contains("Ours") && !page.contains("Theirs"));
            move_dialog(&page).is_some()
        }
    };
    assert!(opens(here).await);
    for id in [there, gone, Uuid::now_v7().to_string(), "none".to_owned(), String::new()] {
        assert!(!opens(id.clone()).await, "{id}");
    }
}

#[tokio::test]
async fn the_board_tells_sums_by_column_and_marks_stale_deals() {
    let (world, mut owner) = shop().await;
    deal(&world, &owner, "Relaunch").await;
    let page = owner.http.get(&owner.path("deals")).await.expect(200).text();
    assert!(page.contains("€12k") && page.contains("weighted"), "sums");
    assert!(!page.contains("15 d"));
    world
        .owner()
        .await
        .execute("update deals.deals set stage_entered_at = '2026-11-05T10:00:00Z'", &[])
        .await
        .unwrap();
    let page = owner.http.get(&owner.path("deals")).await.expect(200).text();
    assert!(page.contains("15 d"));
    let deals = owner.api.get("/api/deals").await.expect(200).json();
    assert_eq!(deals["data"][0]["is_stale"], true);
}
