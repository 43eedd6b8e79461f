use jiff::civil::date;
use serde_json::json;
use timesheets::{
    ExpenseId, TimeEntryId, mark_invoiced_in, release_in, reserve_expenses_in, reserve_time_in, testing,
};
use uuid::Uuid;

use crate::Team;

async fn approved(team: &Team) -> (Vec<TimeEntryId>, ExpenseId) {
    let (app, workspace, member) = (&team.world.app, team.owner.workspace_id, team.member.member_id);
    let mut entries = Vec::new();
    for day in 16..=19 {
        entries.push(
            testing::logged(app, workspace, member, (team.project, None), date(2026, 11, day), 3_600).await,
        );
    }
    testing::approved(app, workspace, member, team.owner.member_id, date(2026, 11, 16)).await;
    let expense =
        testing::approved_expense(app, workspace, member, team.project, date(2026, 11, 17), 4_200).await;
    (entries, expense)
}

async fn billable(team: &Team) -> (i64, i64) {
    let tx = team.tx().await;
    let time = tx.scalar("select count(*) from timesheets.v_billable_time where workspace_id = $1 and timesheet_status = 'approved' and amount_cents = 10000", &[&tx.workspace()]).await.unwrap();
    let expenses = tx
        .scalar(
            "select count(*) from timesheets.v_billable_expenses where workspace_id = $1",
            &[&tx.workspace()],
        )
        .await
        .unwrap();
    (time, expenses)
}

#[tokio::test]
async fn two_who_bill_at_once_never_both_get_an_entry() {
    let team = Team::gather().await;
    let (entries, _) = approved(&team).await;
    let take = |order: Vec<TimeEntryId>| {
        let team = &team;
        async move {
            let tx = team.tx().await;
            let invoice = Uuid::now_v7();
            let lines: Vec<(TimeEntryId, Uuid)> = order.into_iter().map(|id| (id, Uuid::now_v7())).collect();
            match reserve_time_in(&tx, invoice, &lines).await {
                Ok(()) => {
                    tx.commit().await.unwrap();
                    true
                }
                Err(error) => {
                    assert!(error.is("timesheets.taken"), "{error:?}");
                    false
                }
            }
        }
    };
    let mut backwards = entries.clone();
    backwards.reverse();
    let (a, b, c) = tokio::join!(take(entries.clone()), take(backwards), take(entries[1..3].to_vec()));
    assert!([a, b, c].iter().filter(|won| **won).count() == 1, "{a} {b} {c}");
}

#[tokio::test]
async fn what_an_invoice_holds_cannot_change_and_is_billable_again_once_it_is_free() {
    let mut team = Team::gather().await;
    let (entries, expense) = approved(&team).await;
    assert_eq!(billable(&team).await, (4, 1));
    let invoice = Uuid::now_v7();
    let tx = team.tx().await;
    let lines: Vec<(TimeEntryId, Uuid)> = entries.iter().map(|id| (*id, Uuid::now_v7())).collect();
    reserve_time_in(&tx, invoice, &lines).await.unwrap();
    reserve_expenses_in(&tx, invoice, &[(expense, Uuid::now_v7())]).await.unwrap();
    assert_eq!(mark_invoiced_in(&tx, invoice, tx.now()).await.unwrap(), 5);
    tx.commit().await.unwrap();
    assert_eq!(billable(&team).await, (0, 0));
    assert_eq!(
        team.owner.api.get(&format!("/api/expenses/{expense}")).await.expect(200).json()["status"],
        "invoiced"
    );
    let adjust = team
        .owner
        .api
        .json(
            "POST",
            &format!("/api/time-entries/{}/adjust", entries[0]),
            json!({ "billable_seconds": 60, "reason": "x" }),
        )
        .await;
    assert_eq!(adjust.expect(409).json()["code"], "timesheets.invoiced");
    let sheet = team
        .owner
        .api
        .get(&format!("/api/timesheets?week=2026-11-16&member_id={}", team.member.member_id))
        .await
        .expect(200)
        .json();
    let reopen = format!("/api/timesheets/{}/reopen", sheet["id"].as_str().unwrap());
    assert_eq!(
        team.owner.api.json("POST", &reopen, json!({})).await.expect(409).json()["code"],
        "timesheets.invoiced"
    );
    let owner = team.world.owner().await;
    let error = owner.execute("update timesheets.time_entries set billable_seconds = 60, billable_reason = 'x', billable_set_by = member_id", &[]).await.unwrap_err();
    assert_eq!(error.as_db_error().unwrap().constraint(), Some("time_entries_locked_by_invoice"));
    let tx = team.tx().await;
    assert_eq!(release_in(&tx, invoice).await.unwrap(), 5);
    tx.commit().await.unwrap();
    assert_eq!(billable(&team).await, (4, 1));
    team.owner.api.json("POST", &reopen, json!({})).await.expect(200);
    team.check_sums().await;
}

#[tokio::test]
async fn time_reserved_before_its_approval_keeps_its_value() {
    let mut team = Team::gather().await;
    let id = testing::logged(
        &team.world.app,
        team.owner.workspace_id,
        team.member.member_id,
        (team.project, None),
        date(2026, 11, 16),
        3_600,
    )
    .await;
    let tx = team.tx().await;
    reserve_time_in(&tx, Uuid::now_v7(), &[(id, Uuid::now_v7())]).await.unwrap();
    tx.commit().await.unwrap();
    let refused = team
        .member
        .api
        .json("PATCH", &format!("/api/time-entries/{id}"), json!({ "duration_seconds": 60 }))
        .await
        .expect(409)
        .json();
    assert_eq!(refused["code"], "timesheets.invoiced");
    let sheet = team
        .member
        .api
        .json("POST", "/api/timesheets/submit", json!({ "week": "2026-11-16" }))
        .await
        .expect(200)
        .json();
    team.owner
        .api
        .json("POST", &format!("/api/timesheets/{}/approve", sheet["id"].as_str().unwrap()), json!({}))
        .await
        .expect(200);
    assert_eq!(team.spent().await, (10_000, 3_600));
    team.check_sums().await;
}
