//! What each role may call, held against the table written by hand in `docs/ROLES.md`.

use std::{collections::BTreeMap, fs, path::Path};

use identity::testing;
use rapport_web::{Access, House};
use uuid::Uuid;

use crate::world;

const ROLES: [&str; 5] = ["owner", "admin", "manager", "member", "viewer"];

/// `permission → roles` from the rows of the document.
fn by_hand() -> BTreeMap<String, Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ROLES.md");
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let name = cells.get(1)?.strip_prefix('`')?.strip_suffix('`')?;
            let held = ROLES
                .iter()
                .zip(&cells[2..])
                .filter(|(_, cell)| !cell.is_empty())
                .map(|(role, _)| (*role).to_owned());
            Some((name.to_owned(), held.collect()))
        })
        .collect()
}

#[tokio::test]
async fn the_roles_hold_what_the_document_says() {
    let world = world().await;
    let declared: BTreeMap<String, Vec<String>> = world
        .app
        .permissions
        .iter()
        .map(|info| {
            (
                info.permission.to_string(),
                ROLES.iter().filter(|r| info.roles.contains(r)).map(|r| (*r).to_owned()).collect(),
            )
        })
        .collect();
    assert_eq!(declared, by_hand());
}

#[tokio::test]
async fn every_route_refuses_exactly_the_roles_that_lack_its_permission() {
    let world = world().await;
    let owner = testing::owner(&world).await;
    let house: House = world.app.parts.get();
    let mut wrong = Vec::new();
    for role in ROLES {
        let mut signed = if role == "owner" {
            testing::owner(&world).await
        } else {
            testing::member(&world, &owner, role).await
        };
        for route in house.0.iter().flat_map(|module| module.routes.iter()) {
            let Access::Permission(permission) = route.access else { continue };
            let holds = world.app.permission(permission).is_some_and(|info| info.roles.contains(&role));
            if holds && route.method != http::Method::GET {
                continue;
            }
            let slug = if role == "owner" { &signed.slug } else { &owner.slug };
            let path = route.path.replace("{workspace}", slug);
            let path: String = path
                .split('/')
                .map(|p| if p.starts_with('{') { Uuid::now_v7().to_string() } else { p.to_owned() })
                .collect::<Vec<_>>()
                .join("/");
            let caller = if path.starts_with("/api/") { &mut signed.api } else { &mut signed.http };
            let reply =
                caller.send(route.method.clone(), &path, Some("application/json"), b"{}".to_vec()).await;
            if holds == (reply.status == 403) {
                wrong.push(format!(
                    "{role}: {} {} gives {}, {permission} held: {holds}",
                    route.method, route.path, reply.status
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
