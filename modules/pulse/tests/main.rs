//! The health of clients over HTTP, from facts laid into the database.

use clients::ClientId;
use identity::testing::{Signed, member, owner};
use rapport_db::{About, Event, EventInfo, Origin};
use rapport_testkit::{Reply, World};
use rapport_web::Module;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// An invoice's event, as the module of invoices publishes it.
#[derive(Serialize, Deserialize)]
struct InvoiceIssued {
    client_id: Uuid,
}

impl Event for InvoiceIssued {
    const KIND: &'static str = "invoice.issued";
    fn about(&self) -> About {
        About::new("invoice", Uuid::now_v7()).client(self.client_id)
    }
    fn summary(&self) -> String {
        "issued an invoice".into()
    }
}

/// A task's event: it knows its project only.
#[derive(Serialize, Deserialize)]
struct TaskUpdated {
    project_id: Uuid,
}

impl Event for TaskUpdated {
    const KIND: &'static str = "task.updated";
    fn about(&self) -> About {
        About::new("task", Uuid::now_v7()).project(self.project_id)
    }
    fn summary(&self) -> String {
        "changed a task".into()
    }
}

async fn world() -> World {
    let below = Module {
        events: vec![
            EventInfo::of::<InvoiceIssued>("Invoice issued", "receipt", clients::CLIENTS_READ),
            EventInfo::of::<TaskUpdated>("Task changed", "pencil", clients::CLIENTS_READ),
        ],
        ..Module::new("below")
    };
    World::start(vec![identity::module(), clients::module(), pulse::module(), below]).await
}

async fn client(world: &World, of: &Signed, name: &str) -> ClientId {
    clients::testing::client(&world.app, of.workspace_id, name).await
}

async fn publish<E: Event>(world: &World, of: &Signed, event: &E) {
    let tx = world.app.db.begin(of.workspace_id, Origin::system()).await.unwrap();
    tx.publish(event);
    tx.commit().await.unwrap();
    world.settle().await;
}

/// An issued invoice over 100.00, due on a day, and paid on another or not.
async fn invoice(world: &World, of: &Signed, client: ClientId, due: &str, paid: Option<&str>) {
    world
        .owner()
        .await
        .execute(
            "insert into invoicing.invoices (workspace_id, id, invoice_number, client_id, state, currency, exchange_rate,
               subtotal_cents, total_cents, paid_cents, issue_date, due_date, seller, buyer, issued_at, paid_at)
             values ($1, $2, $2::uuid::text, $3, 'issued', 'EUR', 1, 10000, 10000,
               case when $5::text is null then 0 else 10000 end, '2026-06-01', $4::text::date, '{}', '{}',
               '2026-06-01T10:00:00Z', $5::text::timestamptz)",
            &[&of.workspace_id.uuid(), &Uuid::now_v7(), &client.uuid(), &due, &paid],
        )
        .await
        .unwrap();
}

async fn health(of: &mut Signed, client: ClientId) -> Value {
    of.api.get(&format!("/api/clients/{client}/health")).await.expect(200).json()
}

async fn recalculated(of: &mut Signed, client: ClientId) -> Value {
    let path = format!("/api/clients/{client}/health/recalculate");
    of.api.json("POST", &path, json!({})).await.expect(200).json()
}

fn factor<'a>(health: &'a Value, name: &str) -> &'a Value {
    health["factors"].as_array().unwrap().iter().find(|factor| factor["name"] == name).unwrap()
}

fn weights(payment: i16) -> Value {
    json!({
        "communication_weight": 20, "delivery_weight": 20, "payment_weight": payment, "engagement_weight": 10,
        "relationship_weight": 5, "healthy_from": 70, "at_risk_from": 40, "hysteresis": 3,
    })
}

