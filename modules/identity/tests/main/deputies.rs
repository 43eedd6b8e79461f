use identity::testing::{self, Signed};
use rapport_base::{Permission, PermissionInfo};
use rapport_testkit::World;
use rapport_web::Module;
use serde_json::{Value, json};

const APPROVE: Permission = Permission("things.approve");
const PAY: Permission = Permission("things.pay");
const SEND: Permission = Permission("things.send");

/// A module above that lends approving and, by owners only, paying; sending it does not lend.
async fn world() -> World {
    let managers = &["owner", "admin", "manager"];
    let info = |permission, roles| PermissionInfo { permission, meaning: "Do it.", roles };
    let things = Module {
        permissions: vec![info(APPROVE, managers), info(SEND, managers), info(PAY, &["owner"])],
        lendable: vec![APPROVE, PAY],
        ..Module::new("things")
    };
    World::start(vec![identity::module(), things]).await
}

fn at(world: &World, instant: &str) {
    world.clock.set(instant.parse().unwrap());
}

/// What of the things a person may now.
async fn things(of: &mut Signed) -> Vec<String> {
    let me = of.http.get("/api/me").await.expect(200).json();
    let held = me["permissions"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
    held.filter(|name| name.starts_with("things.")).collect()
}

fn days(deputy: &Signed, from: &str, until: &str) -> Value {
    json!({"deputy_id": deputy.member_id, "from": from, "until": until})
}

async fn named(by: &mut Signed, deputy: &Signed, from: &str, until: &str) -> String {
    let made = by.http.json("POST", "/api/deputies", days(deputy, from, until)).await.expect(201).json();
    made["id"].as_str().unwrap().to_owned()
}

async fn refused(by: &mut Signed, body: Value) -> Vec<String> {
    let problem = by.http.json("POST", "/api/deputies", body).await.expect(422).json();
    let errors = problem["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|e| format!("{} {}", e["field"].as_str().unwrap(), e["code"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn a_deputy_may_what_was_lent_from_the_first_day_to_the_last_and_nothing_else() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let mut bob = testing::member(&world, &ada, "member").await;
    named(&mut ada, &bob, "2026-11-23", "2026-11-25").await;
    for (instant, may) in [
        ("2026-11-22T23:59:59Z", false),
        ("2026-11-23T00:00:00Z", true),
        ("2026-11-25T23:59:59Z", true),
        ("2026-11-26T00:00:00Z", false),
    ] {
        at(&world, instant);
        let held: &[&str] = if may { &["things.approve", "things.pay"] } else { &[] };
        assert_eq!(things(&mut bob).await, held, "{instant}");
    }
    assert_eq!(things(&mut ada).await.len(), 3, "who is away keeps what the role may");
}

#[tokio::test]
async fn days_begin_and_end_where_the_workspace_is() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let mut bob = testing::member(&world, &ada, "member").await;
    ada.api.json("PATCH", "/api/workspace", json!({"timezone": "America/New_York"})).await.expect(200);
    named(&mut ada, &bob, "2026-11-23", "2026-11-23").await;
    at(&world, "2026-11-23T04:59:59Z");
    assert!(things(&mut bob).await.is_empty());
    at(&world, "2026-11-24T04:59:59Z");
    assert_eq!(things(&mut bob).await.len(), 2);
    at(&world, "2026-11-24T05:00:00Z");
    assert!(things(&mut bob).await.is_empty());
}

#[tokio::test]
async fn an_ended_deputy_may_nothing_from_the_next_request_on() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let mut mia = testing::member(&world, &ada, "manager").await;
    let mut bob = testing::member(&world, &ada, "member").await;
    let id = named(&mut ada, &bob, "2026-11-20", "2026-11-25").await;
    assert_eq!(things(&mut bob).await.len(), 2);
    let path = format!("/api/deputies/{id}");
    bob.http.delete(&path).await.expect(403);
    mia.http.delete(&path).await.expect(403);
    ada.http.delete(&path).await.expect(204);
    assert!(things(&mut bob).await.is_empty());
    ada.http.delete(&path).await.expect(404);
    assert_eq!(ada.http.get("/api/deputies").await.expect(200).json()["total"], 0);
    named(&mut ada, &bob, "2026-11-20", "2026-11-25").await;
    assert_eq!(things(&mut bob).await.len(), 2, "the same days may be named anew");
}

#[tokio::test]
async fn who_lost_the_role_or_does_not_come_in_any_more_lends_nothing() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let mut mia = testing::member(&world, &ada, "manager").await;
    let mut bob = testing::member(&world, &ada, "member").await;
    named(&mut mia, &bob, "2026-11-20", "2026-11-25").await;
    let path = format!("/api/team/members/{}", mia.member_id);
    for (change, may) in [
        (json!({"role": "member"}), false),
        (json!({"role": "viewer"}), false),
        (json!({"role": "manager"}), true),
        (json!({"is_active": false}), false),
        (json!({"is_active": true}), true),
    ] {
        ada.api.json("PATCH", &path, change.clone()).await.expect(200);
        assert_eq!(!things(&mut bob).await.is_empty(), may, "{change}");
    }
    let path = format!("/api/team/members/{}", bob.member_id);
    ada.api.json("PATCH", &path, json!({"role": "viewer"})).await.expect(200);
    assert!(things(&mut bob).await.is_empty(), "who only reads decides nothing");
}

