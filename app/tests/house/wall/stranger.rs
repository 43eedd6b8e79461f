//! Every route with its own, with foreign, with unknown and with mixed ids, in path, query and body:
//! what may not be seen is answered byte for byte like what does not exist, and nothing of another
//! workspace is told or changed.

use std::collections::BTreeMap;

use identity::testing::{self, Signed};
use rapport_testkit::Reply;
use rapport_web::Access;
use uuid::Uuid;

use super::{
    Entry, Ids, Scene, calm,
    canaries::{self, CANARY},
    difference, entries, filled, guest,
    pages::{self, PageForm},
    requests::{self, Api, Ask, Sent},
};
use crate::{journey, world};

/// Share of the routes that must answer their rightful caller, or the rest would prove nothing.
const ANSWERED: f64 = 0.95;
/// Routes that have nothing to answer with here.
const NOTHING_HERE: &[(&str, &str)] = &[
    ("/app/{workspace}/logo", "no logo was uploaded"),
    ("/app/{workspace}/expenses/{id}/receipt", "the expenses have no receipt"),
    ("/api/expenses/{id}/receipt", "the expenses have no receipt"),
    ("/app/{workspace}/deliverables/{id}/versions/{number}", "the versions are addresses, not files"),
    ("/portal/{portal_id}/deliverables/{id}/versions/{number}", "the versions are addresses, not files"),
    ("/portal/{portal_id}/files/{id}", "no file is shown to the client"),
    ("/api/me/password", "the password is asked for and wrong, which is counted with the ways in"),
    ("/app/{workspace}/settings/team/{id}/make-owner", "as above"),
];
/// Share of the foreign ids in paths that must be answered with "not found", or something else
/// refuses them before they are looked for.
const NOT_FOUND: f64 = 0.9;

/// A full own workspace, and another one with the canary everywhere.
struct Two {
    scene: Scene,
    other: Signed,
    foreign: Ids,
    api: Api,
    readable: BTreeMap<&'static str, String>,
    forms: Vec<PageForm>,
}

async fn two() -> Two {
    let world = world().await;
    let mut other = testing::owner(&world).await;
    journey::fill(&world, &other, CANARY).await;
    guest(&world, &mut other).await;
    let mut scene = Scene::of(world).await;
    let mut owner = scene.world.owner().await;
    let filled = canaries::stuff(&mut owner, other.workspace_id.uuid()).await;
    println!("the other workspace: {filled:?}");
    assert!(filled.canaries > 150, "{filled:?}");
    let foreign = canaries::ids(&owner, other.workspace_id.uuid(), 2).await;
    let readable = requests::readable(&mut scene).await;
    let mut forms: Vec<PageForm> = Vec::new();
    for entry in entries(&scene.world).into_iter().filter(|entry| !entry.is_api()) {
        if let Some(address) = readable.get(entry.path).filter(|_| entry.is_read()) {
            let page = scene.caller(&entry).get(address).await;
            forms.extend(pages::forms(&page.text()));
        }
    }
    let api = Api::of(&scene.world);
    Two { scene, other, foreign, api, readable, forms }
}

/// The routes a member or guest calls.
fn inner(two: &Two) -> Vec<Entry> {
    let all = entries(&two.scene.world).into_iter().filter(|entry| !entry.streams());
    all.filter(|entry| !matches!(entry.access, Access::Public | Access::Provider)).collect()
}

/// Requests of a route with own ids: where it was seen to answer, else where it is likely to.
fn own_asks(two: &Two, entry: &Entry) -> Vec<Ask> {
    if entry.is_read() {
        let guess =
            || requests::addresses(entry, &two.scene.own.slug, two.scene.portal, &two.scene.ids, false);
        let address = two.readable.get(entry.path).cloned().or_else(|| guess().into_iter().next());
        return address.map(Ask::get).into_iter().collect();
    }
    let fits = |form: &&PageForm| {
        let path = form.action.split('?').next().unwrap_or_default();
        let pieces: Vec<&str> = path.split('/').collect();
        let route: Vec<&str> = entry.path.split('/').collect();
        form.posts
            && pieces.len() == route.len()
            && pieces.iter().zip(&route).all(|(piece, named)| named.starts_with('{') || piece == named)
    };
    let mut addresses: Vec<String> =
        two.forms.iter().filter(fits).map(|form| form.action.split('?').next().unwrap().to_owned()).collect();
    addresses.dedup();
    addresses.truncate(2);
    let guesses = requests::addresses(entry, &two.scene.own.slug, two.scene.portal, &two.scene.ids, false);
    addresses.extend(guesses.into_iter().take(5));
    let ask = |address| requests::write(&two.api, entry, address, &two.scene.ids, &two.forms);
    addresses.into_iter().map(ask).collect()
}

