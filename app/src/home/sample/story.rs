//! What the invented studio is busy with, relative to today.

use axum::http::Method;
use jiff::{ToSpan, civil::Date};
use rapport_base::{MemberId, Result};
use rapport_web::Caller;
use serde_json::{Value, json};
use uuid::Uuid;

/// What was made, and whether the telling came to its end.
pub struct Made {
    /// The clients.
    pub clients: Vec<Uuid>,
    /// An error when it broke off.
    pub ended: Result<()>,
}

struct Person {
    company: &'static str,
    name: &'static str,
    email: &'static str,
    industry: &'static str,
    stage: &'static str,
    tags: &'static [&'static str],
    notes: &'static str,
}

const PEOPLE: &[Person] = &[
    Person {
        company: "Harbor & Pine",
        name: "Ines Calloway",
        email: "ines@harborpine.example",
        industry: "Hospitality",
        stage: "active",
        tags: &["retainer", "vip"],
        notes: "Two hotels and a bakery. Prefers a call on Tuesdays.",
    },
    Person {
        company: "Kestrel Roofing",
        name: "Tom Adeyemi",
        email: "tom@kestrelroofing.example",
        industry: "Trades",
        stage: "active",
        tags: &["field"],
        notes: "Everything has to work on a phone on a roof.",
    },
    Person {
        company: "Lumen Dental",
        name: "Dr Sofia Brandt",
        email: "sofia@lumendental.example",
        industry: "Health",
        stage: "active",
        tags: &["privacy"],
        notes: "Approvals go through her practice manager.",
    },
    Person {
        company: "Atlas Freight",
        name: "Marek Nowak",
        email: "marek@atlasfreight.example",
        industry: "Logistics",
        stage: "prospect",
        tags: &["enterprise"],
        notes: "Wants the second phase before the spring.",
    },
    Person {
        company: "Riverbend Co-op",
        name: "Priya Raman",
        email: "priya@riverbend.example",
        industry: "Food",
        stage: "prospect",
        tags: &[],
        notes: "Met at the market hall.",
    },
    Person {
        company: "Oakline Legal",
        name: "Jonas Weber",
        email: "jonas@oakline.example",
        industry: "Legal",
        stage: "onboarding",
        tags: &["monthly"],
        notes: "Signed last week, waiting for their logo files.",
    },
    Person {
        company: "Northwind Atelier",
        name: "Chloé Lefèvre",
        email: "chloe@northwind.example",
        industry: "Design",
        stage: "active",
        tags: &["referral"],
        notes: "",
    },
    Person {
        company: "Saffron Kitchen",
        name: "Yusuf Demir",
        email: "yusuf@saffron.example",
        industry: "Food",
        stage: "paused",
        tags: &[],
        notes: "Paused until the new premises open.",
    },
];

/// A deal: client, title, value, stage from the left (negative: the won one), days until it should close.
const DEALS: &[(usize, &str, i64, i32, i32)] = &[
    (4, "Booking portal", 950_000, 0, 40),
    (5, "Search and content", 1_400_000, 0, 60),
    (3, "Phase 2 tracking app", 4_200_000, 1, 12),
    (2, "Patient intake forms", 820_000, 1, 25),
    (7, "Online ordering", 610_000, 1, -3),
    (1, "Roll-out to the field crews", 2_100_000, 2, 6),
    (0, "Website rebuild", 3_680_000, -1, 0),
    (6, "Brand sprint", 725_000, -1, 0),
];

/// Tells it over the API.
pub async fn tell(api: &Caller, me: MemberId, currency: &str, today: Date) -> Made {
    let mut clients = Vec::new();
    let ended = told(api, me, currency, today, &mut clients).await;
    Made { clients, ended }
}