#[tokio::test]
async fn what_was_lent_cannot_be_lent_on() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let mut mia = testing::member(&world, &ada, "manager").await;
    let mut bob = testing::member(&world, &ada, "member").await;
    named(&mut ada, &mia, "2026-11-20", "2026-11-25").await;
    assert_eq!(things(&mut mia).await, ["things.approve", "things.pay", "things.send"]);
    named(&mut mia, &bob, "2026-11-20", "2026-11-25").await;
    assert_eq!(things(&mut bob).await, ["things.approve"]);
    let eve = testing::member(&world, &ada, "member").await;
    bob.http.json("POST", "/api/deputies", days(&eve, "2026-11-20", "2026-11-25")).await.expect(403);
}

#[tokio::test]
async fn a_deputys_key_may_no_more_than_it_was_given_and_no_longer() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let mut max = testing::member(&world, &ada, "admin").await;
    let wish = json!({"name": "Payer", "permissions": ["team.read", "things.pay"]});
    max.api.json("POST", "/api/api-keys", wish.clone()).await.expect(422);
    named(&mut ada, &max, "2026-11-20", "2026-11-20").await;
    let mut keys = Vec::new();
    for wish in [wish, json!({"name": "Reader", "permissions": ["team.read"]})] {
        let made = max.api.json("POST", "/api/api-keys", wish).await.expect(201).json();
        keys.push(world.http().with_bearer(made["key"].as_str().unwrap()));
    }
    let (mut payer, mut reader) = (keys.remove(0), keys.remove(0));
    assert_eq!(payer.get("/api/me").await.json()["permissions"], json!(["team.read", "things.pay"]));
    assert_eq!(reader.get("/api/me").await.json()["permissions"], json!(["team.read"]));
    at(&world, "2026-11-21T00:00:00Z");
    assert_eq!(payer.get("/api/me").await.json()["permissions"], json!(["team.read"]));
}

#[tokio::test]
async fn who_manages_the_team_names_and_ends_for_others_and_nobody_else_does() {
    let world = world().await;
    let ada = testing::owner(&world).await;
    let mut max = testing::member(&world, &ada, "admin").await;
    let mut mia = testing::member(&world, &ada, "manager").await;
    let mut bob = testing::member(&world, &ada, "member").await;
    let ill = json!({"deputy_id": bob.member_id, "member_id": mia.member_id, "from": "2026-11-20", "until": "2026-11-24"});
    let made = max.http.json("POST", "/api/deputies", ill).await.expect(201).json();
    assert_eq!((&made["member_name"], &made["deputy_name"]), (&json!("Manager Lind"), &json!("Member Lind")));
    assert_eq!(things(&mut bob).await, ["things.approve"]);
    let others = json!({"deputy_id": bob.member_id, "member_id": ada.member_id, "from": "2026-11-20", "until": "2026-11-24"});
    mia.http.json("POST", "/api/deputies", others).await.expect(403);
    bob.http.get("/api/deputies").await.expect(403);
    max.http.delete(&format!("/api/deputies/{}", made["id"].as_str().unwrap())).await.expect(204);
    assert!(things(&mut bob).await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_is_said_beside_its_field() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let bob = testing::member(&world, &ada, "member").await;
    let vera = testing::member(&world, &ada, "viewer").await;
    let gone = testing::member(&world, &ada, "member").await;
    let path = format!("/api/team/members/{}", gone.member_id);
    ada.api.json("PATCH", &path, json!({"is_active": false})).await.expect(200);
    let me = ada.clone();
    for (body, error) in [
        (days(&bob, "2026-11-19", "2026-11-21"), "from past"),
        (days(&bob, "2028-11-19", "2028-11-21"), "from too_far"),
        (days(&bob, "2026-11-23", "2026-11-22"), "until before_start"),
        (days(&bob, "2026-11-23", "2027-11-24"), "until too_long"),
        (days(&me, "2026-11-23", "2026-11-24"), "deputy_id same"),
        (days(&vera, "2026-11-23", "2026-11-24"), "deputy_id viewer"),
        (days(&gone, "2026-11-23", "2026-11-24"), "deputy_id inactive"),
    ] {
        assert_eq!(refused(&mut ada, body.clone()).await, [error], "{body}");
    }
    let nothing = json!({"deputy_id": ada.member_id, "member_id": bob.member_id, "from": "2026-11-23", "until": "2026-11-24"});
    assert_eq!(refused(&mut ada, nothing).await, ["member_id approves_nothing"]);
    named(&mut ada, &bob, "2026-11-23", "2026-11-25").await;
    assert_eq!(refused(&mut ada, days(&bob, "2026-11-25", "2026-11-26")).await, ["from overlaps"]);
    named(&mut ada, &bob, "2026-11-26", "2026-11-26").await;
}

#[tokio::test]
async fn the_same_two_are_named_once_for_the_same_days_however_many_ask_at_once() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let bob = testing::member(&world, &ada, "member").await;
    let max = testing::member(&world, &ada, "admin").await;
    for week in ["2026-11-23", "2026-11-30", "2026-12-07"] {
        let body =
            json!({"deputy_id": bob.member_id, "member_id": ada.member_id, "from": week, "until": week});
        let asked = (0..6).map(|i| {
            let (mut by, body) = (if i % 2 == 0 { ada.http.clone() } else { max.http.clone() }, body.clone());
            async move { by.json("POST", "/api/deputies", body).await.status }
        });
        let mut answers = futures::future::join_all(asked).await;
        answers.sort_unstable();
        assert_eq!(answers, [201, 422, 422, 422, 422, 422]);
    }
    let error = world
        .owner()
        .await
        .execute(
            "insert into identity.deputies (workspace_id, id, member_id, deputy_id, from_day, until_day, starts_at, ends_at, created_by)
             select workspace_id, gen_random_uuid(), member_id, deputy_id, from_day, until_day, starts_at, ends_at, created_by
             from identity.deputies limit 1",
            &[],
        )
        .await
        .unwrap_err();
    assert_eq!(error.as_db_error().unwrap().constraint(), Some("deputies_named_once"));
    assert_eq!(ada.http.get("/api/deputies").await.json()["total"], 3);
}

