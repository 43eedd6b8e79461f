use serde_json::json;

use crate::Team;

#[tokio::test]
async fn every_page_opens_for_those_who_may_see_it_empty_and_filled() {
    let mut team = Team::gather().await;
    let mut viewer = identity::testing::member(&team.world, &team.owner, "viewer").await;
    let pages = [
        "time",
        "time?copy=rows",
        "time/day",
        "time/list",
        "time/timer",
        "time/approvals",
        "expenses",
        "expenses/new",
        "time?week=2026-11-10&dialog=submit-week",
    ];
    for filled in [false, true] {
        if filled {
            team.member.api.json("POST", "/api/time-entries", team.hour("2026-11-19")).await.expect(201);
            team.member.api.json("POST", "/api/time-entries", team.hour("2026-11-12")).await.expect(201);
            let expense = json!({ "project_id": team.project, "date": "2026-11-18", "category": "Travel", "amount_cents": 4_200 });
            team.member.api.json("POST", "/api/expenses", expense).await.expect(201);
            team.owner
                .api
                .json("POST", "/api/timer/start", json!({ "project_id": team.project }))
                .await
                .expect(201);
        }
        for page in pages {
            team.owner.http.get(&team.owner.path(page)).await.expect(200);
            let status = if page == "time/approvals" { 403 } else { 200 };
            team.member.http.get(&team.member.path(page)).await.expect(status);
        }
        for page in ["time", "time/day", "time/list"] {
            let text = viewer.http.get(&viewer.path(page)).await.expect(200).text();
            assert!(!text.contains("Save week") && !text.contains("€"), "{page}");
        }
        viewer.http.get(&viewer.path("expenses")).await.expect(403);
    }
    let sheet = team
        .member
        .api
        .json("POST", "/api/timesheets/submit", json!({ "week": "2026-11-12" }))
        .await
        .expect(200)
        .json();
    let sheet = format!("time/sheets/{}", sheet["id"].as_str().unwrap());
    let entry = team.member.api.get("/api/time-entries").await.expect(200).json()["data"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let expense = team.member.api.get("/api/expenses").await.expect(200).json()["data"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for page in [
        sheet,
        format!("time/entries/{entry}"),
        format!("expenses/{expense}"),
        "time/approvals".into(),
        "time?week=2026-11-12".into(),
    ] {
        team.owner.http.get(&team.owner.path(&page)).await.expect(200);
    }
    team.member.http.get(&team.member.path(&format!("expenses/{expense}/edit"))).await.expect(200);
}

#[tokio::test]
async fn a_week_is_filled_in_as_a_grid_and_only_what_changed_is_saved() {
    let mut team = Team::gather().await;
    let (save, work) = (team.member.path("time/week"), team.project.to_string());
    let first = [
        ("week", "2026-11-16"),
        ("work.new0", work.as_str()),
        ("c.new0.0", "1:30"),
        ("c.new0.1", "2"),
        ("c.new0.2", ""),
    ];
    team.member.http.post(&save, &first).await.expect(303);
    assert_eq!(team.spent().await, (35_000, 12_600));
    let (monday, tuesday, was_monday, was_tuesday) =
        (format!("c.{work}.0"), format!("c.{work}.1"), format!("was.{work}.0"), format!("was.{work}.1"));
    let page = team.member.http.get(&team.member.path("time?week=2026-11-16")).await.expect(200).text();
    assert!(page.contains(&format!("name=\"{monday}\"")) && page.contains("value=\"1:30\""), "{page}");
    let second = [
        ("week", "2026-11-16"),
        (&monday, ""),
        (&was_monday, "5400"),
        (&tuesday, "2:00"),
        (&was_tuesday, "7200"),
    ];
    team.member.http.post(&save, &second).await.expect(303);
    assert_eq!(team.spent().await, (20_000, 7_200));
    let meanwhile = [("week", "2026-11-16"), (tuesday.as_str(), "3:00"), (was_tuesday.as_str(), "3600")];
    let refused = team.member.http.post(&save, &meanwhile).await.expect(422).text();
    assert!(refused.contains("changed elsewhere meanwhile") && refused.contains("value=\"3:00\""));
    let nonsense = [("week", "2026-11-16"), (tuesday.as_str(), "abc"), (was_tuesday.as_str(), "7200")];
    assert!(team.member.http.post(&save, &nonsense).await.expect(422).text().contains("Write a duration"));
    let future = [("week", "2026-11-16"), ("work.new0", work.as_str()), ("c.new0.6", "1")];
    assert!(team.member.http.post(&save, &future).await.expect(422).text().contains("yet to come"));
    team.check_sums().await;
}

#[tokio::test]
async fn last_week_is_copied_into_the_days_that_are_over() {
    let mut team = Team::gather().await;
    for day in ["2026-11-09", "2026-11-12", "2026-11-14"] {
        team.member.api.json("POST", "/api/time-entries", team.hour(day)).await.expect(201);
    }
    team.member.api.json("POST", "/api/time-entries", team.hour("2026-11-19")).await.expect(201);
    let rows =
        team.member.http.get(&team.member.path("time?copy=rows&week=2026-11-02")).await.expect(200).text();
    assert!(!rows.contains(&format!("name=\"c.{}.0\"", team.project)));
    let rows =
        team.member.http.get(&team.member.path("time?copy=rows&week=2026-11-16")).await.expect(200).text();
    assert!(rows.contains(&format!("name=\"c.{}.0\"", team.project)));
    team.member.http.post(&team.member.path("time/copy"), &[("week", "2026-11-16")]).await.expect(303);
    let sheet = team.member.api.get("/api/timesheets?week=2026-11-16").await.expect(200).json();
    let days: Vec<_> =
        sheet["days"].as_array().unwrap().iter().map(|day| day["total_seconds"].as_i64().unwrap()).collect();
    assert_eq!(days, [3_600, 0, 0, 3_600, 0, 0, 0]);
}

#[tokio::test]
async fn forms_show_what_was_typed_with_the_error_beside_its_field() {
    let mut team = Team::gather().await;
    let project = team.project.to_string();
    let entry = [
        ("work", project.as_str()),
        ("date", "2026-11-25"),
        ("duration", "1:15"),
        ("description", "Kick-off"),
    ];
    let page = team.member.http.post(&team.member.path("time/entries"), &entry).await.expect(422).text();
    assert!(page.contains("yet to come") && page.contains("value=\"1:15\"") && page.contains("Kick-off"));
    let overnight = [
        ("work", project.as_str()),
        ("date", "2026-11-18"),
        ("from", "22:00"),
        ("to", "01:30"),
        ("non_billable", "on"),
    ];
    team.member.http.post(&team.member.path("time/entries"), &overnight).await.expect(303);
    assert_eq!(team.spent().await, (0, 12_600));
    let expense =
        [("project_id", project.as_str()), ("date", "2026-11-18"), ("category", "Travel"), ("amount", "abc")];
    let page = team.member.http.upload(&team.member.path("expenses"), &expense, &[]).await.expect(422).text();
    assert!(page.contains("Write an amount") && page.contains("value=\"abc\""));
    let right = [
        ("project_id", project.as_str()),
        ("date", "2026-11-18"),
        ("category", "Travel"),
        ("amount", "42.50"),
        ("is_billable", "on"),
        ("then", "submit"),
    ];
    let made = team
        .member
        .http
        .upload(
            &team.member.path("expenses"),
            &right,
            &[("receipt", "r.png", "image/png", files::testing::PNG)],
        )
        .await
        .expect(303);
    let page = team.owner.http.get(made.location()).await.expect(200).text();
    assert!(page.contains("€42.50") && page.contains("Approve"));
    team.owner.http.post(&format!("{}/approve", made.location()), &[]).await.expect(303);
    assert_eq!(team.spent().await.0, 4_250);
}

#[tokio::test]
async fn a_week_is_submitted_returned_and_approved_in_the_browser() {
    let mut team = Team::gather().await;
    team.member.api.json("POST", "/api/time-entries", team.hour("2026-11-19")).await.expect(201);
    team.member
        .http
        .post(&team.member.path("time/submit"), &[("week", "2026-11-16"), ("note", "Busy")])
        .await
        .expect(303);
    let approvals = team.owner.http.get(&team.owner.path("time/approvals")).await.expect(200).text();
    assert!(approvals.contains("Busy") && approvals.contains("Not handed in"));
    let sheet = team.member.api.get("/api/timesheets?week=2026-11-16").await.expect(200).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = team.owner.path(&format!("time/sheets/{sheet}"));
    assert!(
        team.owner
            .http
            .post(&format!("{path}/reject"), &[])
            .await
            .expect(422)
            .text()
            .contains("Say what is to be corrected.")
    );
    team.owner.http.post(&format!("{path}/reject"), &[("comment", "Friday is missing")]).await.expect(303);
    assert!(
        team.member
            .http
            .get(&team.member.path("time?week=2026-11-16"))
            .await
            .expect(200)
            .text()
            .contains("Friday is missing")
    );
    team.member.http.post(&team.member.path("time/submit"), &[("week", "2026-11-16")]).await.expect(303);
    team.owner.http.post(&format!("{path}/approve"), &[("comment", "Thanks")]).await.expect(303);
    assert!(team.owner.http.get(&path).await.expect(200).text().contains("Thanks"));
    let again = team.owner.http.post(&format!("{path}/approve"), &[]).await.expect(422).text();
    assert!(again.contains("approved by"));
    assert_eq!(
        team.member.http.post(&team.member.path(&format!("time/sheets/{sheet}/approve")), &[]).await.status,
        403
    );
}
