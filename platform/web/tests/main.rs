//! Requests through the router, to a small module of our own.

use std::sync::Arc;

use axum::response::Response;
use jiff::SignedDuration;
use rapport_base::{Refusal, Result};
use rapport_db::{Db, DbConfig};
use rapport_testkit::World;
use rapport_ui::{PlainShell, Toast};
use rapport_web::security::rate::{Budgets, MemoryRateStore, PostgresRateStore, Quota, Way, WaysIn};
use rapport_web::{Access, Form, Json, Module, Query, Routes, Upload, Visitor, redirect_with};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    name: String,
    #[serde(default)]
    lines: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    cents: i64,
    #[serde(default)]
    kind: Kind,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Work,
    Travel,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    limit: Option<u32>,
}

async fn take(_: Visitor, Json(thing): Json<Thing>) -> Result<String> {
    Ok(format!(
        "{} {}",
        thing.name,
        thing
            .lines
            .iter()
            .filter(|line| matches!(line.kind, Kind::Work | Kind::Travel))
            .map(|line| line.cents)
            .sum::<i64>()
    ))
}

async fn filter(_: Visitor, Query(filter): Query<Filter>) -> Result<String> {
    Ok(format!("{:?}", filter.limit))
}

async fn broken(_: Visitor) -> Result<String> {
    panic!("a secret detail")
}

async fn busy(_: Visitor) -> Result<String> {
    Err(Refusal::new(rapport_base::Kind::Busy, "busy", "Busy.")
        .retry_after(std::time::Duration::from_secs(7))
        .into())
}

#[derive(askama::Template)]
#[template(
    source = "<form><input type=\"hidden\" name=\"csrf\" value=\"{{ shell.csrf }}\">{% for toast in shell.flash %}{{ toast.text }}{% endfor %}</form>",
    ext = "html"
)]
struct Page {
    shell: PlainShell,
}

async fn picky(_: Visitor) -> Result<String> {
    Err(Refusal::field("position", "invalid", "Write a position, such as 2.").into())
}

async fn form(visitor: Visitor) -> Result<Response> {
    rapport_web::page(&Page { shell: visitor.shell("Form") })
}

async fn posted(_: Visitor, form: Form) -> Result<Response> {
    Ok(redirect_with("/form", Toast::success(format!("Hello {}", form.value("name")))))
}

async fn uploaded(_: Visitor, mut upload: Upload) -> Result<String> {
    let mut sizes = Vec::new();
    while let Some(file) = upload.next_file().await? {
        let name = file.file_name().unwrap_or_default().to_owned();
        let bytes = file.bytes().await.map_err(|error| rapport_web::cut_off(&error))?;
        sizes.push(format!("{name} {}", bytes.len()));
    }
    Ok(format!("{} {}", upload.form().value("note"), sizes.join(", ")))
}

fn module() -> Module {
    Module {
        routes: Routes::new("test")
            .post("/api/things", Access::Public, take)
            .get("/api/things", Access::Public, filter)
            .get("/api/broken", Access::Public, broken)
            .get("/api/busy", Access::Public, busy)
            .get("/broken", Access::Public, broken)
            .get("/form", Access::Public, form)
            .get("/picky", Access::Public, picky)
            .post("/form", Access::Public, posted)
            .post("/upload", Access::Public, uploaded)
            .body_limit(100_000),
        ..Module::new("test")
    }
}

async fn world() -> World {
    World::start(vec![module()]).await
}

#[tokio::test]
async fn a_body_is_refused_beside_the_field_that_is_wrong() {
    let world = world().await;
    let mut http = world.http();
    for (body, field, code) in [
        (json!({"name": "a", "colour": 1}), "colour", "unknown_field"),
        (json!({}), "name", "required"),
        (json!({"name": 1}), "name", "wrong_type"),
        (json!({"name": "a", "lines": [{"cents": 1}, {"cents": "x"}]}), "lines.1.cents", "wrong_type"),
        (json!({"name": "a", "lines": [{"price": 1}]}), "lines.0.price", "unknown_field"),
    ] {
        let problem = http.json("POST", "/api/things", body).await.expect(422);
        assert_eq!(problem.headers["content-type"], "application/problem+json");
        let problem = problem.json();
        assert_eq!(
            (problem["errors"][0]["field"].as_str(), problem["errors"][0]["code"].as_str()),
            (Some(field), Some(code)),
            "{problem}"
        );
    }
    assert_eq!(
        http.json("POST", "/api/things", json!({"name": "a", "lines": [{"cents": 2}]}))
            .await
            .expect(200)
            .text(),
        "a 2"
    );
}

