//! Rates that change, from a day on or for all time that is not approved.

use identity::testing::member;
use jiff::civil::{Date, date};
use projects::{
    MemberRole, ProjectId, TaskId,
    rates::{self, Rates},
};
use serde_json::json;

use crate::{begin, client, house, id, project};

const YESTERDAY: Date = date(2026, 11, 19);
const TODAY: Date = date(2026, 11, 20);

/// One project with a task and a member, and what an hour of hers on it is worth.
struct Place {
    world: rapport_testkit::World,
    owner: identity::testing::Signed,
    mia: identity::testing::Signed,
    project: ProjectId,
    task: TaskId,
}

impl Place {
    async fn prepare() -> Self {
        let (world, mut owner) = house().await;
        let mia = member(&world, &owner, "member").await;
        let client = client(&world, &owner).await;
        let project = ProjectId(project(&mut owner, client, "Relaunch").await.parse().unwrap());
        let tx = begin(&world, &owner).await;
        projects::testing::assign(&tx, project, mia.member_id, MemberRole::Contributor).await;
        tx.commit().await.unwrap();
        let tasks = format!("/api/projects/{project}/tasks");
        let task = owner.api.json("POST", &tasks, json!({ "title": "Special" })).await.expect(201).json();
        Self { task: TaskId(id(&task).parse().unwrap()), world, owner, mia, project }
    }
    async fn on(&self, day: Date) -> Rates {
        let tx = begin(&self.world, &self.owner).await;
        rates::for_entry(&tx, self.project, Some(self.task), self.mia.member_id, day).await.unwrap()
    }
    async fn billed(&self, day: Date) -> i64 {
        self.on(day).await.billing_rate_cents
    }
    async fn patch(&mut self, path: &str, change: serde_json::Value) {
        self.owner.api.json("PATCH", path, change).await.expect(200);
    }
}

#[tokio::test]
async fn a_rate_that_changes_from_a_day_on_leaves_earlier_days_as_they_were_wherever_it_stands() {
    let mut place = Place::prepare().await;
    let (project, task, mia) = (place.project, place.task, place.mia.member_id);
    let (project, task) = (format!("/api/projects/{project}"), format!("/api/tasks/{task}"));
    assert_eq!(place.billed(TODAY).await, 9_000);

    place.patch(&project, json!({ "hourly_rate_cents": null, "rate_from": TODAY })).await;
    assert_eq!((place.billed(YESTERDAY).await, place.billed(TODAY).await), (9_000, 0));
    place.patch("/api/workspace", json!({ "default_hourly_rate_cents": 5_000, "rate_from": TODAY })).await;
    assert_eq!((place.billed(YESTERDAY).await, place.billed(TODAY).await), (9_000, 5_000));
    let member = format!("/api/team/members/{mia}");
    let rates = json!({ "hourly_rate_cents": 6_000, "cost_rate_cents": 3_000, "rate_from": TODAY });
    place.patch(&member, rates).await;
    assert_eq!((place.billed(YESTERDAY).await, place.billed(TODAY).await), (9_000, 6_000));
    assert_eq!(place.on(YESTERDAY).await.cost_rate_cents, None);
    assert_eq!(place.on(TODAY).await.cost_rate_cents, Some(3_000));
    let team = json!({ "members": [{ "member_id": mia, "hourly_rate_cents": 7_000 }], "rate_from": TODAY });
    place.owner.api.json("PUT", &format!("{project}/members"), team).await.expect(200);
    assert_eq!((place.billed(YESTERDAY).await, place.billed(TODAY).await), (9_000, 7_000));
    place.patch(&task, json!({ "hourly_rate_cents": 8_000, "rate_from": TODAY })).await;
    assert_eq!((place.billed(YESTERDAY).await, place.billed(TODAY).await), (9_000, 8_000));
}

#[tokio::test]
async fn without_a_day_a_rate_counts_for_all_days() {
    let mut place = Place::prepare().await;
    let project = format!("/api/projects/{}", place.project);
    place.patch(&project, json!({ "hourly_rate_cents": 10_000, "rate_from": TODAY })).await;
    assert_eq!(place.billed(YESTERDAY).await, 9_000);
    place.patch(&project, json!({ "hourly_rate_cents": 11_000 })).await;
    assert_eq!((place.billed(YESTERDAY).await, place.billed(TODAY).await), (11_000, 11_000));
}

#[tokio::test]
async fn each_day_has_the_rate_that_was_last_said_for_it() {
    let mut place = Place::prepare().await;
    let project = format!("/api/projects/{}", place.project);
    for (rate, from) in
        [(10_000, date(2026, 11, 2)), (12_000, date(2026, 11, 16)), (13_000, date(2026, 11, 16))]
    {
        place.patch(&project, json!({ "hourly_rate_cents": rate, "rate_from": from })).await;
    }
    let days = [date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 15), date(2026, 11, 16)];
    let mut seen = Vec::new();
    for day in days {
        seen.push(place.billed(day).await);
    }
    assert_eq!(seen, [9_000, 10_000, 10_000, 13_000]);
    place.patch(&project, json!({ "hourly_rate_cents": 14_000, "rate_from": date(2026, 11, 9) })).await;
    let mut seen = Vec::new();
    for day in [date(2026, 11, 8), date(2026, 11, 9), date(2026, 11, 16)] {
        seen.push(place.billed(day).await);
    }
    assert_eq!(seen, [10_000, 14_000, 14_000], "an earlier first day takes over from the later one");
}

#[tokio::test]
async fn a_rate_cannot_begin_on_a_day_to_come() {
    let mut place = Place::prepare().await;
    let change = json!({ "hourly_rate_cents": 1, "rate_from": date(2026, 11, 21) });
    let refused =
        place.owner.api.json("PATCH", &format!("/api/projects/{}", place.project), change).await.expect(422);
    assert_eq!(refused.json()["errors"][0]["field"], "rate_from");
    assert_eq!(place.billed(TODAY).await, 9_000);
}

#[tokio::test]
async fn the_settings_ask_which_time_gets_the_new_rate_and_tell_what_it_was_before() {
    let mut place = Place::prepare().await;
    let path = place.owner.path(&format!("projects/{}/settings", place.project));
    let page = place.owner.http.get(&path).await.expect(200).text();
    assert!(page.contains("Which time gets the new rate?") && page.contains(r#"value="2026-11-20""#));
    let fields = |counts, from| {
        [
            ("name", "Relaunch"),
            ("status", "active"),
            ("billing_type", "hourly"),
            ("rate", "120"),
            ("rate_counts", counts),
            ("rate_from", from),
            ("version", "1"),
        ]
    };
    let refused = place.owner.http.post(&path, &fields("from", "")).await.expect(422).text();
    assert!(refused.contains("Choose the first day of the new rate."), "{refused}");
    place.owner.http.post(&path, &fields("from", "2026-11-20")).await.expect(303);
    assert_eq!((place.billed(YESTERDAY).await, place.billed(TODAY).await), (9_000, 12_000));
    let page = place.owner.http.get(&path).await.expect(200).text();
    assert!(page.contains("Earlier rates") && page.contains("€90.00"), "{page}");
}
