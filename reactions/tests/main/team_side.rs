//! What happens within the team.

use identity::{
    events::MemberJoined,
    testing::{member, owner},
};
use invoicing::InvoicePaid;
use jiff::civil::date;
use pulse::HealthChanged;
use rapport_db::{ActorKind, Origin};
use serde_json::json;
use timesheets::{SheetFacts, TimesheetApproved, TimesheetSubmitted};
use uuid::Uuid;

use crate::{by, deliver_again, happens, notices, work, world};

#[tokio::test]
async fn a_project_is_opened_only_for_a_deal_of_its_own_client_and_workspace() {
    let world = world().await;
    let (mut ada, mut eve) = (owner(&world).await, owner(&world).await);
    let client = clients::testing::client(&world.app, ada.workspace_id, "Acme").await;
    let foreign = clients::testing::client(&world.app, eve.workspace_id, "Evil").await;
    let deal = json!({ "title": "Website", "client_id": client });
    let deal = ada.api.json("POST", "/api/deals", deal).await.expect(201).json()["id"].clone();
    let stolen = json!({ "name": "Website", "client_id": foreign, "deal_id": deal });
    let problem = eve.api.json("POST", "/api/projects", stolen).await.expect(422).json();
    assert_eq!(problem["errors"][0]["field"], "deal_id");
    let own = json!({ "name": "Website", "client_id": client, "deal_id": deal });
    ada.api.json("POST", "/api/projects", own).await.expect(201);
}

#[tokio::test]
async fn a_won_deal_opens_one_project_and_makes_its_client_an_active_one() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let bob = member(&world, &ada, "manager").await;
    let client = clients::testing::client(&world.app, ada.workspace_id, "Acme").await;
    let pipelines = ada.api.get("/api/pipelines").await.expect(200).json();
    let stages = pipelines["data"][0]["stages"].as_array().unwrap().clone();
    let won = stages.iter().find(|stage| stage["kind"] == "won").unwrap()["id"].clone();
    let deal = json!({ "title": "Website", "client_id": client, "value_cents": 500_000, "assigned_to": bob.member_id });
    let deal = ada.api.json("POST", "/api/deals", deal).await.expect(201).json();
    let path = format!("/api/deals/{}/stage", deal["id"].as_str().unwrap());
    let (mut a, mut b) = (ada.api.clone(), ada.api.clone());
    let (one, two) = tokio::join!(
        a.json("POST", &path, json!({ "stage_id": won })),
        b.json("POST", &path, json!({ "stage_id": won }))
    );
    let project = one.expect(200).json()["project_id"].clone();
    assert!(project.is_string());
    assert_eq!(two.expect(200).json()["project_id"], project);
    world.settle().await;
    deliver_again(&world).await;
    let projects = ada.api.get("/api/projects").await.expect(200).json();
    assert_eq!(projects["data"].as_array().unwrap().len(), 1, "{projects}");
    assert_eq!(projects["data"][0]["id"], project);
    let shown = ada.api.get(&format!("/api/clients/{client}")).await.expect(200).json();
    assert_eq!(shown["relationship_stage"], "active");
    let mut bob = bob;
    assert_eq!(notices(&mut bob, "deal.won").await, ["The deal Website is won"]);
}

#[tokio::test]
async fn a_task_given_to_someone_is_told_to_them_and_to_nobody_else() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let mut bob = member(&world, &ada, "member").await;
    let work = work(&world, &ada, ada.member_id).await;
    let tx = world.app.db.begin(ada.workspace_id, Origin::system()).await.unwrap();
    projects::testing::assign(&tx, work.project, bob.member_id, projects::MemberRole::Contributor).await;
    tx.commit().await.unwrap();
    let path = format!("/api/projects/{}/tasks", work.project);
    let mine = json!({ "title": "Mine", "assigned_to": ada.member_id });
    let task = ada.api.json("POST", &path, mine).await.expect(201).json();
    world.settle().await;
    assert!(notices(&mut ada, "task.assigned").await.is_empty());
    let path = format!("/api/tasks/{}", task["id"].as_str().unwrap());
    ada.api.json("PATCH", &path, json!({ "assigned_to": bob.member_id })).await.expect(200);
    world.settle().await;
    ada.api.json("PATCH", &path, json!({ "title": "Yours" })).await.expect(200);
    world.settle().await;
    deliver_again(&world).await;
    assert_eq!(notices(&mut bob, "task.assigned").await, ["Mine is yours"]);
}

fn sheet(of: Uuid) -> SheetFacts {
    SheetFacts {
        timesheet_id: Uuid::now_v7(),
        member_id: of,
        member_name: "Bob".into(),
        week_start: date(2026, 11, 16),
        total_seconds: 28_800,
        billable_seconds: 28_800,
        comment: "Well done.".into(),
    }
}

