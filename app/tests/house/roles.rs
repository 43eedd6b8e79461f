//! What each role holds and each caller reaches, held against the tables written by hand in `docs/ROLES.md`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use http::Method;
use identity::testing::{self, Signed};
use rapport_testkit::{Http, World};
use rapport_web::Access;
use uuid::Uuid;

use crate::{
    journey,
    wall::{Entry, entries, filled, guest, requests::refused},
    world,
};

const ROLES: [&str; 5] = ["owner", "admin", "manager", "member", "viewer"];
const CALLERS: [&str; 7] = ["nobody", "guest", "viewer", "member", "manager", "admin", "owner"];

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ROLES.md");
    fs::read_to_string(path).unwrap()
}

/// `permission → roles` from the rows of the document.
fn by_hand() -> BTreeMap<String, Vec<String>> {
    document()
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

/// A line of the table of routes.
struct Line {
    method: String,
    pattern: String,
    callers: BTreeSet<&'static str>,
}

impl Line {
    /// How closely it fits a route; nothing when it does not.
    fn fit(&self, entry: &Entry) -> Option<(usize, bool, bool)> {
        if self.method != "any" && self.method != entry.method.as_str() {
            return None;
        }
        let starts = if self.pattern.contains('…') { &["/api", "/app/{workspace}"][..] } else { &[""][..] };
        starts.iter().find_map(|start| {
            let pattern = self.pattern.replace('…', start);
            let rest = pattern.strip_suffix('*');
            let fits = rest.map_or(entry.path == pattern, |rest| entry.path.starts_with(rest));
            fits.then(|| (pattern.trim_end_matches('*').len(), rest.is_none(), self.method != "any"))
        })
    }
}

fn lines() -> Vec<Line> {
    document()
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let (method, pattern) = cells.get(1)?.split_once(" `")?;
            let callers = CALLERS.iter().zip(&cells[2..]).filter(|(_, cell)| !cell.is_empty());
            Some(Line {
                method: method.to_owned(),
                pattern: pattern.strip_suffix('`')?.to_owned(),
                callers: callers.map(|(caller, _)| *caller).collect(),
            })
        })
        .collect()
}

/// Everyone who calls.
struct Everyone {
    world: World,
    owner: Signed,
    portal: Uuid,
    guest: Http,
    members: BTreeMap<&'static str, Signed>,
}

impl Everyone {
    async fn new() -> Self {
        let world = world().await;
        let feed = rapport_queue::Feed::start(&world.app).await.unwrap();
        let parts = rapport::home::with_feed(&world.app, feed);
        let world = world.with_parts(parts);
        let founder = testing::owner(&world).await;
        journey::fill(&world, &founder, "Amsel").await;
        let mut owner = testing::member(&world, &founder, "owner").await;
        let (portal, guest) = guest(&world, &mut owner).await;
        let mut everyone = Self { world, owner, portal, guest, members: BTreeMap::new() };
        for role in ROLES {
            everyone.come(role).await;
        }
        everyone
    }
    async fn come(&mut self, role: &'static str) {
        self.members.insert(role, testing::member(&self.world, &self.owner, role).await);
    }
    /// Calls a route with ids that are unknown, and tells whether the caller got past the gate.
    async fn passes(&mut self, caller: &'static str, entry: &Entry) -> bool {
        // What may end one's session is called with a session of its own.
        if entry.access == Access::SignedIn && self.members.contains_key(caller) {
            self.come(caller).await;
        }
        let mut http = match (caller, self.members.get(caller)) {
            (_, Some(signed)) if entry.is_api() && entry.access != Access::Guest => signed.api.clone(),
            (_, Some(signed)) => signed.http.clone(),
            ("guest", None) => self.guest.clone(),
            _ => self.world.http(),
        };
        let path = entry.path.replace("{portal_id}", &self.portal.to_string());
        let address = filled(&path, &self.owner.slug, &Uuid::now_v7().to_string());
        if entry.streams() {
            let reply = http.listen(&address, std::time::Duration::from_millis(50)).await;
            return !refused(&reply);
        }
        let reply = if entry.is_api() {
            let body = if entry.is_read() { Vec::new() } else { b"{}".to_vec() };
            http.send(entry.method.clone(), &address, Some("application/json"), body).await
        } else if entry.method == Method::GET {
            http.get(&address).await
        } else {
            http.post(&address, &[]).await
        };
        !refused(&reply)
    }
}

#[tokio::test]
async fn every_caller_gets_through_to_exactly_the_routes_the_document_gives_them() {
    let lines = lines();
    let mut everyone = Everyone::new().await;
    let mut used = BTreeSet::new();
    let (mut wrong, mut calls) = (Vec::new(), 0);
    let mut all = entries(&everyone.world);
    all.sort_by_key(|entry| entry.path.ends_with("/leave"));
    for entry in all {
        let fits = lines.iter().enumerate().filter_map(|(at, line)| Some((line.fit(&entry)?, at)));
        let Some((_, at)) = fits.max() else {
            wrong.push(format!("{} stands in no line", entry.name()));
            continue;
        };
        used.insert(at);
        let open = matches!(entry.access, Access::Public | Access::Provider);
        for caller in CALLERS {
            // What is open asks for proof of its own, and is tried with the ways in.
            let passes = open || everyone.passes(caller, &entry).await;
            calls += usize::from(!open);
            if passes != lines[at].callers.contains(caller) {
                wrong.push(format!("{caller} at {}: gets through {passes}", entry.name()));
            }
        }
    }
    let idle = lines.iter().enumerate().filter(|(at, _)| !used.contains(at));
    wrong.extend(idle.map(|(_, line)| format!("{} {} fits no route", line.method, line.pattern)));
    println!("{} lines, {calls} calls", lines.len());
    assert_eq!(wrong, Vec::<String>::new());
}
