//! Notices over HTTP.

use identity::testing::{Signed, member, owner};
use notifications::{ByEmail, NewNotice, NoticeKind, To};
use rapport_base::{Permission, PermissionInfo};
use rapport_db::Origin;
use rapport_testkit::World;
use rapport_web::Module;
use serde_json::json;

const KINDS: &[NoticeKind] = &[
    NoticeKind {
        name: "invoice.paid",
        group: "Money",
        label: "An invoice is paid",
        icon: "banknote",
        by_email: ByEmail::Now,
    },
    NoticeKind {
        name: "task.assigned",
        group: "Work",
        label: "A task is yours",
        icon: "user-check",
        by_email: ByEmail::Never,
    },
];

const APPROVE: Permission = Permission("things.approve");

async fn world() -> World {
    let above = Module {
        parts: Some(|parts| notifications::announce(parts, KINDS)),
        permissions: vec![PermissionInfo {
            permission: APPROVE,
            meaning: "Approve.",
            roles: &["owner", "admin"],
        }],
        lendable: vec![APPROVE],
        ..Module::new("above")
    };
    World::start(vec![identity::module(), notifications::module(), above]).await
}

fn paid(to: To, key: &str) -> NewNotice {
    NewNotice {
        to,
        kind: "invoice.paid",
        title: "INV-7 is paid".into(),
        body: "€120.00 from Acme".into(),
        href: "invoices/7".into(),
        key: key.into(),
    }
}

async fn tell(world: &World, of: &Signed, notice: NewNotice) {
    let tx = world.app.db.begin(of.workspace_id, Origin::system()).await.unwrap();
    notifications::notify(&tx, notice).await.unwrap();
    tx.commit().await.unwrap();
    world.settle().await;
}

async fn titles(of: &mut Signed) -> Vec<String> {
    let page = of.api.get("/api/notifications").await.expect(200).json();
    page["data"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect()
}

async fn mails(world: &World, of: &Signed) -> i64 {
    let row = world
        .owner()
        .await
        .query_one(
            "select count(*) from mail.outbox where recipient_email = $1 and kind ^@ 'notifications.'",
            &[&of.email],
        )
        .await
        .unwrap();
    row.get(0)
}

#[tokio::test]
async fn a_notice_reaches_its_member_once_and_nobody_else() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let mut bob = member(&world, &ada, "member").await;
    tell(&world, &ada, paid(To::Member(bob.member_id), "one")).await;
    tell(&world, &ada, paid(To::Member(bob.member_id), "one")).await;
    assert_eq!(titles(&mut bob).await, ["INV-7 is paid"]);
    assert!(titles(&mut ada).await.is_empty());
    assert_eq!((mails(&world, &bob).await, mails(&world, &ada).await), (1, 0));
}

#[tokio::test]
async fn a_permission_reaches_those_whose_role_holds_it_but_not_the_one_who_acted() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let mut eve = member(&world, &ada, "admin").await;
    let mut bob = member(&world, &ada, "member").await;
    let team = Permission("team.manage");
    tell(&world, &ada, paid(To::PermissionBut(team, Some(eve.member_id)), "two")).await;
    assert_eq!(titles(&mut ada).await.len(), 1);
    assert!(titles(&mut eve).await.is_empty() && titles(&mut bob).await.is_empty());
}

#[tokio::test]
async fn a_permission_that_is_lent_reaches_deputies_in_their_days_and_others_do_not() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let mut bob = member(&world, &ada, "member").await;
    let days = json!({ "deputy_id": bob.member_id, "from": "2026-11-20", "until": "2026-11-21" });
    ada.http.json("POST", "/api/deputies", days).await.expect(201);
    tell(&world, &ada, paid(To::Permission(APPROVE), "lent")).await;
    tell(&world, &ada, paid(To::Permission(Permission("team.manage")), "kept")).await;
    assert_eq!(titles(&mut bob).await.len(), 1);
    tell(&world, &ada, paid(To::PermissionBut(APPROVE, Some(bob.member_id)), "own")).await;
    assert_eq!(titles(&mut bob).await.len(), 1, "not of the own deed");
    world.clock.set("2026-11-22T00:00:00Z".parse().unwrap());
    tell(&world, &ada, paid(To::Permission(APPROVE), "over")).await;
    let told = bob.http.get("/api/notifications").await.expect(200).json();
    assert_eq!(told["total"], json!(1));
    assert_eq!(ada.http.get("/api/notifications").await.expect(200).json()["total"], json!(4));
}

