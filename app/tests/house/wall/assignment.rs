//! Fields nobody asked for: refused by the API, and without effect in forms.

use std::collections::BTreeMap;

use rapport_web::Access;
use serde_json::json;
use uuid::Uuid;

use super::{
    Entry, Scene, canaries, entries,
    pages::{self, PageForm},
    requests::{self, Api, Sent},
};
use crate::world;

/// What an attacker would like to set.
const WISHED: &[&str] = &[
    "id",
    "workspace_id",
    "user_id",
    "created_by",
    "created_at",
    "deleted_at",
    "is_admin",
    "permissions_granted",
    "paid_cents_total",
    "email_verified_at",
    "__proto__",
];

fn writes(scene: &Scene) -> Vec<Entry> {
    let all = entries(&scene.world).into_iter().filter(|entry| !entry.is_read());
    all.filter(|entry| !matches!(entry.access, Access::Public | Access::Provider)).collect()
}

#[tokio::test]
async fn the_api_refuses_every_field_it_does_not_describe_on_every_route_that_takes_a_body() {
    let mut scene = Scene::of(world().await).await;
    let api = Api::of(&scene.world);
    let (mut taken, mut asked, mut routes) = (Vec::new(), 0, 0);
    let all: Vec<Entry> =
        entries(&scene.world).into_iter().filter(|entry| api.body(entry).is_some()).collect();
    for entry in all {
        let (schema, files) = api.body(&entry).unwrap();
        let known: Vec<String> = schema["properties"]
            .as_object()
            .map(|fields| fields.keys().cloned().collect())
            .unwrap_or_default();
        let ids = scene.ids.clone();
        let addresses = requests::addresses(&entry, &scene.own.slug, scene.portal, &ids, false);
        let Some(address) = addresses.into_iter().next() else {
            taken.push(format!("{}: nothing of its kind to write to", entry.name()));
            continue;
        };
        routes += 1;
        let wish = Uuid::now_v7();
        for field in WISHED.iter().filter(|field| !known.iter().any(|known| known == *field)) {
            let mut ask = requests::write(&api, &entry, address.clone(), &ids, &[]);
            match &mut ask.body {
                Sent::Json(body) => body[*field] = json!(wish),
                Sent::Files(fields) => fields.push(((*field).into(), wish.to_string())),
                _ => continue,
            }
            asked += 1;
            let reply = match entry.access {
                Access::Public => ask.send(&mut scene.world.http()).await,
                _ => ask.send(scene.caller(&entry)).await,
            };
            let told = reply.json();
            let refused = told["errors"].as_array().into_iter().flatten().any(|error| {
                error["code"] == "unknown_field"
                    && error["field"].as_str().is_some_and(|at| at.ends_with(field))
            });
            // A form with files passes over what it does not know.
            let passed_over = files && !reply.text().contains(&wish.to_string());
            if !refused && !passed_over {
                taken.push(format!("{} takes {field}: {} {}", entry.name(), reply.status, reply.text()));
            }
        }
    }
    println!("{routes} routes, {asked} requests");
    assert_eq!(taken, Vec::<String>::new());
    assert!(routes > 80, "{routes} routes take a body");
}

#[tokio::test]
async fn a_form_with_fields_nobody_asked_for_makes_no_one_mightier_and_reaches_no_other_workspace() {
    let mut scene = Scene::of(world().await).await;
    let other = identity::testing::owner(&scene.world).await;
    let mut client = scene.world.owner().await;
    canaries::stuff(&mut client, other.workspace_id.uuid()).await;
    let mut forms: Vec<PageForm> = Vec::new();
    for (path, address) in requests::readable(&mut scene).await {
        if !path.starts_with("/api/") {
            let mut browser =
                if path.starts_with("/portal/") { scene.guest.clone() } else { scene.own.http.clone() };
            forms.extend(
                pages::forms(&browser.get(&address).await.text()).into_iter().filter(|form| form.posts),
            );
        }
    }
    let api = Api::of(&scene.world);
    // A manager sends what the owner's pages offer.
    let owner = scene.own.clone();
    scene.own = identity::testing::member(&scene.world, &owner, "manager").await;
    let mighty =
        "select id::text || role || is_active from identity.memberships where workspace_id = $1 order by id";
    let roles = |rows: Vec<tokio_postgres::Row>| rows.iter().map(|row| row.get(0)).collect::<Vec<String>>();
    let own = owner.workspace_id.uuid();
    let before = roles(client.query(mighty, &[&own]).await.unwrap());
    let held: BTreeMap<String, String> = canaries::held(&client, other.workspace_id.uuid()).await;
    let all = writes(&scene).into_iter().filter(|entry| !entry.is_api());
    let mut sent = 0;
    for entry in all.filter(|entry| !entry.path.contains("sign-out") && !entry.path.contains("leave")) {
        let addresses = requests::addresses(&entry, &scene.own.slug, scene.portal, &scene.ids, false);
        let Some(address) = addresses.into_iter().next() else { continue };
        let mut ask = requests::write(&api, &entry, address, &scene.ids, &forms);
        let (Sent::Form(fields) | Sent::Files(fields)) = &mut ask.body else { continue };
        let wished = [
            ("workspace_id", other.workspace_id.to_string()),
            ("role", "owner".into()),
            ("member_id", scene.own.member_id.to_string()),
            ("user_id", scene.own.user_id.to_string()),
            ("is_active", "true".into()),
            ("permissions", "team.manage".into()),
        ];
        let names: Vec<String> = fields.iter().map(|(name, _)| name.clone()).collect();
        let more = wished.into_iter().filter(|(name, _)| !names.iter().any(|known| known == name));
        fields.extend(more.map(|(name, value)| (name.to_owned(), value)));
        sent += 1;
        let reply = ask.send(scene.caller(&entry)).await;
        assert!(reply.status < 500, "{}: {}", entry.name(), reply.text());
    }
    println!("{sent} forms");
    assert!(sent > 110, "{sent} forms");
    assert_eq!(roles(client.query(mighty, &[&own]).await.unwrap()), before);
    assert_eq!(canaries::held(&client, other.workspace_id.uuid()).await, held);
}
