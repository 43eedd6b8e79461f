//! The wall between workspaces, tried from outside and from inside.

mod assignment;
pub mod canaries;
mod cursors;
mod interference;
mod pages;
pub mod requests;
mod stranger;
mod streams;
mod tables;

use std::collections::BTreeMap;

use http::Method;
use identity::testing::{self, Signed};
use rapport_testkit::{Http, Reply, World};
use rapport_web::{Access, House};
use serde_json::json;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::journey;

type Values<'a> = &'a [&'a (dyn ToSql + Sync)];
/// Ids by table.
pub type Ids = BTreeMap<String, Vec<Uuid>>;

/// One route, as the table of routes tells it.
#[derive(Clone)]
pub struct Entry {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
    pub module: &'static str,
}

impl Entry {
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
    pub fn streams(&self) -> bool {
        self.path.ends_with("/stream")
    }
    pub fn is_api(&self) -> bool {
        self.path.starts_with("/api/")
    }
    pub fn is_read(&self) -> bool {
        self.method == Method::GET
    }
}

/// Every route of the house.
pub fn entries(world: &World) -> Vec<Entry> {
    let house: House = world.app.parts.get();
    let routes = house.0.iter().flat_map(|module| module.routes.iter());
    routes
        .map(|route| Entry {
            method: route.method.clone(),
            path: route.path,
            access: route.access,
            module: route.module,
        })
        .collect()
}

/// Every route that answers at once.
pub fn routes(world: &World) -> Vec<(Method, &'static str, Access)> {
    let entries = entries(world).into_iter().filter(|entry| !entry.streams());
    entries.map(|entry| (entry.method, entry.path, entry.access)).collect()
}

/// A path with its workspace and, in every other gap, the same id.
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

/// One id of every table of a workspace.
pub async fn ids_of(world: &World, workspace: Uuid) -> Vec<Uuid> {
    let ids = canaries::ids(&world.owner().await, workspace, 1).await;
    let asked =
        ids.into_iter().filter(|(table, _)| !table.starts_with("spine.") && !table.starts_with("queue."));
    asked.flat_map(|(_, ids)| ids).collect()
}

/// An owner with a full workspace and a guest in its portal.
pub struct Scene {
    pub world: World,
    pub own: Signed,
    pub guest: Http,
    pub portal: Uuid,
    pub ids: Ids,
}

impl Scene {
    pub async fn of(world: World) -> Self {
        Self::with(world, "Amsel").await
    }
    /// With a word in every text.
    pub async fn with(world: World, word: &str) -> Self {
        let mut own = testing::owner(&world).await;
        for role in ["manager", "member"] {
            testing::member(&world, &own, role).await;
        }
        journey::fill(&world, &own, word).await;
        let (portal, guest) = guest(&world, &mut own).await;
        let mut scene = Self { world, own, guest, portal, ids: Ids::new() };
        requests::add_what_is_missing(&mut scene).await;
        scene.part(word).await;
        scene.know().await;
        scene
    }
    /// Somebody is erased, and the workspace exported: what nobody does by the way.
    async fn part(&mut self, word: &str) {
        let client = self.ids["clients.clients"][0];
        let name = format!("Parting {word}");
        let api = &mut self.own.api;
        let contact = json!({"client_id": client, "name": name});
        let contact = api.json("POST", "/api/contacts", contact).await.expect(201).json();
        let erasure = format!("/api/contacts/{}/erasure", contact["id"].as_str().unwrap());
        api.json("POST", &erasure, json!({"name": name, "asked_by": "person"})).await.expect(201);
        api.json("POST", "/api/exports", json!({})).await.expect(202);
        self.world.settle().await;
    }
    /// Looks up what the workspace holds by now; the caller's own membership comes last, so that
    /// what is done to members is done to others.
    pub async fn know(&mut self) {
        let owner = self.world.owner().await;
        self.ids = canaries::ids(&owner, self.own.workspace_id.uuid(), 6).await;
        let own = self.own.member_id.uuid();
        self.ids.get_mut("identity.memberships").expect("members").sort_by_key(|id| *id == own);
    }
    /// The callers anew, after one of them was put out.
    pub async fn come_back(&mut self) {
        self.own = testing::member(&self.world, &self.own, "owner").await;
        if self.guest.get("/api/portal/me").await.status == 401 {
            (self.portal, self.guest) = guest(&self.world, &mut self.own).await;
        }
    }
    /// Who may call a route.
    pub fn caller(&mut self, entry: &Entry) -> &mut Http {
        match entry.access {
            Access::Guest => &mut self.guest,
            _ if entry.is_api() => &mut self.own.api,
            _ => &mut self.own.http,
        }
    }
    /// The table an id of the own workspace lies in.
    pub fn table_of(&self, id: Uuid) -> Option<&str> {
        self.ids.iter().find(|(_, ids)| ids.contains(&id)).map(|(table, _)| table.as_str())
    }
}

/// A guest in the one portal of a workspace.
pub async fn guest(world: &World, owner: &mut Signed) -> (Uuid, Http) {
    let portals = owner.api.get("/api/portals").await.expect(200).json();
    let portals = portals["data"].as_array().unwrap();
    let open = portals.iter().find(|portal| portal["status"] == "active").expect("an open portal");
    let portal = open["id"].as_str().unwrap().to_owned();
    let made =
        owner.api.json("POST", &format!("/api/portals/{portal}/links"), json!({})).await.expect(201).json();
    let path = made["url"].as_str().unwrap().strip_prefix("http://localhost:8080").unwrap().to_owned();
    let mut guest = world.http();
    guest.post(&path, &[]).await.expect(303);
    guest.get(&format!("/portal/{portal}")).await.expect(200);
    (portal.parse().unwrap(), guest)
}

/// An answer without what may differ between equal ones: the id asked for, and the request's number.
pub fn calm(reply: &Reply, ids: &[String]) -> String {
    let mut headers: Vec<String> = reply
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date" | "content-length"))
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    headers.sort();
    let mut text = format!("{}\n{}\n{}", reply.status, headers.join("\n"), reply.text());
    for id in ids {
        text = text.replace(id, "ID");
    }
    text
}

/// The first lines in which two answers differ.
pub fn difference(a: &str, b: &str) -> String {
    let pair = a.lines().zip(b.lines()).find(|(a, b)| a != b);
    let cut = |line: &str, other: &str| {
        let at = line.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
        line.chars().skip(at.saturating_sub(40)).take(160).collect::<String>()
    };
    match pair {
        Some((a, b)) => format!("«{}» against «{}»", cut(a, b), cut(b, a)),
        None => format!("{} bytes against {}", a.len(), b.len()),
    }
}