#[tokio::test]
async fn a_client_of_whom_nothing_is_known_has_no_score() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let acme = client(&world, &ada, "Acme").await;
    let health = recalculated(&mut ada, acme).await;
    assert_eq!((&health["score"], &health["confidence"]), (&Value::Null, &json!(0)));
    let page = ada.http.get(&ada.path(&format!("clients/{acme}/health"))).await.expect(200).text();
    assert!(
        page.contains("No score yet") && page.contains("No invoice was issued in the past year."),
        "{page}"
    );
}

#[tokio::test]
async fn an_event_of_the_client_recalculates_and_the_client_shows_it() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let acme = client(&world, &ada, "Acme").await;
    invoice(&world, &ada, acme, "2026-07-01", Some("2026-06-28T09:00:00Z")).await;
    publish(&world, &ada, &InvoiceIssued { client_id: acme.uuid() }).await;
    let good = health(&mut ada, acme).await;
    assert_eq!(good["risk_level"], json!("healthy"), "{good}");
    assert_eq!(factor(&good, "payment")["score"], json!(100));
    invoice(&world, &ada, acme, "2026-09-20", None).await;
    publish(&world, &ada, &InvoiceIssued { client_id: acme.uuid() }).await;
    let bad = health(&mut ada, acme).await;
    assert_eq!(factor(&bad, "payment")["sentence"], json!("1 invoice is overdue, by 61 days at most."));
    assert!(bad["score"].as_i64() < good["score"].as_i64());
    assert_eq!(bad["previous_score"], good["score"]);
    assert_eq!(bad["history"].as_array().unwrap().len(), 2);
    let points: i64 = bad["factors"].as_array().unwrap().iter().map(|f| f["points"].as_i64().unwrap()).sum();
    assert_eq!(Some(points), bad["score"].as_i64());
    let shown = ada.api.get(&format!("/api/clients/{acme}")).await.expect(200).json();
    assert_eq!((&shown["health_score"], &shown["risk_level"]), (&bad["score"], &bad["risk_level"]));
    let page = ada.http.get(&ada.path(&format!("clients/{acme}/health"))).await.expect(200).text();
    assert!(page.contains("Rapport issued an invoice") && page.contains("Payment -"), "{page}");
}

#[tokio::test]
async fn the_timeline_tells_of_changes_that_matter_and_of_no_others() {
    let world = world().await;
    let ada = owner(&world).await;
    let acme = client(&world, &ada, "Acme").await;
    invoice(&world, &ada, acme, "2026-07-01", Some("2026-06-28T09:00:00Z")).await;
    for _ in 0..3 {
        publish(&world, &ada, &InvoiceIssued { client_id: acme.uuid() }).await;
    }
    invoice(&world, &ada, acme, "2026-09-20", None).await;
    publish(&world, &ada, &InvoiceIssued { client_id: acme.uuid() }).await;
    let count = |kind: &'static str| {
        let world = &world;
        async move {
            let owner = world.owner().await;
            let sql = "select count(*) from spine.events where kind = $1";
            owner.query_one(sql, &[&kind]).await.unwrap().get::<_, i64>(0)
        }
    };
    assert_eq!((count("health.changed").await, count("health.calculated").await), (2, 2));
}

#[tokio::test]
async fn overdue_work_found_through_its_project_lowers_the_score() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let acme = client(&world, &ada, "Acme").await;
    let (project, task) = (Uuid::now_v7(), Uuid::now_v7());
    let laid = world.owner().await;
    laid.execute(
        "insert into projects.projects (workspace_id, id, client_id, name, name_sort, status, currency)
         values ($1, $2, $3, 'Site', 'site', 'active', 'EUR')",
        &[&ada.workspace_id.uuid(), &project, &acme.uuid()],
    )
    .await
    .unwrap();
    laid.execute(
        "insert into projects.tasks (workspace_id, id, project_id, title, due_date) values ($1, $2, $3, 'Design', '2026-11-10')",
        &[&ada.workspace_id.uuid(), &task, &project],
    )
    .await
    .unwrap();
    publish(&world, &ada, &TaskUpdated { project_id: project }).await;
    let late = health(&mut ada, acme).await;
    assert_eq!(factor(&late, "delivery")["sentence"], json!("There is 1 task overdue."), "{late}");
    laid.execute("update projects.tasks set status = 'done', completed_at = now()", &[]).await.unwrap();
    publish(&world, &ada, &TaskUpdated { project_id: project }).await;
    let done = health(&mut ada, acme).await;
    assert_eq!(factor(&done, "delivery")["score"], json!(100));
    assert!(done["score"].as_i64() > late["score"].as_i64());
}