#[tokio::test]
async fn a_timesheet_goes_to_its_approvers_and_the_decision_back_to_its_member() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let mut bob = member(&world, &ada, "manager").await;
    let mut eve = member(&world, &ada, "member").await;
    let facts = sheet(bob.member_id.uuid());
    let me = by(ActorKind::Member, bob.member_id.uuid(), "Bob");
    happens(&world, &ada, me, &TimesheetSubmitted { facts: facts.clone() }).await;
    assert_eq!(notices(&mut ada, "timesheet.submitted").await, ["Bob submitted a timesheet"]);
    assert!(notices(&mut bob, "timesheet.submitted").await.is_empty(), "the own sheet");
    assert!(notices(&mut eve, "timesheet.submitted").await.is_empty(), "no approver");
    let me = by(ActorKind::Member, ada.member_id.uuid(), "Ada Morel");
    happens(&world, &ada, me, &TimesheetApproved { facts }).await;
    assert_eq!(notices(&mut bob, "timesheet.decided").await, ["Your week of 2026-11-16 was approved"]);
}

#[tokio::test]
async fn who_becomes_a_deputy_hears_of_it_and_of_what_waits_in_those_days() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let mut max = member(&world, &ada, "admin").await;
    let mut bob = member(&world, &ada, "member").await;
    let days = json!({ "deputy_id": bob.member_id, "from": "2026-11-20", "until": "2026-11-24" });
    let made = ada.api.json("POST", "/api/deputies", days).await.expect(201).json();
    let later = json!({ "deputy_id": bob.member_id, "member_id": ada.member_id, "from": "2026-12-01", "until": "2026-12-01" });
    max.api.json("POST", "/api/deputies", later).await.expect(201);
    world.settle().await;
    deliver_again(&world).await;
    let told = notices(&mut bob, "deputy.named").await;
    assert_eq!(
        told,
        ["You are deputy of Ada Morel on 1 Dec", "Ada Morel made you deputy from 20 Nov to 24 Nov"]
    );
    assert_eq!(notices(&mut ada, "deputy.named").await, ["Member Lind is your deputy on 1 Dec"]);
    assert!(notices(&mut max, "deputy.named").await.is_empty(), "who did it knows");
    let me = by(ActorKind::Member, max.member_id.uuid(), "Max");
    happens(&world, &ada, me, &TimesheetSubmitted { facts: sheet(max.member_id.uuid()) }).await;
    assert_eq!(notices(&mut bob, "timesheet.submitted").await, ["Bob submitted a timesheet"]);
    ada.api.delete(&format!("/api/deputies/{}", made["id"].as_str().unwrap())).await.expect(204);
    world.settle().await;
    assert_eq!(notices(&mut bob, "deputy.named").await[0], "You are not deputy of Ada Morel any more");
}

#[tokio::test]
async fn a_paid_invoice_is_told_to_those_who_see_invoices() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let mut bob = member(&world, &ada, "member").await;
    let client = clients::testing::client(&world.app, ada.workspace_id, "Acme").await;
    let event = InvoicePaid {
        invoice_id: Uuid::now_v7(),
        invoice_number: "INV-0007".into(),
        client_id: client.uuid(),
        project_id: None,
        total_cents: 120_000,
        currency: "EUR".into(),
        payment_id: None,
        issue_date: date(2026, 11, 1),
        due_date: date(2026, 11, 15),
        paid_on: date(2026, 11, 20),
    };
    happens(&world, &ada, Origin::system(), &event).await;
    assert_eq!(notices(&mut ada, "invoice.paid").await, ["Invoice INV-0007 is paid"]);
    assert!(notices(&mut bob, "invoice.paid").await.is_empty());
}

#[tokio::test]
async fn who_joins_is_announced_and_stands_on_the_projects_of_the_invitation() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let bob = member(&world, &ada, "member").await;
    let work = work(&world, &ada, ada.member_id).await;
    let event = MemberJoined {
        member_id: bob.member_id,
        name: "Bob".into(),
        role: "member".into(),
        project_ids: vec![work.project.uuid(), Uuid::now_v7()],
    };
    happens(&world, &ada, by(ActorKind::Member, bob.member_id.uuid(), "Bob"), &event).await;
    assert_eq!(notices(&mut ada, "member.joined").await, ["Bob joined the team"]);
    let tx = world.app.db.read(ada.workspace_id).await.unwrap();
    assert!(projects::assigned(&tx, work.project, bob.member_id).await.unwrap());
}

#[tokio::test]
async fn a_client_whose_health_falls_to_a_worse_level_is_named_to_those_who_look_after_it() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let work = work(&world, &ada, ada.member_id).await;
    let moved = |from: &str, to: &str| HealthChanged {
        client_id: work.client.uuid(),
        from: Some(72),
        to: 60,
        level_from: Some(from.into()),
        level_to: to.into(),
        reason: "2 invoices are overdue.".into(),
    };
    happens(&world, &ada, Origin::system(), &moved("critical", "at_risk")).await;
    happens(&world, &ada, Origin::system(), &moved("healthy", "healthy")).await;
    assert!(notices(&mut ada, "health.fell").await.is_empty());
    happens(&world, &ada, Origin::system(), &moved("healthy", "at_risk")).await;
    assert_eq!(notices(&mut ada, "health.fell").await, ["Acme is now at risk"]);
}