#[tokio::test]
async fn opening_a_notice_reads_it_and_leads_to_what_it_is_about() {
    let world = world().await;
    let mut ada = owner(&world).await;
    tell(&world, &ada, paid(To::Member(ada.member_id), "three")).await;
    let page = ada.http.get(&ada.path("notices")).await.expect(200);
    assert!(page.text().contains("INV-7 is paid") && page.text().contains("1 unread"), "{}", page.text());
    let id = ada.api.get("/api/notifications?unread=true").await.expect(200).json()["data"][0]["id"].clone();
    let open = ada.path(&format!("notices/{}/open", id.as_str().unwrap()));
    let reply = ada.http.post(&open, &[]).await.expect(303);
    assert_eq!(reply.location(), ada.path("invoices/7"));
    assert_eq!(ada.api.get("/api/notifications?unread=true").await.expect(200).json()["total"], json!(0));
    let mut eve = member(&world, &ada, "admin").await;
    eve.api
        .json("POST", &format!("/api/notifications/{}/read", id.as_str().unwrap()), json!({}))
        .await
        .expect(404);
}

#[tokio::test]
async fn all_can_be_marked_as_read_at_once() {
    let world = world().await;
    let mut ada = owner(&world).await;
    for key in ["a", "b", "c"] {
        tell(&world, &ada, paid(To::Member(ada.member_id), key)).await;
    }
    ada.http.get(&ada.path("notices")).await.expect(200);
    ada.http.post(&ada.path("notices/read"), &[]).await.expect(303);
    assert_eq!(ada.api.get("/api/notifications?unread=true").await.json()["total"], json!(0));
    assert_eq!(ada.api.get("/api/notifications").await.json()["total"], json!(3));
}

#[tokio::test]
async fn a_member_hears_only_by_the_ways_they_chose() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let page = ada.http.get(&ada.path("settings/notifications")).await.expect(200);
    assert!(page.text().contains("An invoice is paid"));
    let form = [("app.task.assigned", "on"), ("mail.task.assigned", "never"), ("mail.invoice.paid", "never")];
    ada.http.post(&ada.path("settings/notifications"), &form).await.expect(303);
    tell(&world, &ada, paid(To::Member(ada.member_id), "four")).await;
    assert!(titles(&mut ada).await.is_empty());
    assert_eq!(mails(&world, &ada).await, 0);
    let refused = json!({ "preferences": [{ "kind": "no.such", "in_app": true, "by_email": "now" }] });
    ada.api.json("PUT", "/api/notifications/preferences", refused).await.expect(422);
}

#[tokio::test]
async fn the_daily_mail_gathers_what_is_unread() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let wishes = json!({ "preferences": [{ "kind": "invoice.paid", "in_app": true, "by_email": "daily" }] });
    ada.api.json("PUT", "/api/notifications/preferences", wishes).await.expect(200);
    for key in ["a", "b"] {
        tell(&world, &ada, paid(To::Member(ada.member_id), key)).await;
    }
    assert_eq!(mails(&world, &ada).await, 0);
    let schedules = notifications::module().schedules;
    let daily = schedules.iter().find(|one| one.name == "notifications.daily_mail").unwrap();
    for _ in 0..2 {
        daily.run_now(&world.app).await.unwrap();
        world.settle().await;
    }
    assert_eq!(mails(&world, &ada).await, 1);
    let row = world
        .owner()
        .await
        .query_one("select subject from mail.outbox where kind = 'notifications.daily'", &[])
        .await;
    assert_eq!(row.unwrap().get::<_, String>(0), "2 things you missed at Northlight");
}

#[tokio::test]
async fn notices_of_another_workspace_do_not_exist() {
    let world = world().await;
    let ada = owner(&world).await;
    let mut mallory = owner(&world).await;
    tell(&world, &ada, paid(To::Members(vec![ada.member_id, mallory.member_id]), "six")).await;
    assert!(titles(&mut mallory).await.is_empty());
}
