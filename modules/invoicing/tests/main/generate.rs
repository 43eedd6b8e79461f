use serde_json::{Value, json};

use crate::{Desk, desk, path};

async fn milestone(desk: &mut Desk, project: projects::ProjectId, cents: i64) {
    let body = json!({ "title": "Launch", "amount_cents": cents });
    let made = desk.post(&format!("/api/projects/{project}/milestones"), body).await.expect(201).json();
    let to = format!("/api/milestones/{}", made["id"].as_str().unwrap());
    desk.owner.api.json("PATCH", &to, json!({ "status": "completed" })).await.expect(200);
}

#[tokio::test]
async fn approved_work_becomes_lines_that_name_their_sources() {
    let mut desk = desk().await;
    let project = desk.project("Website").await;
    desk.approved_time(project, &[3_600, 5_400]).await;
    desk.expense(project, 4_250).await;
    milestone(&mut desk, project, 200_000).await;
    let waiting = desk.get(&format!("/api/billable?client_id={}", desk.client)).await;
    assert_eq!(waiting["total"], 4);
    let invoice = desk
        .post("/api/invoices", json!({ "client_id": desk.client, "group_by": "project" }))
        .await
        .expect(201)
        .json();
    let lines = invoice["lines"].as_array().unwrap();
    let kinds: Vec<&str> = lines.iter().map(|line| line["source_kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["time", "milestone", "expense"]);
    assert_eq!(
        (&lines[0]["quantity"], &lines[0]["unit"], &lines[0]["amount_cents"]),
        (&json!(2.5), &json!("h"), &json!(25_000))
    );
    assert_eq!(lines[0]["source"]["items"].as_array().unwrap().len(), 2);
    assert_eq!(lines[0]["source"]["items"][1]["amount_cents"], 15_000);
    assert_eq!(invoice["total_cents"], 25_000 + 200_000 + 4_250);
    assert_eq!(invoice["project_id"], json!(project));
    assert_eq!(desk.get(&format!("/api/billable?client_id={}", desk.client)).await["total"], 0);
    let again = desk.post("/api/invoices", json!({ "client_id": desk.client })).await.expect(422).json();
    assert_eq!(again["code"], "nothing_to_bill");
    desk.proven().await;
}

#[tokio::test]
async fn only_what_was_asked_for_is_billed() {
    let mut desk = desk().await;
    let (first, second) = (desk.project("Website").await, desk.project("App").await);
    desk.approved_time(first, &[3_600]).await;
    desk.expense(second, 4_250).await;
    let body = json!({ "client_id": desk.client, "include": ["time"] });
    let time = desk.post("/api/invoices", body).await.expect(201).json();
    assert_eq!((time["lines"].as_array().unwrap().len(), &time["total_cents"]), (1, &json!(10_000)));
    let body = json!({ "client_id": desk.client, "project_ids": [first] });
    assert_eq!(desk.post("/api/invoices", body).await.expect(422).json()["code"], "nothing_to_bill");
    let body = json!({ "client_id": desk.client, "from": "2026-11-12" });
    assert_eq!(desk.post("/api/invoices", body).await.expect(422).json()["code"], "nothing_to_bill");
    let body = json!({ "client_id": desk.client, "project_ids": [second], "to": "2026-11-12", "lines": [{ "description": "Fee", "unit_price_cents": 100 }], "include": ["expenses"] });
    let rest = desk.post("/api/invoices", body).await.expect(201).json();
    assert_eq!(rest["total_cents"], 4_350);
}

#[tokio::test]
async fn what_two_people_bill_at_once_is_billed_once() {
    let mut desk = desk().await;
    let project = desk.project("Website").await;
    desk.approved_time(project, &[3_600, 3_600, 3_600]).await;
    desk.expense(project, 4_250).await;
    milestone(&mut desk, project, 1_000).await;
    let generate = || {
        let mut api = desk.owner.api.clone();
        let body = json!({ "client_id": desk.client });
        async move { api.json("POST", "/api/invoices", body).await }
    };
    let all = tokio::join!(generate(), generate(), generate(), generate());
    let all = [all.0, all.1, all.2, all.3];
    let made: Vec<Value> = all.iter().filter(|reply| reply.status == 201).map(|reply| reply.json()).collect();
    assert_eq!(made.len(), 1, "{:?}", all.iter().map(|r| r.text()).collect::<Vec<_>>());
    for refused in all.iter().filter(|reply| reply.status != 201) {
        assert!(
            ["nothing_to_bill", "timesheets.taken", "milestones.taken"]
                .contains(&refused.json()["code"].as_str().unwrap())
        );
    }
    let held: i64 = desk
        .world
        .owner()
        .await
        .query_one("select count(*) from invoicing.invoice_line_sources where released_at is null", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(held, 5);
    assert_eq!(made[0]["total_cents"], 30_000 + 4_250 + 1_000);
}

#[tokio::test]
async fn deleting_a_draft_and_voiding_an_invoice_set_the_work_free() {
    let mut desk = desk().await;
    let project = desk.project("Website").await;
    desk.approved_time(project, &[3_600]).await;
    desk.expense(project, 4_250).await;
    let all = json!({ "client_id": desk.client });
    let draft = desk.post("/api/invoices", all.clone()).await.expect(201).json();
    desk.owner.api.delete(&path(&draft)).await.expect(204);
    let second = desk.post("/api/invoices", all.clone()).await.expect(201).json();
    desk.post(&format!("{}/issue", path(&second)), json!({})).await.expect(200);
    desk.post("/api/invoices", all.clone()).await.expect(422);
    desk.post(&format!("{}/void", path(&second)), json!({ "reason": "Wrong rate" })).await.expect(200);
    let third = desk.post("/api/invoices", all).await.expect(201).json();
    assert_eq!(third["total_cents"], 14_250);
    let void = desk.get(&path(&second)).await;
    assert_eq!(
        void["lines"][0]["source"]["items"].as_array().unwrap().len(),
        1,
        "a void invoice still says what it billed"
    );
}

#[tokio::test]
async fn a_line_taken_off_a_draft_sets_its_work_free_and_the_rest_stays_held() {
    let mut desk = desk().await;
    let project = desk.project("Website").await;
    desk.approved_time(project, &[3_600]).await;
    desk.expense(project, 4_250).await;
    let draft = desk.post("/api/invoices", json!({ "client_id": desk.client })).await.expect(201).json();
    let time = &draft["lines"][0];
    let lines = json!([{ "id": time["id"], "description": "Design", "quantity": 1, "unit": "h", "unit_price_cents": 9_000 }]);
    let changed =
        desk.owner.api.json("PATCH", &path(&draft), json!({ "lines": lines })).await.expect(200).json();
    assert_eq!(
        (&changed["total_cents"], &changed["lines"][0]["source_kind"]),
        (&json!(9_000), &json!("time"))
    );
    let waiting = desk.get(&format!("/api/billable?client_id={}", desk.client)).await;
    assert_eq!((&waiting["total"], &waiting["data"][0]["kind"]), (&json!(1), &json!("expense")));
}

#[tokio::test]
async fn work_that_is_billed_cannot_be_changed_below() {
    let mut desk = desk().await;
    let project = desk.project("Website").await;
    desk.approved_time(project, &[3_600]).await;
    let invoice = desk.post("/api/invoices", json!({ "client_id": desk.client })).await.expect(201).json();
    let entry = invoice["lines"][0]["source"]["items"][0]["id"].as_str().unwrap().to_owned();
    desk.owner.api.delete(&format!("/api/time-entries/{entry}")).await.expect(409);
}