#[tokio::test]
async fn a_note_is_contact_and_silence_shows_after_a_while() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let acme = client(&world, &ada, "Acme").await;
    let note = json!({ "body": "Talked about the launch." });
    ada.api.json("POST", &format!("/api/clients/{acme}/notes"), note).await.expect(201);
    world.settle().await;
    let fresh = health(&mut ada, acme).await;
    assert_eq!(factor(&fresh, "communication")["score"], json!(100), "{fresh}");
    world.clock.advance(jiff::SignedDuration::from_hours(24 * 80));
    let tx = world.app.db.begin(ada.workspace_id, Origin::system()).await.unwrap();
    pulse::recalculate_in(&tx, &[acme], pulse::Cause::Manual).await.unwrap();
    tx.commit().await.unwrap();
    let sql =
        "select factors #>> '{2,sentence}', score from pulse.health_scores order by computed_at desc limit 1";
    let row = world.owner().await.query_one(sql, &[]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), "No contact for 80 days, longer than usual.");
    assert!(i64::from(row.get::<_, i16>(1)) < fresh["score"].as_i64().unwrap());
}

#[tokio::test]
async fn every_client_is_looked_at_daily_and_kept_once_a_day() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let mut clients = Vec::new();
    for name in ["Acme", "Beta", "Gamma"] {
        let id = client(&world, &ada, name).await;
        invoice(&world, &ada, id, "2026-07-01", Some("2026-06-28T09:00:00Z")).await;
        clients.push(id);
    }
    let schedules = pulse::module().schedules;
    for _ in 0..2 {
        schedules[0].run_now(&world.app).await.unwrap();
        world.settle().await;
    }
    for id in &clients {
        let health = health(&mut ada, *id).await;
        let history = health["history"].as_array().unwrap();
        assert_eq!(history.iter().filter(|past| past["cause"] == "daily").count(), 1, "{health}");
    }
}

#[tokio::test]
async fn other_weights_are_tried_before_they_are_kept_and_then_hold_for_all() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let acme = client(&world, &ada, "Acme").await;
    invoice(&world, &ada, acme, "2026-09-01", None).await;
    let note = json!({ "body": "Talked." });
    ada.api.json("POST", &format!("/api/clients/{acme}/notes"), note).await.expect(201);
    world.settle().await;
    let before = health(&mut ada, acme).await["score"].clone();
    let mut form: Vec<(String, String)> = weights(100)
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.to_string()))
        .collect();
    form.push(("preview".into(), "1".into()));
    let fields: Vec<(&str, &str)> =
        form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    ada.http.get(&ada.path("settings/health")).await.expect(200);
    let page = ada.http.post(&ada.path("settings/health"), &fields).await.expect(200).text();
    assert!(page.contains("Nothing is saved yet") && page.contains("Acme"), "{page}");
    assert_eq!(health(&mut ada, acme).await["score"], before);
    ada.http.post(&ada.path("settings/health"), &fields[..fields.len() - 1]).await.expect(303);
    world.settle().await;
    let after = health(&mut ada, acme).await;
    assert!(after["score"].as_i64() < before.as_i64(), "{after} was {before}");
    assert_eq!(after["history"][0]["cause"], json!("settings"));
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_beside_their_field() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let refused = |reply: Reply| reply.expect(422).json()["errors"][0]["field"].clone();
    let mut crossed = weights(20);
    crossed["at_risk_from"] = json!(80);
    assert_eq!(refused(ada.api.json("PUT", "/api/health-settings", crossed).await), json!("at_risk_from"));
    let mut nothing = weights(0);
    for name in ["communication_weight", "delivery_weight", "engagement_weight"] {
        nothing[name] = json!(0);
    }
    assert_eq!(refused(ada.api.json("PUT", "/api/health-settings", nothing).await), json!("payment_weight"));
    let mut far = weights(20);
    far["payment_weight"] = json!(101);
    assert_eq!(refused(ada.api.json("PUT", "/api/health-settings", far).await), json!("payment_weight"));
}