#[tokio::test]
async fn text_that_is_no_json_or_holds_nul_is_refused() {
    let world = world().await;
    let mut http = world.http();
    http.json("POST", "/api/things", json!({"name": "a\0b"})).await.expect(422);
    let sent = |content: &'static str, body: &'static str| {
        let mut http = world.http();
        async move { http.send(http::Method::POST, "/api/things", Some(content), body.into()).await }
    };
    sent("application/json", "{\"name\":").await.expect(422);
    sent("application/json", "{\"name\":\"a\"} x").await.expect(422);
    sent("text/plain", "{\"name\":\"a\"}").await.expect(415);
    http.get("/api/things?limit=x").await.expect(422);
    http.get("/api/things?order=x").await.expect(422);
    http.get("/api/things?limit=%00").await.expect(422);
    http.get("/api/things?limit=").await.expect(200);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_in_plain_words_beside_its_field() {
    let world = world().await;
    let told = |body: &'static [u8]| {
        let mut http = world.http();
        async move {
            let path = "/api/things";
            let reply = http
                .send(http::Method::POST, path, Some("application/json"), body.to_vec())
                .await
                .expect(422);
            let problem = reply.json();
            let (field, message) = (&problem["errors"][0]["field"], &problem["errors"][0]["message"]);
            match field.as_str() {
                Some(field) => format!("{field}: {}", message.as_str().unwrap()),
                None => problem["detail"].as_str().unwrap().to_owned(),
            }
        }
    };
    let deep: &'static [u8] =
        Box::leak(["{\"name\":".repeat(20_000), "}".repeat(20_000)].concat().into_boxed_str()).as_bytes();
    for (body, expected) in [
        (&b"{\"name\": 5}"[..], "name: Write text."),
        (
            b"{\"name\": \"a\", \"lines\": [{\"cents\": 1.5}]}",
            "lines.0.cents: Write a whole number, such as 1500.",
        ),
        (b"{\"name\": \"a\\u0000b\"}", "name: Text may not hold the NUL character."),
        (b"{\"name\": \"\\ud800\"}", "name: This text holds characters that cannot be read."),
        (b"{\"name\": \"\xff\xfe\"}", "name: This text holds characters that cannot be read."),
        (b"{\"name\": \"-009999-01-01\"}", "name: Write a date between 1900 and 2999."),
        (
            b"{\"name\": \"a\", \"lines\": [{\"cents\": 1, \"kind\": 5}]}",
            "lines.0.kind: Write one of the words this field knows.",
        ),
        (
            b"{\"name\": \"a\", \"lines\": [{\"cents\": 1, \"kind\": \"x\"}]}",
            "lines.0.kind: Choose one of: work, travel.",
        ),
        (b"{\"name\": ", "The body is not one JSON document. See line 1, column 9."),
        (b"[]", "Send one object with named fields."),
        (b"{\"name\": \"a\", \"name\": \"b\"}", "name: This field is given twice."),
        (b"{\"name\": 1e999}", "name: This number is out of range."),
        (deep, "name: Write text."),
    ] {
        assert_eq!(told(body).await, expected);
    }
    let mut http = world.http();
    let fine = json!({ "name": "the text \\u0000, not the character" });
    http.json("POST", "/api/things", fine).await.expect(200);
    let problem = http.get("/api/things?limit=x").await.expect(422).json();
    assert_eq!(problem["errors"][0]["field"], "limit");
    assert_eq!(problem["errors"][0]["message"], "Write a whole number, such as 1500.");
    let problem = http.get("/api/things?limit=1&limit=2").await.expect(422).json();
    assert_eq!(problem["errors"][0]["message"], "This field takes one value.");
}