/// Foreign ids that could stand for an own one: of its table, or of every table if that is unknown.
fn instead(two: &Two, id: Uuid) -> Vec<Uuid> {
    match two.scene.table_of(id) {
        Some(table) => two.foreign[table].iter().take(1).copied().collect(),
        None => two.foreign.values().filter_map(|ids| ids.first().copied()).collect(),
    }
}

#[derive(Default)]
struct Tally {
    faults: Vec<String>,
    pairs: usize,
    in_paths: usize,
    not_found: usize,
}

impl Tally {
    /// Compares what a foreign id and an unknown one are answered.
    fn compare(&mut self, what: &str, foreign: (&Reply, Uuid), unknown: (&Reply, Uuid), in_path: bool) {
        self.pairs += 1;
        let (a, b) = (calm(foreign.0, &[foreign.1.to_string()]), calm(unknown.0, &[unknown.1.to_string()]));
        if a != b {
            self.faults.push(format!("{what}: {}", difference(&a, &b)));
        }
        if a.to_lowercase().contains(CANARY) {
            self.faults.push(format!("{what}: tells of the other workspace"));
        }
        if foreign.0.status >= 500 {
            self.faults.push(format!("{what}: {}", foreign.0.status));
        }
        if in_path {
            self.in_paths += 1;
            self.not_found += usize::from(foreign.0.status == 404);
        }
    }
}

#[tokio::test]
async fn what_lies_beyond_the_wall_is_answered_like_what_does_not_exist() {
    let mut two = two().await;
    foreign_ids(&mut two).await;
    filters_and_searches(&mut two).await;
    workspaces_and_portals(&mut two).await;
    programs_that_name_another_workspace(&mut two).await;
    the_rightful_caller(&mut two).await;
}

/// A foreign id is answered like an unknown one, wherever it stands.
async fn foreign_ids(two: &mut Two) {
    let owner = two.scene.world.owner().await;
    let before = canaries::held(&owner, two.other.workspace_id.uuid()).await;
    let mut tally = Tally::default();
    let unknown = Uuid::now_v7();
    for entry in inner(two) {
        let asks: Vec<Ask> = own_asks(two, &entry).into_iter().take(2).collect();
        for ask in asks {
            let portal = two.scene.portal;
            for id in ask.ids().into_iter().filter(|id| *id != portal || entry.access != Access::Guest) {
                let in_path = ask.address.contains(&id.to_string());
                for foreign in instead(two, id) {
                    let (with_foreign, with_unknown) = (ask.with(id, foreign), ask.with(id, unknown));
                    let caller = two.scene.caller(&entry);
                    let told = with_foreign.send(caller).await;
                    let untold = with_unknown.send(caller).await;
                    tally.compare(&entry.name(), (&told, foreign), (&untold, unknown), in_path);
                }
            }
        }
    }
    assert_eq!(tally.faults, Vec::<String>::new());
    println!("{} pairs of answers, {} in paths", tally.pairs, tally.in_paths);
    let share = tally.not_found as f64 / tally.in_paths as f64;
    assert!(share > NOT_FOUND, "{} of {} foreign ids were looked for", tally.not_found, tally.in_paths);
    assert_eq!(canaries::held(&owner, two.other.workspace_id.uuid()).await, before, "nothing was changed");
}