async fn told(
    api: &Caller,
    me: MemberId,
    currency: &str,
    today: Date,
    clients: &mut Vec<Uuid>,
) -> Result<()> {
    for person in PEOPLE {
        let client = api
            .post(
                "/api/clients",
                json!({
                    "company_name": person.company, "contact_name": person.name, "contact_email": person.email,
                    "industry": person.industry, "relationship_stage": person.stage, "tags": person.tags,
                    "notes": person.notes, "currency": currency,
                }),
            )
            .await?;
        clients.push(id(&client)?);
    }
    let pipelines = api.send(Method::GET, "/api/pipelines", Value::Null).await?;
    let stages = pipelines["data"][0]["stages"].as_array().cloned().unwrap_or_default();
    let open: Vec<&Value> = stages.iter().filter(|stage| stage["kind"] == "open").collect();
    let won = stages.iter().find(|stage| stage["kind"] == "won");
    let mut projects = Vec::new();
    for (client, title, value, stage, days) in DEALS {
        let first = open[usize::try_from(*stage).unwrap_or(0).min(open.len() - 1)];
        let deal = api
            .post(
                "/api/deals",
                json!({
                    "title": title, "client_id": clients[*client], "value_cents": value, "currency": currency,
                    "stage_id": first["id"], "assigned_to": me, "expected_close_date": later(today, *days),
                }),
            )
            .await?;
        if let (true, Some(won)) = (*stage < 0, won) {
            let deal = api
                .post(&format!("/api/deals/{}/stage", id(&deal)?), json!({ "stage_id": won["id"] }))
                .await?;
            projects.push((clients[*client], deal["project_id"].as_str().unwrap_or_default().to_owned()));
        }
    }
    for (number, (client, project)) in projects.iter().enumerate() {
        work(api, me, currency, today, *client, project, number == 0).await?;
    }
    Ok(())
}

/// A project under way: tasks in every state, hours of this week, an expense, a portal and a draft.
async fn work(
    api: &Caller,
    me: MemberId,
    currency: &str,
    today: Date,
    client: Uuid,
    project: &str,
    large: bool,
) -> Result<()> {
    let patch = |path: String, body: Value| async move { api.send(Method::PATCH, &path, body).await };
    patch(format!("/api/projects/{project}"), json!({"status": "active", "deadline": later(today, 45), "budget_cents": 3_680_000, "hourly_rate_cents": 9_500})).await?;
    api.send(
        Method::PUT,
        &format!("/api/projects/{project}/members"),
        json!({"members": [{"member_id": me, "role": "lead"}]}),
    )
    .await?;
    let tasks =
        api.send(Method::GET, &format!("/api/projects/{project}/tasks?limit=50"), Value::Null).await?;
    let tasks = tasks["data"].as_array().cloned().unwrap_or_default();
    let states = if large {
        ["done", "done", "done", "review", "in_progress", "in_progress"]
    } else {
        ["done", "in_progress", "todo", "todo", "todo", "todo"]
    };
    for (task, (state, due)) in tasks.iter().zip(states.iter().zip([-9, -6, -2, 1, 3, 8])) {
        patch(format!("/api/tasks/{}", id(task)?), json!({"status": state, "assigned_to": me, "due_date": later(today, due), "is_client_visible": true})).await?;
    }
    for (days, seconds, what) in [
        (0, 5_400, "Page templates"),
        (0, 3_600, "Review with the client"),
        (-1, 10_800, "Navigation and search"),
    ] {
        let task = tasks.get(4).and_then(|task| task["id"].as_str());
        let date = later(today, days);
        where_open(api.post("/api/time-entries", json!({"project_id": project, "task_id": task, "date": date, "duration_seconds": seconds, "description": what, "is_billable": true})).await)?;
    }
    where_open(api.post("/api/expenses", json!({"project_id": project, "date": later(today, -2), "category": "software", "amount_cents": 4_900, "currency": currency, "is_billable": true, "description": "Stock photographs"})).await)?;
    if large {
        api.post("/api/portals", json!({"client_id": client, "title": "Website rebuild", "description": "How the new website comes along.", "project_ids": [project], "status": "active"})).await?;
        let deliverable = api
            .post(
                &format!("/api/projects/{project}/deliverables"),
                json!({"title": "Home page design", "description": "Desktop and phone."}),
            )
            .await?;
        api.post(
            &format!("/api/deliverables/{}/versions", id(&deliverable)?),
            json!({"url": "https://example.com/home-page"}),
        )
        .await?;
    }
    api.post(
        "/api/invoices",
        json!({"client_id": client, "notes": "Thank you for the good work together.", "lines": [
            {"description": "Discovery and concept", "quantity": "1", "unit_price_cents": 480_000},
            {"description": "Design of the first pages", "quantity": "24", "unit_price_cents": 9_500},
        ]}),
    )
    .await?;
    Ok(())
}

/// Weeks handed in and periods closed take nothing more; the story does without.
fn where_open(logged: Result<Value>) -> Result<()> {
    match logged {
        Err(error) if !error.is("refused") => Err(error),
        _ => Ok(()),
    }
}

fn later(today: Date, days: i32) -> Date {
    today.saturating_add(days.days())
}

fn id(value: &Value) -> Result<Uuid> {
    let text = value["id"].as_str().unwrap_or_default();
    text.parse().map_err(|_| rapport_base::Error::message(format!("an answer without an id: {value}")))
}
