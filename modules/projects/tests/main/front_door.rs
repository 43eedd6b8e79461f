//! What modules above call.

use clients::testing::contact_of;
use identity::testing::member;
use jiff::civil::date;
use projects::{
    DeliverableId, DeliverableStatus, MemberRole, MilestoneId, ProjectId, WonDealInfo,
    deliverables::{self, By, Decider},
    milestones, rates, spent,
    tasks::{self, NewTask},
};
use serde_json::json;
use uuid::Uuid;

use crate::{begin, client, euro, house, id, kinds, project};

#[tokio::test]
async fn a_won_deal_opens_one_project_whatever_is_tried_at_the_same_time() {
    let (world, owner) = house().await;
    let client = client(&world, &owner).await;
    let deal = WonDealInfo {
        deal_id: Uuid::now_v7(),
        client_id: client,
        title: "Website for Acme".into(),
        value_cents: 999_99,
        currency: euro(),
        template_id: None,
        assigned_to: Some(owner.member_id),
        description: Some("As agreed".into()),
    };
    let open = || async {
        let tx = begin(&world, &owner).await;
        let id = projects::open_for_deal(&tx, deal.clone()).await.unwrap();
        tx.commit().await.unwrap();
        id
    };
    let (a, b, c, d) = tokio::join!(open(), open(), open(), open());
    assert!(a == b && b == c && c == d);
    assert_eq!(open().await, a);
    let tx = begin(&world, &owner).await;
    let project = projects::get(&tx, a).await.unwrap();
    assert_eq!(
        (project.tasks_total, project.budget_cents, project.start_date),
        (8, Some(999_99), Some(date(2026, 11, 20)))
    );
    assert!(project.is_active() && projects::is_active(&tx, a).await.unwrap());
    assert!(projects::assigned(&tx, a, owner.member_id).await.unwrap());
    let milestones: i64 = world
        .owner()
        .await
        .query_one(
            "select sum(amount_cents)::int8 from projects.milestones where project_id = $1",
            &[&a.uuid()],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(milestones, 999_99);
    assert_eq!(kinds(&world, &owner).await.iter().filter(|kind| *kind == "project.created").count(), 1);
}

#[tokio::test]
async fn the_nearest_rate_counts() {
    let (world, mut owner) = house().await;
    let mia = member(&world, &owner, "member").await;
    let client = client(&world, &owner).await;
    let project = ProjectId(project(&mut owner, client, "Relaunch").await.parse().unwrap());
    let tx = begin(&world, &owner).await;
    projects::testing::assign(&tx, project, mia.member_id, MemberRole::Contributor).await;
    let task = tasks::create_in(
        &tx,
        project,
        NewTask { hourly_rate_cents: Some(12_345), ..NewTask::titled("Special") },
    )
    .await
    .unwrap();
    let rate = |task, who| {
        let tx = &tx;
        async move {
            rates::for_entry(tx, project, task, who, date(2026, 11, 20)).await.unwrap().billing_rate_cents
        }
    };
    assert_eq!(rate(None, mia.member_id).await, 9_000);
    assert_eq!(rate(Some(task), mia.member_id).await, 12_345);
    tx.commit().await.unwrap();
    let team = json!({ "members": [{ "member_id": mia.member_id, "hourly_rate_cents": 7_000 }] });
    owner.api.json("PUT", &format!("/api/projects/{project}/members"), team).await.expect(200);
    owner
        .api
        .json("PATCH", &format!("/api/projects/{project}"), json!({ "billing_type": "fixed" }))
        .await
        .expect(200);
    let tx = begin(&world, &owner).await;
    let rate = rates::for_entry(&tx, project, None, mia.member_id, date(2026, 11, 20)).await.unwrap();
    assert_eq!((rate.billing_rate_cents, rate.currency), (7_000, euro()));
    drop(tx);
    owner
        .api
        .json("PATCH", &format!("/api/projects/{project}"), json!({ "billing_type": "non_billable" }))
        .await
        .expect(200);
    let tx = begin(&world, &owner).await;
    assert_eq!(
        rates::for_entry(&tx, project, None, mia.member_id, date(2026, 11, 20))
            .await
            .unwrap()
            .billing_rate_cents,
        0
    );
}

#[tokio::test]
async fn what_is_spent_at_the_same_time_is_all_counted_and_a_drift_is_found() {
    let (world, mut owner) = house().await;
    let client = client(&world, &owner).await;
    let project = ProjectId(project(&mut owner, client, "Relaunch").await.parse().unwrap());
    let add = || async {
        let tx = begin(&world, &owner).await;
        spent::add(&tx, project, 1_000, 360).await.unwrap();
        tx.commit().await.unwrap();
    };
    tokio::join!(add(), add(), add(), add(), add());
    let tx = begin(&world, &owner).await;
    let found = projects::get(&tx, project).await.unwrap();
    assert_eq!((found.spent_cents, found.logged_seconds), (Some(5_000), 1_800));
    let fact = spent::Fact { project, spent_cents: 5_000, logged_seconds: 1_800 };
    assert!(spent::compare(&tx, &[fact]).await.unwrap().is_empty());
    let wrong = spent::compare(&tx, &[spent::Fact { spent_cents: 4_000, ..fact }]).await.unwrap();
    assert!(wrong.len() == 1 && wrong[0].contains("Relaunch"), "{wrong:?}");
    assert!(spent::add(&tx, ProjectId::new(), 1, 1).await.is_err());
}

#[tokio::test]
async fn a_milestone_is_billed_once_even_by_two_at_the_same_time() {
    let (world, mut owner) = house().await;
    let client = client(&world, &owner).await;
    let project = project(&mut owner, client, "Relaunch").await;
    let body = json!({ "title": "Live", "amount_cents": 5_000, "status": "completed" });
    let made =
        owner.api.json("POST", &format!("/api/projects/{project}/milestones"), body).await.expect(201).json();
    let milestone = MilestoneId(id(&made).parse().unwrap());
    let whole = owner.clone();
    let reserve = |invoice: Uuid| {
        let (world, owner) = (&world, &whole);
        async move {
            let tx = begin(world, owner).await;
            let reserved = milestones::reserve_in(&tx, invoice, &[(milestone, Uuid::now_v7())]).await.is_ok();
            if reserved {
                tx.commit().await.unwrap();
            }
            reserved
        }
    };
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    let (a, b) = tokio::join!(reserve(first), reserve(second));
    assert!(a != b, "exactly one gets it");
    let path = format!("/api/milestones/{milestone}");
    let refused = owner.api.json("PATCH", &path, json!({ "status": "pending" })).await.expect(409).json();
    assert_eq!(refused["code"], "milestones.billed");
    owner.api.json("PATCH", &path, json!({ "amount_cents": 1 })).await.expect(409);
    owner.api.delete(&path).await.expect(409);
    owner.api.json("PATCH", &path, json!({ "title": "Went live" })).await.expect(200);
    let tx = begin(&world, &owner).await;
    let holder = if a { first } else { second };
    assert_eq!(milestones::invoiced_in(&tx, holder, tx.now()).await.unwrap(), 1);
    assert_eq!(milestones::release_in(&tx, holder).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert!(reserve(second).await);
}

#[tokio::test]
async fn guests_decide_once_and_get_a_receipt() {
    let (world, mut owner) = house().await;
    let client = client(&world, &owner).await;
    let contact = contact_of(&world.app, owner.workspace_id, client).await;
    let project = project(&mut owner, client, "Relaunch").await;
    let made = owner
        .api
        .json("POST", &format!("/api/projects/{project}/deliverables"), json!({ "title": "Homepage" }))
        .await
        .expect(201)
        .json();
    let deliverable = DeliverableId(id(&made).parse().unwrap());
    let path = format!("/api/deliverables/{deliverable}");
    let decider = Decider {
        by: By::Contact(contact.uuid()),
        name: "Grace Hopper".into(),
        portal_id: None,
        user_agent: Some("test".into()),
    };

    let tx = begin(&world, &owner).await;
    assert!(
        deliverables::approve_in(&tx, deliverable, &decider, "").await.is_err(),
        "a draft is not to be decided"
    );
    drop(tx);
    owner
        .api
        .json("POST", &format!("{path}/versions"), json!({ "url": "https://example.com/1" }))
        .await
        .expect(201);
    let tx = begin(&world, &owner).await;
    assert!(deliverables::revise_in(&tx, deliverable, &decider, " ").await.unwrap_err().is("invalid"));
    let revised = deliverables::revise_in(&tx, deliverable, &decider, "Bigger logo").await.unwrap();
    assert_eq!(revised.status, DeliverableStatus::RevisionRequested);
    tx.commit().await.unwrap();
    owner
        .api
        .json("POST", &format!("{path}/versions"), json!({ "url": "https://example.com/2" }))
        .await
        .expect(201);

    let approve = || async {
        let tx = begin(&world, &owner).await;
        let approved = deliverables::approve_in(&tx, deliverable, &decider, "Lovely").await.is_ok();
        if approved {
            tx.commit().await.unwrap();
        }
        approved
    };
    let (a, b, c) = tokio::join!(approve(), approve(), approve());
    assert_eq!([a, b, c].iter().filter(|yes| **yes).count(), 1);
    let now = owner.api.get(&path).await.json();
    assert_eq!(
        (now["status"].as_str(), now["decisions"].as_array().map(Vec::len)),
        (Some("approved"), Some(2))
    );
    assert_eq!(
        (now["decisions"][0]["number"].as_i64(), now["decisions"][0]["receipt"].as_str().map(str::len)),
        (Some(2), Some(64))
    );
    owner.api.delete(&path).await.expect(409);
    let events = kinds(&world, &owner).await;
    assert_eq!(events.iter().filter(|kind| *kind == "deliverable.approved").count(), 1);
    assert_eq!(events.iter().filter(|kind| *kind == "deliverable.revision_requested").count(), 1);
}

#[tokio::test]
async fn guests_see_what_is_meant_for_them_and_nothing_else() {
    let (world, mut owner) = house().await;
    let client = client(&world, &owner).await;
    let project = project(&mut owner, client, "Relaunch").await;
    let path = format!("/api/projects/{project}");
    let task = |title: &str, visible: bool| json!({ "title": title, "description": "canary-text", "is_client_visible": visible, "estimated_seconds": 424_242 });
    owner.api.json("POST", &format!("{path}/tasks"), task("Shown", true)).await.expect(201);
    owner.api.json("POST", &format!("{path}/tasks"), task("canary-task", false)).await.expect(201);
    for (title, visible) in [("Launch", true), ("canary-milestone", false)] {
        let body = json!({ "title": title, "is_client_visible": visible, "amount_cents": 424_242 });
        owner.api.json("POST", &format!("{path}/milestones"), body).await.expect(201);
    }
    let tx = begin(&world, &owner).await;
    let seen = projects::visible_progress(&tx, &[ProjectId(project.parse().unwrap())]).await.unwrap();
    assert_eq!((seen.projects.len(), seen.tasks.len(), seen.milestones.len()), (1, 1, 1));
    let text = serde_json::to_string(&seen).unwrap();
    assert!(!text.contains("canary") && !text.contains("424242") && !text.contains("cents"), "{text}");
}

#[tokio::test]
async fn cards_dropped_at_the_same_time_all_find_a_place() {
    let (world, mut owner) = house().await;
    let client = client(&world, &owner).await;
    let project = project(&mut owner, client, "Relaunch").await;
    let mut cards = Vec::new();
    for n in 0..6 {
        let body = json!({ "title": format!("Card {n}"), "position": 0 });
        cards.push(id(&owner
            .api
            .json("POST", &format!("/api/projects/{project}/tasks"), body)
            .await
            .expect(201)
            .json()));
    }
    owner.http.get(&owner.path(&format!("projects/{project}/board"))).await.expect(200);
    let drop_at = |card: &str, place: &'static str| {
        let (mut http, path) = (owner.http.clone(), owner.path(&format!("tasks/{card}/move")));
        async move { http.post(&path, &[("stage_id", "review"), ("position", place)]).await.expect(303) }
    };
    tokio::join!(
        drop_at(&cards[0], "0"),
        drop_at(&cards[1], "0"),
        drop_at(&cards[2], "1"),
        drop_at(&cards[3], "0")
    );
    drop_at(&cards[4], "2").await;
    let page = owner.api.get(&format!("/api/projects/{project}/tasks?status=review")).await.json();
    let order: Vec<(String, i64)> =
        page["data"].as_array().unwrap().iter().map(|t| (id(t), t["position"].as_i64().unwrap())).collect();
    assert_eq!(order.len(), 5);
    assert!(order.windows(2).all(|pair| pair[0].1 < pair[1].1), "{order:?}");
    assert_eq!(order[2].0, cards[4]);
}