/// Queries of a readable route with an id in them: as described, and as the pages use them.
fn queries(two: &Two, entry: &Entry, page: &str) -> Vec<Ask> {
    let Some(address) = two.readable.get(entry.path) else { return Vec::new() };
    let described = two.api.query(entry).into_iter().flat_map(|(name, parameter)| {
        let values = match takes_words(name) {
            true => vec![CANARY.into()],
            false => two.api.values(parameter, name, &two.scene.ids),
        };
        values
            .into_iter()
            .map(move |value| Ask::get(format!("{address}?{name}={}", requests::encoded(&value))))
    });
    let filters = pages::forms(page).into_iter().filter(|form| !form.posts).flat_map(|form| {
        let names: Vec<String> = form.fields.into_iter().map(|(name, _)| name).collect();
        names.into_iter().map(|name| {
            let value = requests::text(&name, "", &two.scene.ids);
            let value = if takes_words(&name) { CANARY.into() } else { value };
            Ask::get(format!("{address}?{name}={}", requests::encoded(&value)))
        })
    });
    let linked = pages::links(page).into_iter().filter(|link| link.starts_with(&format!("{address}?")));
    let (orders, others): (Vec<String>, Vec<String>) = linked.partition(|link| link.contains("sort="));
    let linked = orders.into_iter().chain(others.into_iter().take(4)).map(Ask::get);
    let mut all: Vec<Ask> = described.chain(filters).chain(linked).collect();
    all.sort_by(|a, b| a.address.cmp(&b.address));
    all.dedup_by(|a, b| a.address == b.address);
    all
}

/// A field that is searched with: it is given a word of the other workspace.
fn takes_words(name: &str) -> bool {
    matches!(name, "search" | "q" | "company_name" | "label" | "industry" | "tags")
}

/// No filter, search or order brings anything of another workspace.
async fn filters_and_searches(two: &mut Two) {
    let mut tally = Tally::default();
    let (mut asked, mut ordered, unknown) = (0, 0, Uuid::now_v7());
    for entry in inner(two).into_iter().filter(Entry::is_read) {
        let Some(address) = two.readable.get(entry.path).cloned() else { continue };
        let page = two.scene.caller(&entry).get(&address).await.text();
        let mut asks = queries(two, &entry, &page);
        asks.push(Ask::get(&address));
        for ask in asks {
            let reply = ask.send(two.scene.caller(&entry)).await;
            asked += 1;
            ordered += usize::from(ask.address.contains("?sort=") && reply.status == 200);
            let own_words = [format!("={CANARY}"), format!("value=\"{CANARY}\""), format!("“{CANARY}”")];
            let text = own_words
                .iter()
                .fold(reply.text().to_lowercase(), |text, own| text.replace(own.as_str(), ""));
            if reply.status >= 500 || text.contains(CANARY) {
                tally.faults.push(format!("GET {}: {}", ask.address, reply.status));
            }
            for id in ask.ids().into_iter().filter(|id| !address.contains(&id.to_string())) {
                for foreign in instead(two, id) {
                    let caller = two.scene.caller(&entry);
                    let told = ask.with(id, foreign).send(caller).await;
                    let untold = ask.with(id, unknown).send(caller).await;
                    tally.compare(&ask.address, (&told, foreign), (&untold, unknown), false);
                }
            }
        }
    }
    assert_eq!(tally.faults, Vec::<String>::new());
    println!("{asked} queries, {ordered} of them orders, {} pairs with an id", tally.pairs);
    assert!(asked > 300 && tally.pairs > 30, "{asked} queries, {} pairs", tally.pairs);
    assert!(ordered >= 20, "{ordered} orders were taken");
}

