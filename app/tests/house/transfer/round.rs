//! Out, in, and out again.

use std::collections::BTreeSet;

use rapport::commands::check;
use transfer::tables::{self, KEYS};

use super::{Entries, Scene, manifest, read, rows};

/// The rows of a table without what an import makes anew, as it is declared.
fn lasting(entries: &Entries, table: &str) -> Vec<String> {
    let listed = tables::find(table).unwrap();
    let key = KEYS.iter().find(|(name, _)| *name == table).map(|(_, column)| *column);
    let mut lasting: Vec<String> = rows(entries, table)
        .into_iter()
        .filter(|row| row["kind"] != "workspace.imported")
        .map(|mut row| {
            let fields = row.as_object_mut().unwrap();
            fields.retain(|name, _| listed.takes(name) && Some(name.as_str()) != key);
            fields.remove(listed.workspace_column());
            row.to_string()
        })
        .collect();
    if table != "spine.events" {
        lasting.sort();
    }
    lasting
}

/// What lies in the files, whatever it is called.
fn bytes(entries: &Entries) -> Vec<&Vec<u8>> {
    let mut bytes: Vec<_> =
        entries.iter().filter(|(name, _)| name.starts_with("files/")).map(|(_, b)| b).collect();
    bytes.sort();
    bytes
}

#[tokio::test]
async fn a_workspace_comes_back_as_it_was_twice_beside_itself_and_behind_the_wall() {
    let mut scene = Scene::new().await;
    let world = &scene.world;
    let (first, second) = (scene.path("first.zip"), scene.path("second.zip"));
    let written = transfer::to_file(&world.app, scene.owner.workspace_id, &first).await.unwrap();
    assert!(written.money.len() >= 3);
    assert_eq!((written.files.count, written.files.missing), (3, 0));
    let imported = scene.import(&first, "northlight-again").await.unwrap();
    assert_eq!(imported.sums, written.money.len());
    assert!(
        imported.checks > 0 && imported.people.iter().all(|person| !person.is_new && !person.is_held_back)
    );
    transfer::to_file(&world.app, imported.workspace_id, &second).await.unwrap();

    let (before, after) = (read(&first), read(&second));
    let mut compared = 0;
    for part in manifest(&before)["tables"].as_array().unwrap() {
        let table = part["table"].as_str().unwrap();
        if part["carried"] == true {
            assert_eq!(lasting(&before, table), lasting(&after, table), "{table}");
            compared += usize::from(part["rows"] != 0);
        }
    }
    assert!(compared >= 50, "only {compared} tables had rows");
    assert_eq!(bytes(&before), bytes(&after));
    assert_eq!(manifest(&before)["money"], manifest(&after)["money"]);
    let names = |entries: &Entries| entries.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&before), names(&after));
    for (name, bytes) in before.iter().filter(|(name, _)| name.starts_with("tables/")) {
        if !matches!(name.as_str(), "tables/workspace.csv" | "tables/history.csv") {
            assert_eq!(String::from_utf8_lossy(bytes), String::from_utf8_lossy(&after[name]), "{name}");
        }
    }

    // Every maintained figure agrees, and the history is sealed anew.
    crate::sealed(world).await;
    assert_eq!(check::differences(&world.app).await.unwrap().2, Vec::<String>::new());
    let report = audit::verify(&world.app, imported.workspace_id, None).await.unwrap();
    assert!(report.is_intact() && report.events > 0 && report.unsealed == 0, "{report}");

    // Nobody acts upon what happened elsewhere.
    let owner = world.owner().await;
    let count = async |sql: &str| -> i64 {
        owner.query_one(sql, &[&imported.workspace_id.uuid()]).await.unwrap().get(0)
    };
    world.settle().await;
    assert_eq!(count("select count(*) from mail.outbox where workspace_id = $1").await, 0);
    let delivered = "select count(*) from spine.deliveries d join spine.events e using (workspace_id)
                     where d.event_id = e.id and d.workspace_id = $1 and e.imported_at is not null";
    assert_eq!(count(delivered).await, 0);

    // It is a workspace like any other, and another one.
    let third = scene.import(&first, "northlight-third").await.unwrap();
    assert_ne!(third.workspace_id, imported.workspace_id);
    let mut owner = scene.owner.clone();
    let invoices = |reply: rapport_testkit::Reply| reply.expect(200).text().matches("INV-").count();
    let here = invoices(owner.http.get("/app/northlight/invoices").await);
    let there = invoices(owner.http.get("/app/northlight-again/invoices").await);
    assert!(here > 0 && here == there, "{here} and {there}");
    owner.http.get("/app/northlight-again/invoices").await.expect(200);
    let clients = rows(&before, "clients.clients");
    let id = clients[0]["id"].as_str().unwrap();
    let form = [("company_name", "Only there"), ("version", "1")];
    let _ = owner.http.post(&format!("/app/northlight-again/clients/{id}"), &form).await;
    let changed: i64 = scene
        .world
        .owner()
        .await
        .query_one(
            "select count(*) from clients.clients where company_name = 'Only there' and workspace_id <> $1",
            &[&imported.workspace_id.uuid()],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(changed, 0);
    scene.owner = owner;
}

#[tokio::test]
async fn people_are_known_by_their_address_and_an_account_that_never_proved_it_is_held_back() {
    let scene = Scene::new().await;
    let path = scene.path("export.zip");
    transfer::to_file(&scene.world.app, scene.owner.workspace_id, &path).await.unwrap();
    let mut entries = read(&path);
    let mut users = rows(&entries, "identity.users");
    let mut members = rows(&entries, "identity.memberships");
    let person = |n: u128, email: &str| {
        let mut user = users[0].clone();
        user["id"] = uuid::Uuid::from_u128(n).to_string().into();
        user["email"] = email.into();
        let mut member = members[0].clone();
        member["id"] = uuid::Uuid::from_u128(n + 100).to_string().into();
        member["user_id"] = user["id"].clone();
        member["role"] = "admin".into();
        (user, member)
    };
    let other = identity::testing::owner_of(&scene.world, "Southwind").await;
    identity::testing::unconfirm(&scene.world, &other).await;
    let email = other.email.clone();
    for (user, member) in [person(1, "new@elsewhere.example"), person(2, &email)] {
        users.push(user);
        members.push(member);
    }
    super::put_rows(&mut entries, "identity.users", &users);
    super::put_rows(&mut entries, "identity.memberships", &members);
    let forged = scene.path("people.zip");
    super::pack(&forged, &entries);
    let imported = scene.import(&forged, "people").await.unwrap();
    let found = |email: &str| imported.people.iter().find(|person| person.email == email).unwrap();
    assert!(found("new@elsewhere.example").is_new);
    assert!(found(&email).is_held_back);
    let rows = scene
        .world
        .owner()
        .await
        .query(
            "select u.email, m.is_active, u.password_hash is null from identity.memberships m join identity.users u on u.id = m.user_id
             where m.workspace_id = $1 order by 1",
            &[&imported.workspace_id.uuid()],
        )
        .await
        .unwrap();
    let found: Vec<(String, bool, bool)> =
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    assert!(found.contains(&("new@elsewhere.example".into(), true, true)), "{found:?}");
    assert!(found.contains(&(email, false, false)), "{found:?}");
}
