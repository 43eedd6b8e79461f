//! Every route, as nobody, as a stranger and with unknown ids: nothing of another workspace
//! is told, and what may not be seen is answered like what does not exist.

use http::Method;
use identity::testing::{self, Signed};
use rapport_testkit::World;
use rapport_web::{Access, House};
use serde_json::json;
use uuid::Uuid;

use crate::{journey, world};

/// Text that stands in every text field of the other workspace.
const CANARY: &str = "Kanarienvogel";

/// Every id in the other workspace, by the table it lies in.
pub async fn ids_of(world: &World, workspace: Uuid) -> Vec<Uuid> {
    let owner = world.owner().await;
    let tables = owner
        .query(
            "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute w on w.attrelid = c.oid and w.attname = 'workspace_id'
             join pg_attribute i on i.attrelid = c.oid and i.attname = 'id' and i.atttypid = 'uuid'::regtype
             where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('spine', 'queue')",
            &[],
        )
        .await
        .unwrap();
    let mut ids = Vec::new();
    for table in tables {
        let table: String = table.get(0);
        let rows = owner
            .query(&format!("select id from {table} where workspace_id = $1 limit 1"), &[&workspace])
            .await
            .unwrap();
        ids.extend(rows.iter().map(|row| row.get::<_, Uuid>(0)));
    }
    ids
}

struct Two {
    world: World,
    own: Signed,
    other: Signed,
    foreign_ids: Vec<Uuid>,
}

async fn two_workspaces() -> Two {
    let world = world().await;
    let other = testing::owner(&world).await;
    journey::fill(&world, &other, CANARY).await;
    let own = testing::owner(&world).await;
    let foreign_ids = ids_of(&world, other.workspace_id.uuid()).await;
    assert!(foreign_ids.len() > 20, "the other workspace is full of things: {}", foreign_ids.len());
    Two { world, own, other, foreign_ids }
}