#[tokio::test]
async fn deputies_of_another_workspace_do_not_exist() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let mut bob = testing::member(&world, &ada, "member").await;
    let mut eve = testing::owner(&world).await;
    assert_eq!(refused(&mut eve, days(&bob, "2026-11-23", "2026-11-24")).await, ["deputy_id unknown"]);
    let foreign = json!({"deputy_id": eve.member_id, "member_id": ada.member_id, "from": "2026-11-23", "until": "2026-11-24"});
    assert_eq!(refused(&mut eve, foreign).await, ["member_id unknown"]);
    let id = named(&mut ada, &bob, "2026-11-20", "2026-11-24").await;
    eve.http.delete(&format!("/api/deputies/{id}")).await.expect(404);
    assert_eq!(eve.http.get("/api/deputies").await.json()["total"], 0);
    bob.http
        .post("/workspaces/new", &[("name", "Bobs"), ("currency", "EUR"), ("timezone", "UTC")])
        .await
        .expect(303);
    ada.http.get("/app/bobs/settings/deputies").await.expect(404);
    assert_eq!(bob.http.get(&bob.path("settings/deputies")).await.status, 403);
}

#[tokio::test]
async fn naming_and_ending_are_told_on_the_spine_and_audited() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let bob = testing::member(&world, &ada, "member").await;
    let id = named(&mut ada, &bob, "2026-11-23", "2026-11-24").await;
    ada.http.delete(&format!("/api/deputies/{id}")).await.expect(204);
    let sql = "select kind, payload->>'deputy_name', audited from spine.events where subject_kind = 'deputy' order by id";
    let rows = world.owner().await.query(sql, &[]).await.unwrap();
    let told: Vec<(String, String, bool)> =
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    let expected = ["deputy.named", "deputy.ended"].map(|kind| (kind.into(), "Member Lind".into(), true));
    assert_eq!(told, expected);
}

#[tokio::test]
async fn the_page_names_shows_and_ends_deputies() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let mut mia = testing::member(&world, &ada, "manager").await;
    let bob = testing::member(&world, &ada, "member").await;
    let path = ada.path("settings/deputies");
    assert!(ada.http.get(&path).await.expect(200).text().contains("Nobody stands in"));
    let deputy = bob.member_id.to_string();
    let text =
        mia.http.post(&path, &[("deputy_id", ""), ("from", "soon"), ("until", "")]).await.expect(422).text();
    for error in ["Choose who decides.", "Choose the first day.", "Choose the last day.", "value=\"soon\""] {
        assert!(text.contains(error), "{error}: {text}");
    }
    let days = [("deputy_id", deputy.as_str()), ("from", "2026-11-20"), ("until", "2026-11-24")];
    mia.http.post(&path, &days).await.expect(303);
    let text = mia.http.get(&path).await.expect(200).text();
    assert!(text.contains("Member Lind") && text.contains("Decides now") && text.contains(">End<"), "{text}");
    let text = mia.http.post(&path, &days).await.expect(422).text();
    assert!(text.contains("is deputy of Manager Lind from 20 Nov 2026 to 24 Nov 2026 already"), "{text}");
    let list = mia.http.get("/api/deputies").await.json();
    let end = format!("{path}/{}/end", list["data"][0]["id"].as_str().unwrap());
    mia.http.post(&end, &[]).await.expect(303);
    let text = mia.http.get(&path).await.expect(200).text();
    assert!(text.contains("Nobody stands in") && text.contains("by hand"), "{text}");
}