#[tokio::test]
async fn the_overview_names_who_is_at_risk_and_why() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let empty = ada.http.get(&ada.path("health")).await.expect(200).text();
    assert!(empty.contains("No clients yet"));
    let (acme, beta) = (client(&world, &ada, "Acme").await, client(&world, &ada, "Beta").await);
    invoice(&world, &ada, acme, "2026-07-01", None).await;
    invoice(&world, &ada, beta, "2026-07-01", Some("2026-06-28T09:00:00Z")).await;
    for id in [acme, beta] {
        recalculated(&mut ada, id).await;
    }
    let page = ada.http.get(&ada.path("health")).await.expect(200).text();
    assert!(page.contains(&format!("risk-{acme}")) && !page.contains(&format!("risk-{beta}")), "{page}");
    assert!(page.contains("1 invoice is overdue, by 142 days at most."));

    let paid = "insert into invoicing.payments (workspace_id, id, client_id, method, status, amount_cents, currency, received_on)
        values ($1, gen_random_uuid(), $2, 'card', 'succeeded', 12345, 'EUR', '2026-07-01'),
               ($1, gen_random_uuid(), $2, 'card', 'disputed', 55555, 'EUR', '2026-07-01')";
    world.owner().await.execute(paid, &[&ada.workspace_id.uuid(), &acme.uuid()]).await.unwrap();
    let page = ada.http.get(&ada.path("health")).await.expect(200).text();
    assert!(page.contains("123.45"), "what was paid in twelve months, without what is disputed: {page}");
}

#[tokio::test]
async fn health_is_for_those_who_may_and_of_the_own_workspace_only() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let mut mallory = owner(&world).await;
    let acme = client(&world, &ada, "Acme").await;
    let path = format!("/api/clients/{acme}/health");
    mallory.api.get(&path).await.expect(404);
    mallory.api.json("POST", &format!("{path}/recalculate"), json!({})).await.expect(404);
    member(&world, &ada, "member").await.api.get(&path).await.expect(403);
    let mut viewer = member(&world, &ada, "viewer").await;
    viewer.api.get(&path).await.expect(200);
    viewer.api.json("POST", &format!("{path}/recalculate"), json!({})).await.expect(403);
    viewer.api.get("/api/health-settings").await.expect(403);
    ada.api.get(&path).await.expect(200);
}

#[tokio::test]
async fn two_calculations_at_once_keep_one_present_score() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let acme = client(&world, &ada, "Acme").await;
    invoice(&world, &ada, acme, "2026-07-01", None).await;
    let path = format!("/api/clients/{acme}/health/recalculate");
    let (mut a, mut b, mut c) = (ada.api.clone(), ada.api.clone(), ada.api.clone());
    let (a, b, c) = tokio::join!(
        a.json("POST", &path, json!({})),
        b.json("POST", &path, json!({})),
        c.json("POST", &path, json!({}))
    );
    let scores: Vec<Value> =
        [a, b, c].into_iter().map(|reply| reply.expect(200).json()["score"].clone()).collect();
    assert!(scores.iter().all(|score| *score == scores[0] && !score.is_null()), "{scores:?}");
    let count = "select count(*) from pulse.client_health";
    assert_eq!(world.owner().await.query_one(count, &[]).await.unwrap().get::<_, i64>(0), 1);
    assert_eq!(health(&mut ada, acme).await["score"], scores[0]);
}