pub fn filled(path: &str, slug: &str, id: &str) -> String {
    path.split('/')
        .map(|piece| match piece {
            "{workspace}" => slug.to_owned(),
            piece if piece.starts_with('{') => id.to_owned(),
            piece => piece.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/")
}

pub fn routes(world: &World) -> Vec<(Method, &'static str, Access)> {
    let house: House = world.app.parts.get();
    house
        .0
        .iter()
        .flat_map(|module| {
            module
                .routes
                .iter()
                .map(|route| (route.method.clone(), route.path, route.access))
                .collect::<Vec<_>>()
        })
        .filter(|(_, path, _)| !path.ends_with("/stream"))
        .collect()
}

#[tokio::test]
async fn nobody_reaches_what_needs_a_name() {
    let world = world().await;
    let owner = testing::owner(&world).await;
    for (method, path, access) in routes(&world) {
        if matches!(access, Access::Public | Access::Provider) {
            continue;
        }
        let path = filled(path, &owner.slug, &Uuid::now_v7().to_string());
        let reply = world.http().send(method.clone(), &path, Some("application/json"), b"{}".to_vec()).await;
        let sent_away = reply.status == 303
            && (reply.location().starts_with("/sign-in") || reply.location().ends_with("/enter"));
        assert!(
            matches!(reply.status, 401 | 403)
                || sent_away
                || reply.status == 200 && reply.text().contains("Sign in"),
            "{method} {path} as nobody: {}",
            reply.status
        );
    }
}

#[tokio::test]
async fn a_foreign_id_is_answered_like_an_unknown_one_on_every_route() {
    let mut two = two_workspaces().await;
    let unknown = Uuid::now_v7().to_string();
    let mut differ = Vec::new();
    for (method, path, access) in routes(&two.world) {
        let has_id = path.split('/').any(|piece| piece.starts_with('{') && piece != "{workspace}");
        if !has_id || matches!(access, Access::Public | Access::Guest | Access::Provider) {
            continue;
        }
        let caller = if path.starts_with("/api/") { &mut two.own.api } else { &mut two.own.http };
        let calm = |text: String, id: &str| text.replace(id, "ID");
        let (content, body) = match method {
            Method::GET | Method::DELETE => (None, Vec::new()),
            _ if path.starts_with("/api/") => (Some("application/json"), b"{}".to_vec()),
            _ => continue,
        };
        let address = filled(path, &two.own.slug, &unknown);
        let with_unknown = caller.send(method.clone(), &address, content, body.clone()).await;
        for foreign in &two.foreign_ids {
            let foreign = foreign.to_string();
            let address = filled(path, &two.own.slug, &foreign);
            let with_foreign = caller.send(method.clone(), &address, content, body.clone()).await;
            // Pages carry a nonce and a reference of their own; programs get the very same bytes.
            let same = with_foreign.status == with_unknown.status
                && (path.starts_with("/app/")
                    || calm(with_foreign.text(), &foreign) == calm(with_unknown.text(), &unknown));
            if !same || with_foreign.text().contains(CANARY) {
                differ.push(format!(
                    "{method} {path}: {} for a foreign id, {} for an unknown one",
                    with_foreign.status, with_unknown.status
                ));
                break;
            }
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[tokio::test]
async fn no_list_page_or_search_tells_anything_of_another_workspace() {
    let mut two = two_workspaces().await;
    let mut told = Vec::new();
    for (method, path, access) in routes(&two.world) {
        if method != Method::GET || matches!(access, Access::Guest | Access::Provider) {
            continue;
        }
        for query in ["", "?search=Kanarienvogel", "?q=Kanarienvogel"] {
            let path = filled(path, &two.own.slug, &Uuid::now_v7().to_string());
            let caller = if path.starts_with("/api/") { &mut two.own.api } else { &mut two.own.http };
            let reply = caller.get(&format!("{path}{query}")).await;
            let text = reply
                .text()
                .replace("search=Kanarienvogel", "")
                .replace("q=Kanarienvogel", "")
                .replace("value=\"Kanarienvogel\"", "");
            if reply.status == 200 && text.contains(CANARY) && query.is_empty() {
                told.push(format!("GET {path}"));
            }
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[tokio::test]
async fn a_stranger_does_not_learn_that_a_workspace_exists() {
    let mut two = two_workspaces().await;
    for (method, path, access) in routes(&two.world) {
        if method != Method::GET || !path.contains("{workspace}") || matches!(access, Access::Public) {
            continue;
        }
        let foreign = filled(path, &two.other.slug, &Uuid::now_v7().to_string());
        let unknown = filled(path, "no-such-place", &Uuid::now_v7().to_string());
        let (foreign, unknown) = (two.own.http.get(&foreign).await, two.own.http.get(&unknown).await);
        assert_eq!((foreign.status, unknown.status), (404, 404), "{path}");
    }
}

#[tokio::test]
async fn ids_of_another_workspace_in_a_body_are_refused_like_unknown_ones() {
    let mut two = two_workspaces().await;
    let unknown = Uuid::now_v7();
    let bodies = |id: Uuid| {
        vec![
            ("/api/contacts", json!({"client_id": id, "name": "A"})),
            ("/api/deals", json!({"title": "A", "client_id": id})),
            ("/api/projects", json!({"client_id": id, "name": "A"})),
            ("/api/time-entries", json!({"project_id": id, "date": "2026-11-19", "duration_seconds": 3600})),
            ("/api/timer/start", json!({"project_id": id})),
            (
                "/api/expenses",
                json!({"project_id": id, "date": "2026-11-19", "category": "travel", "amount_cents": 100, "currency": "EUR"}),
            ),
            (
                "/api/invoices",
                json!({"client_id": id, "lines": [{"description": "A", "quantity": "1", "unit_price_cents": 100}]}),
            ),
            ("/api/portals", json!({"client_id": id, "title": "A"})),
        ]
    };
    let calm = |text: String, id: Uuid| text.replace(&id.to_string(), "ID");
    for foreign in two.foreign_ids.clone() {
        for ((path, with_foreign), (_, with_unknown)) in bodies(foreign).into_iter().zip(bodies(unknown)) {
            let a = two.own.api.json("POST", path, with_foreign).await;
            let b = two.own.api.json("POST", path, with_unknown).await;
            assert_eq!((a.status, calm(a.text(), foreign)), (b.status, calm(b.text(), unknown)), "{path}");
            assert!((400..500).contains(&a.status), "{path}: {}", a.status);
        }
    }
}
