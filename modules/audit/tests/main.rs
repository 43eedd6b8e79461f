//! The audit log over HTTP, and forgeries by the database's owner.

use audit::Fault;
use identity::testing::{Signed, member, owner};
use rapport_base::{MemberId, Result};
use rapport_db::{About, ActorKind, Event, EventInfo, Origin};
use rapport_testkit::World;
use rapport_web::Module;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
struct LampChanged {
    lamp_id: Uuid,
    name: String,
}

impl Event for LampChanged {
    const KIND: &'static str = "lamp.changed";
    const AUDITED: bool = true;
    fn about(&self) -> About {
        About::new("lamp", self.lamp_id)
    }
    fn summary(&self) -> String {
        format!("changed the lamp {}", self.name)
    }
}

async fn world() -> World {
    let lamps = Module {
        events: vec![EventInfo::of::<LampChanged>("Lamp changed", "lamp", audit::AUDIT_READ)],
        ..Module::new("lamps")
    };
    World::start(vec![identity::module(), audit::module(), lamps]).await
}

fn by(member: MemberId, name: &str) -> Origin {
    Origin {
        kind: ActorKind::Member,
        id: Some(member.uuid()),
        name: Some(name.into()),
        ip: Some("192.0.2.7".into()),
        ..Origin::system()
    }
}

async fn change(world: &World, of: &Signed, origin: Origin, name: &str) -> Result<Uuid> {
    let lamp_id = Uuid::now_v7();
    let tx = world.app.db.begin(of.workspace_id, origin).await?;
    let (before, after) = (json!({ "name": "old", "watts": 40 }), json!({ "name": name, "watts": 40 }));
    tx.publish_change(&LampChanged { lamp_id, name: name.into() }, Some(before), Some(after));
    tx.commit().await?;
    Ok(lamp_id)
}

async fn changed(world: &World, of: &Signed, name: &str) -> Uuid {
    change(world, of, by(of.member_id, &of.name), name).await.unwrap()
}

async fn seal(world: &World) {
    // Sealing waits for older transactions of the whole server, those of other tests too.
    for _ in 0..200 {
        audit::seal(&world.app).await.unwrap();
        let left: i64 = world
            .owner()
            .await
            .query_one(
                "select count(*) from spine.events e where audited and not exists (select from audit.seals s
                 where s.workspace_id = e.workspace_id and (e.txid, e.seq) <= (s.last_txid, s.last_seq))",
                &[],
            )
            .await
            .unwrap()
            .get(0);
        if left == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("the events were not sealed");
}

#[tokio::test]
async fn the_log_shows_who_did_what_from_where_before_and_after() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let lamp = changed(&world, &ada, "Desk").await;
    let log = ada.api.get(&format!("/api/audit?subject_id={lamp}")).await.expect(200).json();
    let entry = &log["data"][0];
    assert_eq!(log["total"], json!(1));
    assert_eq!(entry["action"], json!("lamp.changed"));
    assert_eq!(entry["summary"], json!("changed the lamp Desk"));
    assert_eq!((&entry["actor"]["name"], &entry["ip"]), (&json!(ada.name), &json!("192.0.2.7")));
    assert_eq!((&entry["before"]["name"], &entry["after"]["name"]), (&json!("old"), &json!("Desk")));
    let page = ada.http.get(&ada.path("settings/audit")).await.expect(200).text();
    assert!(
        page.contains("changed the lamp Desk")
            && page.contains("<ins>Desk</ins>")
            && !page.contains("<ins>40"),
        "{page}"
    );
}

#[tokio::test]
async fn the_log_is_filtered_by_person_kind_object_and_days() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let bob = member(&world, &ada, "admin").await;
    changed(&world, &ada, "one").await;
    change(&world, &ada, by(bob.member_id, "Bob"), "two").await.unwrap();
    let path = |query: &str| format!("/api/audit?kind=lamp.changed&{query}");
    for (query, count) in [
        (format!("actor_id={}", bob.member_id), 1),
        ("from=2026-11-20&to=2026-11-20".into(), 2),
        ("from=2026-11-21".into(), 0),
        ("to=2026-11-19".into(), 0),
    ] {
        let log = ada.api.get(&path(&query)).await.expect(200).json();
        assert_eq!(log["total"], json!(count), "{query}");
    }
    let first = ada.api.get(&path("limit=1")).await.expect(200).json();
    let next = ada
        .api
        .get(&path(&format!("limit=1&after={}", first["next"].as_str().unwrap())))
        .await
        .expect(200)
        .json();
    assert_ne!(first["data"][0]["id"], next["data"][0]["id"]);
    assert!(next["next"].is_null());
}