/// Routes answer their rightful caller, or all of this would prove nothing.
async fn the_rightful_caller(two: &mut Two) {
    let mut all = inner(two);
    // What ends things comes last.
    all.sort_by_key(|entry| {
        let ending = ["sign-out", "logout", "password", "sessions", "leave", "make-owner"];
        let ends = ending.iter().any(|word| entry.path.contains(word));
        let removes = entry.method == http::Method::DELETE || entry.path.ends_with("/delete");
        let restores = entry.path.ends_with("/restore");
        (ends, restores, removes, !entry.is_read(), entry.access != Access::Guest, requests::acts(entry))
    });
    let unknown = Uuid::now_v7();
    let (mut served, mut deaf) = (0, Vec::new());
    all.retain(|entry| NOTHING_HERE.iter().all(|(path, _)| *path != entry.path));
    let total = all.len();
    for entry in all {
        let (mut last, mut fine) = (String::from("no own address"), false);
        for ask in own_asks(two, &entry) {
            let in_path = ask.ids().into_iter().rfind(|id| ask.address.contains(&id.to_string()));
            let to_unknown = match in_path {
                Some(id) if !entry.is_read() => {
                    Some(ask.with(id, unknown).send(two.scene.caller(&entry)).await)
                }
                _ => None,
            };
            let ids = two.scene.ids.clone();
            let (ask, mut reply) =
                requests::insist(&two.api, &entry, ask, two.scene.caller(&entry), &ids).await;
            if requests::put_out(&reply) {
                two.scene.come_back().await;
                reply = ask.send(two.scene.caller(&entry)).await;
            }
            fine = requests::answered(&reply, to_unknown.as_ref());
            if fine {
                break;
            }
            last = format!(
                "{} {} {}",
                reply.status,
                ask.address,
                reply.text().chars().take(160).collect::<String>()
            );
        }
        served += usize::from(fine);
        if !fine {
            deaf.push(format!("{}: {last}", entry.name()));
        }
    }
    println!("{served} of {total} routes answer their rightful caller; not: {deaf:#?}");
    assert!(served as f64 / total as f64 >= ANSWERED, "{served} of {total}: {deaf:#?}");
}

/// A stranger does not learn that a workspace or portal exists.
async fn workspaces_and_portals(two: &mut Two) {
    let (foreign_portal, unknown_portal) = (two.foreign["portal.portals"][0], Uuid::now_v7());
    let id = Uuid::now_v7().to_string();
    for entry in inner(two) {
        if entry.path.contains("{workspace}") {
            let slugs = [two.other.slug.as_str(), "no-such-place"];
            let addresses = slugs.map(|slug| filled(entry.path, slug, &id));
            let body = if entry.is_read() { Sent::Nothing } else { Sent::Form(Vec::new()) };
            let ask = |address: &String| Ask {
                method: entry.method.clone(),
                address: address.clone(),
                body: body.clone(),
            };
            let told = ask(&addresses[0]).send(&mut two.scene.own.http).await;
            let untold = ask(&addresses[1]).send(&mut two.scene.own.http).await;
            assert_eq!(told.status, 404, "{}", entry.name());
            assert_eq!(
                calm(&told, &[slugs[0].into()]),
                calm(&untold, &[slugs[1].into()]),
                "{}",
                entry.name()
            );
        }
        if entry.path.contains("{portal_id}") {
            let told = filled(entry.path, "", &foreign_portal.to_string());
            let untold = filled(entry.path, "", &unknown_portal.to_string());
            let guest = &mut two.scene.guest;
            let told = guest.send(entry.method.clone(), &told, None, Vec::new()).await;
            let untold = guest.send(entry.method.clone(), &untold, None, Vec::new()).await;
            assert!(
                told.location().ends_with("/enter") || told.status == 403,
                "{}: {}",
                entry.name(),
                told.status
            );
            assert_eq!(
                calm(&told, &[foreign_portal.to_string()]),
                calm(&untold, &[unknown_portal.to_string()]),
                "{}",
                entry.name()
            );
        }
    }
}

/// A program that names another workspace is told nothing of it.
async fn programs_that_name_another_workspace(two: &mut Two) {
    for entry in inner(two).into_iter().filter(|entry| entry.is_api() && entry.is_read()) {
        if matches!(entry.access, Access::Guest | Access::SignedIn) {
            continue;
        }
        let address = two.readable.get(entry.path).cloned().unwrap_or_else(|| filled(entry.path, "", ""));
        let told = two.scene.own.api.clone().with_header("x-workspace", &two.other.slug).get(&address).await;
        let untold =
            two.scene.own.api.clone().with_header("x-workspace", "no-such-place").get(&address).await;
        assert_eq!(told.status, 404, "{}", entry.name());
        assert_eq!(calm(&told, &[]), calm(&untold, &[]), "{}", entry.name());
    }
}
