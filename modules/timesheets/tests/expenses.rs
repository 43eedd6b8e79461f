use serde_json::json;

use crate::Team;

#[tokio::test]
async fn an_expense_goes_from_draft_to_spent() {
    let mut team = Team::gather().await;
    let new = json!({ "project_id": team.project, "date": "2026-11-18", "category": "Travel", "amount_cents": 10_000, "currency": "EUR", "markup_percent": 10, "description": "Train" });
    let made = team.member.api.json("POST", "/api/expenses", new).await.expect(201).json();
    assert_eq!((made["status"].as_str(), made["billable_cents"].as_i64()), (Some("draft"), Some(11_000)));
    let path = format!("/api/expenses/{}", made["id"].as_str().unwrap());
    let changed =
        team.member.api.json("PATCH", &path, json!({ "amount_cents": 20_000 })).await.expect(200).json();
    assert_eq!(changed["billable_cents"], 22_000);
    assert_eq!(team.owner.api.json("POST", &format!("{path}/approve"), json!({})).await.status, 409);
    team.member.api.json("POST", &format!("{path}/submit"), json!({})).await.expect(200);
    assert_eq!(
        team.member.api.json("PATCH", &path, json!({ "amount_cents": 1 })).await.expect(409).json()["code"],
        "expenses.locked"
    );
    assert_eq!(team.spent().await.0, 0);
    let approved =
        team.owner.api.json("POST", &format!("{path}/approve"), json!({})).await.expect(200).json();
    assert_eq!(approved["status"], "approved");
    assert_eq!(team.spent().await.0, 22_000);
    assert_eq!(team.owner.api.json("POST", &format!("{path}/approve"), json!({})).await.status, 409);
    let owner = team.world.owner().await;
    let error = owner.execute("update timesheets.expenses set amount_cents = 1", &[]).await.unwrap_err();
    assert_eq!(error.as_db_error().unwrap().constraint(), Some("expenses_approved_is_immutable"));
    team.owner.api.json("POST", &format!("{path}/reimburse"), json!({})).await.expect(200);
    team.check_sums().await;
}

#[tokio::test]
async fn an_expense_approved_twice_at_once_counts_once() {
    let mut team = Team::gather().await;
    let new = json!({ "project_id": team.project, "date": "2026-11-18", "category": "Travel", "amount_cents": 5_000 });
    let id = team.member.api.json("POST", "/api/expenses", new).await.expect(201).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    team.member.api.json("POST", &format!("/api/expenses/{id}/submit"), json!({})).await.expect(200);
    let approve = || {
        let mut api = team.owner.api.clone();
        let path = format!("/api/expenses/{id}/approve");
        async move { api.json("POST", &path, json!({})).await.status }
    };
    let (a, b) = tokio::join!(approve(), approve());
    let mut statuses = [a, b];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(team.spent().await.0, 5_000);
}

#[tokio::test]
async fn a_rejected_expense_is_corrected_and_handed_in_again() {
    let mut team = Team::gather().await;
    let new = json!({ "project_id": team.project, "date": "2026-11-18", "category": "Meals", "amount_cents": 900, "is_billable": false });
    let id = team.member.api.json("POST", "/api/expenses", new).await.expect(201).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/expenses/{id}");
    team.member.api.json("POST", &format!("{path}/submit"), json!({})).await.expect(200);
    assert_eq!(team.owner.api.json("POST", &format!("{path}/reject"), json!({})).await.status, 422);
    team.owner
        .api
        .json("POST", &format!("{path}/reject"), json!({ "comment": "Receipt?" }))
        .await
        .expect(200);
    team.member.api.json("PATCH", &path, json!({ "amount_cents": 800 })).await.expect(200);
    team.member.api.json("POST", &format!("{path}/submit"), json!({})).await.expect(200);
    team.owner.api.json("POST", &format!("{path}/approve"), json!({})).await.expect(200);
    assert_eq!(team.spent().await.0, 0, "what the client does not pay is not spent");
}

#[tokio::test]
async fn a_receipt_comes_with_its_expense_and_anything_else_is_refused() {
    let mut team = Team::gather().await;
    let project = team.project.to_string();
    let fields = [
        ("project_id", project.as_str()),
        ("date", "2026-11-18"),
        ("category", "Travel"),
        ("amount_cents", "4200"),
        ("is_billable", "true"),
    ];
    let receipt = [("receipt", "ticket.pdf", "application/pdf", files::testing::PDF)];
    let made = team.member.api.upload("/api/expenses", &fields, &receipt).await.expect(201).json();
    let file = made["receipt_file_id"].as_str().unwrap();
    team.member.http.get(&team.member.path(&format!("files/{file}"))).await.expect(200);
    let script = [("receipt", "ticket.pdf", "application/pdf", b"<script>alert(1)</script>".as_slice())];
    let refused = team.member.api.upload("/api/expenses", &fields, &script).await.expect(422).json();
    assert_eq!(refused["errors"][0]["field"], "receipt");
    let unknown = [("project_id", project.as_str()), ("status", "approved")];
    let refused = team.member.api.upload("/api/expenses", &unknown, &[]).await.expect(422).json();
    assert!(
        refused["errors"]
            .as_array()
            .unwrap()
            .iter()
            .any(|e| e["field"] == "status" && e["code"] == "unknown_field")
    );
}

#[tokio::test]
async fn expenses_are_in_the_currency_of_their_project_and_seen_by_few() {
    let mut team = Team::gather().await;
    let dollars = json!({ "project_id": team.project, "date": "2026-11-18", "category": "Travel", "amount_cents": 100, "currency": "USD" });
    let refused = team.member.api.json("POST", "/api/expenses", dollars).await.expect(422).json();
    assert_eq!(refused["errors"][0]["field"], "currency");
    let new = json!({ "project_id": team.project, "date": "2026-11-18", "category": "Travel", "amount_cents": 100 });
    let id = team.member.api.json("POST", "/api/expenses", new.clone()).await.expect(201).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut other = identity::testing::member(&team.world, &team.owner, "member").await;
    assert_eq!(other.api.get(&format!("/api/expenses/{id}")).await.status, 404);
    assert_eq!(other.api.get("/api/expenses").await.expect(200).json()["total"], 0);
    assert_eq!(
        other.api.json("POST", "/api/expenses", new).await.expect(422).json()["errors"][0]["field"],
        "project_id"
    );
    let mut viewer = identity::testing::member(&team.world, &team.owner, "viewer").await;
    assert_eq!(viewer.api.get("/api/expenses").await.status, 403);
    assert_eq!(team.owner.api.get("/api/expenses?status=draft").await.expect(200).json()["total"], 1);
    let own = json!({ "project_id": team.project, "date": "2026-11-18", "category": "Travel", "amount_cents": 100 });
    let mut manager = identity::testing::member(&team.world, &team.owner, "manager").await;
    let tx = team.tx().await;
    projects::testing::assign(&tx, team.project, manager.member_id, projects::MemberRole::Lead).await;
    tx.commit().await.unwrap();
    let id = manager.api.json("POST", "/api/expenses", own).await.expect(201).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    manager.api.json("POST", &format!("/api/expenses/{id}/submit"), json!({})).await.expect(200);
    assert_eq!(
        manager.api.json("POST", &format!("/api/expenses/{id}/approve"), json!({})).await.expect(403).json()
            ["code"],
        "expenses.own"
    );
}
