//! The main job, over the API: from a client to a paid invoice.

use identity::testing::{self, Signed};
use rapport_testkit::World;
use serde_json::{Value, json};

use crate::world;

/// What the afternoon left behind.
struct Afternoon {
    client: String,
    project: String,
    invoice: String,
}

/// Fills a workspace with one thing of each kind, with `word` in every text.
pub async fn fill(world: &World, owner: &Signed, word: &str) {
    afternoon(world, &mut owner.clone(), word).await;
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

async fn post(signed: &mut Signed, path: &str, body: Value, status: u16) -> Value {
    signed.api.json("POST", path, body).await.expect(status).json()
}

async fn afternoon(world: &World, owner: &mut Signed, word: &str) -> Afternoon {
    let contact = format!("{}@client.example", word.to_lowercase());
    let client = post(
        owner,
        "/api/clients",
        json!({"company_name": format!("{word} GmbH"), "contact_name": word, "contact_email": contact, "tags": [word], "notes": word, "currency": "EUR"}),
        201,
    )
    .await;
    let client = text(&client["id"]);

    let pipelines = owner.api.get("/api/pipelines").await.expect(200).json();
    let stages = pipelines["data"][0]["stages"].as_array().unwrap().clone();
    let stage = |kind: &str| text(&stages.iter().find(|stage| stage["kind"] == kind).unwrap()["id"]);
    let deal = post(owner, "/api/deals", json!({"title": format!("{word} website"), "client_id": client, "value_cents": 1_200_000, "currency": "EUR", "stage_id": stage("open"), "description": word}), 201).await;
    let deal = text(&deal["id"]);
    let won = post(owner, &format!("/api/deals/{deal}/stage"), json!({"stage_id": stage("won")}), 200).await;
    let project = text(&won["project_id"]);
    let again =
        post(owner, &format!("/api/deals/{deal}/stage"), json!({"stage_id": stage("won")}), 200).await;
    assert_eq!(text(&again["project_id"]), project, "won twice is won once");
    world.settle().await;

    let tasks = owner.api.get(&format!("/api/projects/{project}/tasks")).await.expect(200).json();
    assert!(!tasks["data"].as_array().unwrap().is_empty(), "the template's tasks stand there");
    let milestones = owner.api.get(&format!("/api/projects/{project}/milestones")).await.expect(200).json();
    let milestone = text(&milestones["data"][0]["id"]);
    let me = owner.member_id;
    owner
        .api
        .json(
            "PUT",
            &format!("/api/projects/{project}/members"),
            json!({"members": [{"member_id": me, "role": "lead", "hourly_rate_cents": 9_000}]}),
        )
        .await
        .expect(200);
    owner
        .api
        .json("PATCH", &format!("/api/projects/{project}"), json!({"status": "active"}))
        .await
        .expect(200);
    post(
        owner,
        &format!("/api/projects/{project}/tasks"),
        json!({"title": word, "description": word, "assigned_to": me}),
        201,
    )
    .await;

    let task = text(&tasks["data"][0]["id"]);
    post(
        owner,
        "/api/timer/start",
        json!({"project_id": project, "task_id": task, "description": word, "is_billable": true}),
        201,
    )
    .await;
    world.clock.advance(jiff::SignedDuration::from_mins(45));
    owner.api.json("POST", "/api/timer/stop", json!({})).await.expect(200);
    post(owner, "/api/time-entries", json!({"project_id": project, "date": "2026-11-19", "duration_seconds": 7_200, "description": word, "is_billable": true}), 201).await;
    let sheet = post(owner, "/api/timesheets/submit", json!({"week": "2026-11-16"}), 200).await;
    post(owner, &format!("/api/timesheets/{}/approve", text(&sheet["id"])), json!({"comment": word}), 200)
        .await;

    let expense = post(owner, "/api/expenses", json!({"project_id": project, "date": "2026-11-18", "category": "travel", "amount_cents": 5_000, "currency": "EUR", "is_billable": true, "markup_percent": "10", "description": word}), 201).await;
    let expense = text(&expense["id"]);
    owner.api.json("POST", &format!("/api/expenses/{expense}/submit"), json!({})).await.expect(200);
    owner.api.json("POST", &format!("/api/expenses/{expense}/approve"), json!({})).await.expect(200);
    owner
        .api
        .json(
            "PATCH",
            &format!("/api/milestones/{milestone}"),
            json!({"status": "completed", "amount_cents": 100_000}),
        )
        .await
        .expect(200);

    let draft = post(owner, "/api/invoices", json!({"client_id": client, "project_ids": [project], "group_by": "task", "include": ["time", "expenses", "milestones"], "notes": word}), 201).await;
    // 2.75 h at 90.00, 50.00 with 10 % mark-up, and the milestone.
    assert_eq!(draft["subtotal_cents"], 24_750 + 5_500 + 100_000, "{draft}");
    let invoice = text(&draft["id"]);
    let nothing = owner.api.json("POST", "/api/invoices", json!({"client_id": client, "project_ids": [project], "group_by": "task", "include": ["time", "expenses", "milestones"]})).await.expect(422).json();
    assert!(text(&nothing["code"]).ends_with("nothing_to_bill"), "{nothing}");
    let sent =
        post(owner, &format!("/api/invoices/{invoice}/send"), json!({"to": [contact], "message": word}), 200)
            .await;
    assert!(text(&sent["invoice_number"]).ends_with('1'), "{sent}");
    world.settle().await;
    let pdf = owner.api.get(&format!("/api/invoices/{invoice}/pdf")).await.expect(200);
    assert!(pdf.body.starts_with(b"%PDF-"), "a PDF");

    let portal = post(owner, "/api/portals", json!({"client_id": client, "title": format!("{word} portal"), "description": word, "project_ids": [project], "status": "active"}), 201).await;
    let portal = text(&portal["id"]);
    let deliverable = post(
        owner,
        &format!("/api/projects/{project}/deliverables"),
        json!({"title": format!("{word} design"), "description": word}),
        201,
    )
    .await;
    let deliverable = text(&deliverable["id"]);
    owner
        .api
        .json(
            "POST",
            &format!("/api/deliverables/{deliverable}/versions"),
            json!({"url": "https://example.com/design"}),
        )
        .await
        .expect(201);
    let contacts = owner.api.get(&format!("/api/contacts?client_id={client}")).await.expect(200).json();
    let link = post(
        owner,
        &format!("/api/portals/{portal}/links"),
        json!({"contact_id": contacts["data"][0]["id"], "expires_in_days": 30}),
        201,
    )
    .await;
    let link = text(&link["url"]);
    let path = link.strip_prefix("http://localhost:8080").unwrap().to_owned();

    let mut guest = world.http();
    let page = guest.get(&path).await.expect(200);
    assert!(
        !page.headers.get_all("set-cookie").iter().any(|c| c.to_str().unwrap().starts_with("guest-")),
        "looking at a link uses nothing up"
    );
    let entered = guest.post(&path, &[]).await.expect(303);
    assert_eq!(entered.location(), format!("/portal/{portal}"));
    let home = guest.get(&format!("/portal/{portal}")).await.expect(200);
    assert!(home.text().contains(word));
    assert!(
        !guest.get("/api/portal/projects").await.expect(200).json()["data"].as_array().unwrap().is_empty()
    );
    guest
        .json("POST", &format!("/api/portal/deliverables/{deliverable}/approve"), json!({"comment": word}))
        .await
        .expect(200);
    guest
        .json("POST", "/api/portal/messages", json!({"content": format!("{word}: thank you")}))
        .await
        .expect(201);
    let bills = guest.get("/api/portal/invoices").await.expect(200).json();
    assert_eq!(bills["data"].as_array().unwrap().len(), 1);
    world.settle().await;

    post(owner, &format!("/api/invoices/{invoice}/payments"), json!({"amount_cents": sent["total_cents"], "method": "bank", "received_on": "2026-11-20", "reference": word}), 201).await;
    world.settle().await;
    Afternoon { client, project, invoice }
}

#[tokio::test]
async fn an_afternoon_from_the_first_client_to_the_paid_invoice() {
    let world = world().await;
    let mut owner = testing::owner(&world).await;
    let left = afternoon(&world, &mut owner, "Kestrel").await;

    let invoice = owner.api.get(&format!("/api/invoices/{}", left.invoice)).await.expect(200).json();
    assert_eq!(invoice["status"], "paid");
    assert_eq!(invoice["paid_cents"], invoice["total_cents"]);
    let client = owner.api.get(&format!("/api/clients/{}", left.client)).await.expect(200).json();
    assert_eq!(client["total_revenue_cents"], invoice["total_cents"]);
    assert!(client["health_score"].as_i64().is_some(), "the health score was computed: {client}");
    let project = owner.api.get(&format!("/api/projects/{}", left.project)).await.expect(200).json();
    assert_eq!(project["logged_seconds"], 2_700 + 7_200);

    let timeline =
        owner.api.get(&format!("/api/clients/{}/timeline?limit=200", left.client)).await.expect(200).json();
    let kinds: Vec<&str> =
        timeline["data"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    for kind in [
        "client.created",
        "deal.created",
        "deal.won",
        "project.created",
        "time.logged",
        "milestone.completed",
        "invoice.issued",
        "invoice.sent",
        "portal.created",
        "deliverable.approved",
        "message.sent",
        "payment.recorded",
        "invoice.paid",
    ] {
        assert!(kinds.contains(&kind), "{kind} is on the timeline: {kinds:?}");
    }
}

#[tokio::test]
async fn every_maintained_figure_equals_its_facts_after_an_afternoon() {
    let world = world().await;
    let mut owner = testing::owner(&world).await;
    afternoon(&world, &mut owner, "Kestrel").await;
    let (checks, _, differences) = rapport::commands::check::differences(&world.app).await.unwrap();
    assert!(checks > 0, "there is something to check");
    assert_eq!(differences, Vec::<String>::new());
}

/// What the dashboard says of the money of this month.
async fn received(owner: &mut Signed) -> String {
    let page = owner.http.get(&format!("/app/{}", owner.slug)).await.expect(200).text();
    let tile = page.split("Received this month").nth(1).expect("a tile for it");
    tile.split("</a>").next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn money_that_the_payers_bank_disputes_is_not_received() {
    let world = world().await;
    let mut owner = testing::owner(&world).await;
    let nothing = received(&mut owner).await;
    afternoon(&world, &mut owner, "Kestrel").await;
    assert_ne!(received(&mut owner).await, nothing);
    world.owner().await.batch_execute("update invoicing.payments set status = 'disputed'").await.unwrap();
    assert_eq!(received(&mut owner).await, nothing);
}