#[tokio::test]
async fn the_export_holds_every_line_and_no_formula() {
    let world = world().await;
    let mut ada = owner(&world).await;
    for number in 0..205 {
        change(&world, &ada, by(ada.member_id, "=HYPERLINK(0)"), &number.to_string()).await.unwrap();
    }
    let reply = ada.http.get(&ada.path("settings/audit/export?kind=lamp.changed")).await.expect(200);
    assert!(reply.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let text = reply.text();
    assert_eq!(text.lines().count(), 206);
    assert!(text.contains(",\"'=HYPERLINK(0)\",") && !text.contains(",\"=HYPERLINK"));
}

#[tokio::test]
async fn only_owners_and_admins_read_the_log_and_only_their_own() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let mut mallory = owner(&world).await;
    changed(&world, &ada, "secret lamp").await;
    for role in ["manager", "member", "viewer"] {
        let mut one = member(&world, &ada, role).await;
        one.api.get("/api/audit").await.expect(403);
        one.http.get(&ada.path("settings/audit")).await.expect(403);
    }
    assert_eq!(mallory.api.get("/api/audit?kind=lamp.changed").await.json()["total"], json!(0));
    mallory.http.get(&ada.path("settings/audit")).await.expect(404);
    assert_eq!(ada.api.get("/api/audit?kind=lamp.changed").await.json()["total"], json!(1));
}

#[tokio::test]
async fn an_untouched_log_verifies_and_each_workspace_has_its_own_chain() {
    let world = world().await;
    let (ada, bea) = (owner(&world).await, owner(&world).await);
    for round in 0..3 {
        changed(&world, &ada, &format!("a{round}")).await;
        changed(&world, &bea, &format!("b{round}")).await;
        seal(&world).await;
    }
    changed(&world, &ada, "not sealed yet").await;
    let report = audit::verify(&world.app, ada.workspace_id, None).await.unwrap();
    assert!(report.is_intact(), "{report}");
    assert_eq!((report.seals, report.unsealed), (3, 1));
    assert!(audit::verify(&world.app, bea.workspace_id, None).await.unwrap().is_intact());
}

#[tokio::test]
async fn sealing_twice_at_once_seals_each_event_once() {
    let world = world().await;
    let ada = owner(&world).await;
    for number in 0..5 {
        changed(&world, &ada, &number.to_string()).await;
    }
    let sealed = futures::join!(audit::seal(&world.app), audit::seal(&world.app), audit::seal(&world.app));
    sealed.0.unwrap();
    sealed.1.unwrap();
    sealed.2.unwrap();
    seal(&world).await;
    let report = audit::verify(&world.app, ada.workspace_id, None).await.unwrap();
    assert!(report.is_intact() && report.unsealed == 0, "{report}");
}

/// What is forged, how, and the place that is named: the seal, or `None` where only a hash kept elsewhere tells.
const FORGERIES: &[(&str, &str, Option<i64>)] = &[
    (
        "a changed payload",
        "update spine.events set payload = jsonb_set(payload, '{name}', '\"forged\"') where payload->>'name' = '1'",
        Some(1),
    ),
    ("another actor", "update spine.events set actor_name = 'Someone else' where payload->>'name' = '2'", Some(2)),
    ("another time", "update spine.events set at = at + interval '1 microsecond' where payload->>'name' = '3'", Some(3)),
    ("a line taken out of the log", "update spine.events set audited = false where payload->>'name' = '1'", Some(1)),
    ("a removed line in the middle", "delete from spine.events where payload->>'name' = '2'", Some(2)),
    ("a removed last line", "delete from spine.events where payload->>'name' = '3'", Some(3)),
    (
        "an inserted line",
        "insert into spine.events (workspace_id, id, seq, txid, kind, subject_kind, subject_id, actor_kind, payload, audited, at)
         overriding system value select workspace_id, gen_random_uuid(), seq, txid, kind, subject_kind, subject_id,
           actor_kind, payload, true, at from spine.events where payload->>'name' = '1'",
        Some(1),
    ),
    (
        "two lines in each other's place",
        "update spine.events e set txid = o.txid from spine.events o
         where e.payload->>'name' in ('1', '2') and o.payload->>'name' in ('1', '2') and o.id <> e.id",
        Some(1),
    ),
    (
        "a line swapped with one of another workspace",
        "update spine.events e set workspace_id = o.workspace_id from spine.events o
         where e.payload->>'name' in ('2', 'other') and o.payload->>'name' in ('2', 'other') and o.id <> e.id",
        Some(2),
    ),
    ("a removed first seal", "delete from audit.seals where number = 1 and exists (select from spine.events
         where payload->>'name' = '1' and id = first_event)", Some(2)),
    (
        "a changed line with its seal's hash computed anew",
        "with forged as (
           update spine.events set payload = jsonb_set(payload, '{name}', '\"2b\"') where payload->>'name' = '2'
           returning workspace_id, id, spine.digest(events) as digest)
         update audit.seals s set hash = sha256(uuid_send(s.workspace_id) || int8send(s.number) || s.previous || f.digest)
         from forged f where s.workspace_id = f.workspace_id and s.first_event = f.id",
        Some(3),
    ),
    (
        "a changed last line with its seal's hash computed anew",
        "with forged as (
           update spine.events set payload = jsonb_set(payload, '{name}', '\"3b\"') where payload->>'name' = '3'
           returning workspace_id, id, spine.digest(events) as digest)
         update audit.seals s set hash = sha256(uuid_send(s.workspace_id) || int8send(s.number) || s.previous || f.digest)
         from forged f where s.workspace_id = f.workspace_id and s.first_event = f.id",
        None,
    ),
    (
        "the tail removed with its seal",
        "with gone as (delete from spine.events where payload->>'name' = '3' returning workspace_id, id)
         delete from audit.seals s using gone g where s.workspace_id = g.workspace_id and s.first_event = g.id",
        None,
    ),
    (
        "a line redacted without an erasure",
        "with was as (select workspace_id, id, spine.digest(e) as digest from spine.events e where payload->>'name' = '1'),
         forged as (update spine.events e set actor_name = 'Nobody' from was w where e.id = w.id
           returning e.workspace_id, e.id, w.digest as was, spine.digest(e) as is_since)
         insert into spine.redactions select workspace_id, '00000000-0000-0000-0000-0000000000ff', id, was, is_since from forged",
        Some(0),
    ),
];

