use identity::testing::{Signed, member};
use serde_json::{Value, json};

use crate::Team;

/// The owner is away today and tomorrow, and someone who is not on the project decides.
async fn deputy(team: &mut Team) -> Signed {
    let deputy = member(&team.world, &team.owner, "member").await;
    let days = json!({ "deputy_id": deputy.member_id, "from": "2026-11-20", "until": "2026-11-21" });
    team.owner.api.json("POST", "/api/deputies", days).await.expect(201);
    deputy
}

async fn submitted(of: &mut Signed) -> String {
    let week = json!({ "week": "2026-11-20" });
    let sheet = of.http.json("POST", "/api/timesheets/submit", week).await.expect(200).json();
    sheet["id"].as_str().unwrap().to_owned()
}

async fn expense(team: &mut Team) -> String {
    let train = json!({ "project_id": team.project, "date": "2026-11-19", "category": "Travel", "amount_cents": 900 });
    let made = team.member.api.json("POST", "/api/expenses", train).await.expect(201).json();
    let id = made["id"].as_str().unwrap().to_owned();
    team.member.api.json("POST", &format!("/api/expenses/{id}/submit"), json!({})).await.expect(200);
    id
}

#[tokio::test]
async fn a_deputy_sees_the_receipts_of_projects_they_do_not_work_on() {
    let mut team = Team::gather().await;
    let project = team.project.to_string();
    let fields = [
        ("project_id", project.as_str()),
        ("date", "2026-11-19"),
        ("category", "Travel"),
        ("amount_cents", "900"),
    ];
    let receipt = [("receipt", "ticket.pdf", "application/pdf", files::testing::PDF)];
    let made = team.member.api.upload("/api/expenses", &fields, &receipt).await.expect(201).json();
    let id = made["id"].as_str().unwrap();
    let (page, api) =
        (team.owner.path(&format!("expenses/{id}/receipt")), format!("/api/expenses/{id}/receipt"));
    let mut nobody = member(&team.world, &team.owner, "member").await;
    nobody.http.get(&page).await.expect(404);
    nobody.api.get(&api).await.expect(404);
    let mut deputy = deputy(&mut team).await;
    let shown = deputy.http.get(&deputy.path(&format!("expenses/{id}"))).await.expect(200).text();
    assert!(shown.contains(&page), "{shown}");
    for mut by in [deputy, team.member.clone(), team.owner.clone()] {
        let bytes = by.http.get(&format!("{page}?inline=1")).await.expect(200);
        assert_eq!(bytes.body, files::testing::PDF);
        by.api.get(&api).await.expect(200);
    }
}

async fn decide(by: &mut Signed, path: &str, comment: &str) -> (u16, Value) {
    let reply = by.http.json("POST", path, json!({ "comment": comment })).await;
    (reply.status, reply.json())
}

#[tokio::test]
async fn a_deputy_sees_what_waits_and_approves_rejects_and_reopens_it() {
    let mut team = Team::gather().await;
    let id = submitted(&mut team.member).await;
    let expense = expense(&mut team).await;
    let mut nobody = member(&team.world, &team.owner, "member").await;
    assert_eq!(decide(&mut nobody, &format!("/api/timesheets/{id}/approve"), "").await.0, 403);
    assert_eq!(decide(&mut nobody, &format!("/api/expenses/{expense}/approve"), "").await.0, 403);

    let mut deputy = deputy(&mut team).await;
    let waiting = deputy.http.get("/api/timesheets/waiting").await.expect(200).json();
    assert_eq!(waiting["data"][0]["id"], json!(id));
    let page = deputy.http.get(&deputy.path("time/approvals")).await.expect(200).text();
    assert!(page.contains("You decide for Ada Morel until 21 Nov."), "{page}");
    assert!(!page.contains("Name a deputy"), "what was lent is not lent on");
    deputy.http.get(&deputy.path(&format!("time/sheets/{id}"))).await.expect(200);
    deputy.http.get(&deputy.path(&format!("expenses/{expense}"))).await.expect(200);

    let (status, sheet) = decide(&mut deputy, &format!("/api/timesheets/{id}/approve"), "Fine").await;
    assert_eq!((status, &sheet["decided_by_name"]), (200, &json!("Member Lind")));
    assert_eq!(sheet["decided_by"], json!(deputy.member_id));
    assert_eq!(decide(&mut deputy, &format!("/api/timesheets/{id}/reopen"), "").await.0, 200);
    submitted(&mut team.member).await;
    assert_eq!(decide(&mut deputy, &format!("/api/timesheets/{id}/reject"), "Short").await.0, 200);
    let (status, decided) = decide(&mut deputy, &format!("/api/expenses/{expense}/approve"), "").await;
    assert_eq!((status, &decided["status"]), (200, &json!("approved")));
    team.check_sums().await;
}

#[tokio::test]
async fn a_deputy_decides_for_who_is_away_but_never_on_the_own_week() {
    let mut team = Team::gather().await;
    let mut deputy = deputy(&mut team).await;
    let (own, owners) = (submitted(&mut deputy).await, submitted(&mut team.owner).await);
    let (status, problem) = decide(&mut deputy, &format!("/api/timesheets/{own}/approve"), "").await;
    assert_eq!((status, &problem["code"]), (403, &json!("timesheets.own")));
    assert_eq!(decide(&mut deputy, &format!("/api/timesheets/{owners}/approve"), "").await.0, 200);
    let page = team.owner.http.get(&team.owner.path("time/approvals")).await.expect(200).text();
    assert!(page.contains(">Name a deputy</a>") && !page.contains("You decide for"), "{page}");
}

#[tokio::test]
async fn a_deputy_is_refused_as_soon_as_the_last_day_is_over() {
    let mut team = Team::gather().await;
    let mut deputy = deputy(&mut team).await;
    let id = submitted(&mut team.member).await;
    team.at("2026-11-21T23:59:59Z");
    deputy.http.get(&deputy.path("time/approvals")).await.expect(200);
    team.at("2026-11-22T00:00:00Z");
    assert_eq!(decide(&mut deputy, &format!("/api/timesheets/{id}/approve"), "").await.0, 403);
    deputy.http.get("/api/timesheets/waiting").await.expect(403);
    deputy.http.get(&deputy.path("time/approvals")).await.expect(403);
    deputy.http.get(&deputy.path(&format!("time/sheets/{id}"))).await.expect(404);
    assert_eq!(decide(&mut deputy, &format!("/api/timesheets/{id}/reopen"), "").await.0, 404);
}