#[tokio::test]
async fn a_panic_is_answered_without_its_details_and_with_a_reference() {
    let world = world().await;
    let problem = world.http().get("/api/broken").await.expect(500);
    assert!(!problem.text().contains("secret"));
    assert_eq!(problem.json()["reference"].as_str(), Some(problem.headers["x-request-id"].to_str().unwrap()));
    let page = world.http().get("/broken").await.expect(500);
    assert!(
        !page.text().contains("secret")
            && page.text().contains(page.headers["x-request-id"].to_str().unwrap())
    );
}

#[tokio::test]
async fn what_does_not_exist_is_a_problem_for_programs_and_a_page_for_people() {
    let world = world().await;
    let problem = world.http().get("/api/nowhere").await.expect(404);
    assert_eq!(problem.json()["code"], "not_found");
    assert!(world.http().get("/nowhere").await.expect(404).text().contains("<html"));
    assert_eq!(world.http().delete("/api/things").await.expect(405).json()["code"], "method_not_allowed");
    assert_eq!(world.http().get("/api/busy").await.expect(503).headers["retry-after"], "7");
}

#[tokio::test]
async fn an_error_page_says_what_was_wrong_with_the_fields() {
    let world = world().await;
    assert!(world.http().get("/picky").await.expect(422).text().contains("Write a position, such as 2."));
}

#[tokio::test]
async fn a_form_needs_the_proof_of_the_page_it_came_from() {
    let world = world().await;
    let mut http = world.http();
    http.post("/form", &[("name", "Ada")]).await.expect(403);
    http.get("/form").await.expect(200);
    http.post("/form", &[("name", "Ada")]).await.expect(303);
    assert!(http.get("/form").await.expect(200).text().contains("Hello Ada"), "the toast is shown once");
    assert!(!http.get("/form").await.expect(200).text().contains("Hello Ada"), "and only once");

    let mut other = world.http();
    other.get("/form").await.expect(200);
    let stolen = http.get("/form").await.attribute("name=\"csrf\"", "value").unwrap();
    let body = format!("name=Eve&csrf={stolen}");
    other
        .send(http::Method::POST, "/form", Some("application/x-www-form-urlencoded"), body.into_bytes())
        .await
        .expect(403);
}

#[tokio::test]
async fn an_upload_needs_the_proof_too_and_knows_its_limit() {
    let world = world().await;
    let mut http = world.http();
    let file: &[(&str, &str, &str, &[u8])] = &[("file", "a.txt", "text/plain", b"hello")];
    http.upload("/upload", &[], file).await.expect(403);
    http.get("/form").await.expect(200);
    assert_eq!(http.upload("/upload", &[("note", "n")], file).await.expect(200).text(), "n a.txt 5");
    let large = vec![b'x'; 200_000];
    http.upload("/upload", &[], &[("file", "b.txt", "text/plain", &large)]).await.expect(413);
    let cut = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc";
    let token = http.get("/form").await.attribute("name=\"csrf\"", "value").unwrap();
    http.with_header("x-csrf-token", &token)
        .send(http::Method::POST, "/upload", Some("multipart/form-data; boundary=b"), cut.into())
        .await
        .expect(422);
}

#[tokio::test]
async fn a_budget_used_up_on_one_node_is_used_up_on_the_other_once_they_have_spoken() {
    let world = World::start(Vec::new()).await;
    let (db, now) = (&world.app.db, world.clock.now());
    let (one, other) = (Budgets::shared(), Budgets::shared());
    let key = [("member:1", Quota::per_minute(3))];
    for _ in 0..3 {
        assert!(one.take(&key, now).allowed);
    }
    assert!(other.take(&key, now).allowed, "it has not heard of it yet");
    one.exchange(db, now).await.unwrap();
    assert!(other.take(&key, now).allowed);
    other.exchange(db, now).await.unwrap();
    assert!(!other.take(&key, now).allowed);
    assert!(!one.take(&key, now).allowed);
    let later = now + SignedDuration::from_secs(60);
    assert!(one.take(&key, later).allowed, "what is used up comes back");
    one.exchange(db, later).await.unwrap();
    let before = now - SignedDuration::from_hours(2);
    assert!(one.take(&key, before).allowed, "a clock that is set back takes nothing away");
    one.exchange(db, before).await.unwrap();
    assert_eq!(one.take(&key, before).remaining, 1);
    assert!(other.take(&[("member:2", Quota::per_minute(3))], now).allowed, "and nobody else is held back");
}