/// The seal that a fault names; 0 for an erasure that nothing vouches for.
fn place(fault: &Fault) -> Option<i64> {
    match fault {
        Fault::Broken { number, .. }
        | Fault::Changed { number, .. }
        | Fault::Removed { number, .. }
        | Fault::Inserted { number, .. } => Some(*number),
        Fault::Unvouched { erasure } if *erasure == Uuid::from_u128(0xff) => Some(0),
        _ => None,
    }
}

#[tokio::test]
async fn every_forgery_by_the_databases_owner_shows_at_its_place() {
    for (what, forgery, expected) in FORGERIES {
        let world = world().await;
        let (ada, bea) = (owner(&world).await, owner(&world).await);
        seal(&world).await;
        world
            .owner()
            .await
            .batch_execute("set session_replication_role = replica; update spine.events set audited = false; delete from audit.seals")
            .await
            .unwrap();
        for name in ["1", "2", "3"] {
            changed(&world, &ada, name).await;
            seal(&world).await;
        }
        changed(&world, &bea, "other").await;
        seal(&world).await;
        let kept = audit::verify(&world.app, ada.workspace_id, None).await.unwrap();
        assert!(kept.is_intact() && kept.seals == 3, "{kept}");
        let forger = world.owner().await;
        forger.batch_execute("set session_replication_role = replica").await.unwrap();
        assert!(forger.execute(*forgery, &[]).await.unwrap() > 0, "{what}");
        let report = audit::verify(&world.app, ada.workspace_id, None).await.unwrap();
        match expected {
            Some(number) => {
                assert_eq!(report.faults.first().and_then(place), Some(*number), "{what}: {report}");
                assert!(report.to_string().starts_with("TAMPERED WITH"));
            }
            None => assert!(report.is_intact(), "{what}: {report}"),
        }
        let known = audit::verify(&world.app, ada.workspace_id, kept.newest).await.unwrap();
        assert!(!known.is_intact(), "{what}, beside a hash that was kept: {known}");
    }
}

#[tokio::test]
async fn the_program_itself_can_neither_change_nor_remove_a_line() {
    let world = world().await;
    let ada = owner(&world).await;
    changed(&world, &ada, "one").await;
    seal(&world).await;
    for statement in [
        "update spine.events set kind = 'x.y' where workspace_id = $1",
        "delete from spine.events where workspace_id = $1",
        "update audit.seals set events = 9 where workspace_id = $1",
        "delete from audit.seals where workspace_id = $1",
    ] {
        let tx = world.app.db.begin(ada.workspace_id, Origin::system()).await.unwrap();
        assert!(tx.execute(statement, &[&ada.workspace_id]).await.is_err(), "{statement}");
        drop(tx);
        let tx = world.app.db.system().await.unwrap();
        assert!(tx.execute(statement, &[&ada.workspace_id]).await.is_err(), "{statement} as the system");
    }
}