#[tokio::test]
async fn budgets_that_could_not_be_told_are_told_the_next_time() {
    let world = World::start(Vec::new()).await;
    let (db, now) = (&world.app.db, world.clock.now());
    let away = DbConfig { connections: 1, ..DbConfig::new("postgresql://nobody@127.0.0.1:1/nowhere") };
    let away = Db::new(&away, world.clock.clone()).unwrap();
    let (one, other) = (Budgets::shared(), Budgets::shared());
    let key = [("member:1", Quota::per_minute(2))];
    assert!(one.take(&key, now).allowed && one.take(&key, now).allowed);
    assert!(one.exchange(&away, now).await.is_err());
    one.exchange(db, now).await.unwrap();
    assert!(other.take(&key, now).allowed);
    other.exchange(db, now).await.unwrap();
    assert!(!other.take(&key, now).allowed);
}

#[tokio::test]
async fn counters_of_the_database_move_as_the_rules_say_whatever_the_clock_does() {
    let world = World::start(Vec::new()).await;
    let house = WaysIn::new(Arc::new(PostgresRateStore::new(world.app.db.clone())));
    let memory = WaysIn::new(Arc::new(MemoryRateStore::default()));
    let way = Way::new("sign_in");
    let client = "203.0.113.7".parse().unwrap();
    // So many attempts at a second since the start: bursts, waits, a day off, clocks that go back by
    // little and by much.
    let steps = [(0, 7), (1, 2), (61, 7), (40, 2), (182, 6), (303, 1), (90_000, 7), (90_061, 3), (90_000, 3)];
    let steps = steps.into_iter().chain([(100, 8), (220, 1), (86_400 * 9, 6), (5, 7), (66, 1), (126, 2)]);
    let mut refused = 0;
    for (seconds, attempts) in steps {
        let now = world.clock.now() + SignedDuration::from_secs(seconds);
        for attempt in 0..attempts {
            let stored = house.attempt(&way, client, None, now).await.unwrap();
            let ruled = memory.attempt(&way, client, None, now).await.unwrap();
            assert_eq!(stored, ruled, "attempt {attempt} at {seconds} s");
            refused += usize::from(!stored.allowed);
        }
    }
    assert!(refused > 10, "{refused} were refused");
}

#[tokio::test]
async fn answers_to_repeated_requests_are_kept_for_a_day_and_counters_for_two() {
    let world = World::start(Vec::new()).await;
    let rows = "insert into web.idempotency_keys (workspace_id, key, request_hash, created_at)
                values (gen_random_uuid(), 'new', '', $1), (gen_random_uuid(), 'old', '', $1 - interval '25 hours')";
    let counters = "insert into web.rate_counters (key, window_start, count, blocked_until)
                    values ('new', $1 - interval '1 day', 1, null), ('old', $1 - interval '3 days', 1, null),
                      ('held', $1 - interval '3 days', 1, $1)";
    let tx = world.app.db.system().await.unwrap();
    for sql in [rows, counters] {
        tx.execute(sql, &[&world.clock.now()]).await.unwrap();
    }
    tx.commit().await.unwrap();
    rapport_web::sweep(&world.app).await.unwrap();
    let left = "select string_agg(key, ' ' order by key) from (select key from web.idempotency_keys
                union all select convert_from(key, 'utf8') from web.rate_counters) rows (key)";
    let (left,): (String,) = world.app.db.system().await.unwrap().get(left, &[]).await.unwrap();
    assert_eq!(left, "held new new");
}
