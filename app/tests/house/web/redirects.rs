//! Where answers send people: never to another site, whatever the request says about the way back.

use std::{
    collections::{BTreeMap, BTreeSet},
    slice::from_ref,
    sync::atomic::{AtomicU32, Ordering},
};

use futures::future::join_all;
use jiff::SignedDuration;
use rapport_base::Clock;
use rapport_testkit::{Http, Reply};
use rapport_web::Access;
use url::{Url, form_urlencoded::Serializer};

use crate::{
    wall::{Entry, Scene, entries, requests},
    world,
};

const HERE: &str = "http://localhost:8080";

/// What the way back is called, here and elsewhere.
const NAMES: &[&str] = &[
    "next",
    "back",
    "to",
    "from",
    "return",
    "return_to",
    "redirect",
    "redirect_to",
    "redirect_uri",
    "url",
    "continue",
    "action",
    "path",
    "dest",
    "origin",
];

/// Ways to another site, and ways to a script.
const WAYS: &[&str] = &[
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/\t/evil.example/",
    "\t//evil.example/",
    " //evil.example/",
    "/\n/evil.example/",
    "https:evil.example/",
    "//localhost:8080@evil.example/",
    "http://localhost:8080@evil.example/",
    "http://localhost:8080.evil.example/",
    "/%09/evil.example/",
    "/%5cevil.example/",
    "%2f%2fevil.example/",
    "/..//evil.example/",
    "/.//evil.example/",
    "/\u{ff0f}evil.example/",
    "/\u{a0}/evil.example/",
    "javascript:alert(1)//evil.example",
    "data:text/html,evil.example",
    "/x\r\nLocation: https://evil.example/",
];

/// What is wrong with where an answer leads, by its headers and the addresses in its page.
fn astray(reply: &Reply, ways: &[&str]) -> Option<String> {
    let here = Url::parse(HERE).unwrap().join("/app/x").unwrap();
    let leads_out = |address: &str| {
        let there = here.join(address);
        there.map_or(true, |there| there.origin() != here.origin() || there.scheme() == "javascript")
    };
    for line in reply.headers.get_all("location") {
        let to = line.to_str().unwrap_or("no text");
        if leads_out(to) {
            return Some(format!("Location: {to}"));
        }
    }
    if let Some(refresh) = reply.headers.get("refresh") {
        return Some(format!("Refresh: {refresh:?}"));
    }
    if reply.headers.values().any(|value| value == "https://evil.example/") {
        return Some("a header of the sender's".into());
    }
    let text = reply.text();
    for attribute in ["href=\"", "action=\"", "src=\"", "formaction=\""] {
        for value in text.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()) {
            let value = value.replace("&amp;", "&").replace("&#38;", "&");
            if value.contains("evil.example") && ways.contains(&value.as_str()) && leads_out(&value) {
                return Some(format!("{attribute}{value}"));
            }
        }
    }
    None
}

/// Longer than any limit of attempts holds.
const FORGOTTEN: SignedDuration = SignedDuration::from_mins(16);

/// The caller, in another network with each request: limits of attempts are not what is tried.
fn elsewhere(caller: &Http) -> Http {
    static NETWORKS: AtomicU32 = AtomicU32::new(0);
    let [_, _, high, low] = NETWORKS.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    caller.clone().at([10, high, low, 1])
}

/// A way under some names, as in a query or a form.
fn pairs(names: &[&str], way: &str) -> Serializer<'static, String> {
    let mut pairs = Serializer::new(String::new());
    for name in names {
        pairs.append_pair(name, way);
    }
    pairs
}

async fn get(caller: &Http, address: &str, names: &[&str], way: &str) -> (String, Reply) {
    let address = format!("{address}?{}", pairs(names, way).finish());
    let reply = elsewhere(caller).get(&address).await;
    (address, reply)
}

/// Whether a query was read: a page may refuse a name, or what is said under it.
fn was_read(reply: &Reply) -> bool {
    !matches!(reply.status, 400 | 422)
}

/// What a page answers to every way under all names that it reads.
async fn read(caller: &Http, address: &str) -> Vec<(String, Reply)> {
    let tried = NAMES.iter().map(|name| async move {
        let out = get(caller, address, from_ref(name), WAYS[0]).await;
        let back = get(caller, address, from_ref(name), "/account").await;
        (*name, out, back)
    });
    let (mut names, mut replies) = (Vec::new(), Vec::new());
    for (name, out, back) in join_all(tried).await {
        if was_read(&out.1) || was_read(&back.1) {
            names.push(name);
        }
        replies.extend([out, back]);
    }
    if names.is_empty() {
        return replies;
    }
    let together = WAYS.iter().map(|way| get(caller, address, &names, way));
    for (way, (asked, reply)) in WAYS.iter().zip(join_all(together).await) {
        if !was_read(&reply) {
            // One name that refuses a way does not speak for the others.
            let alone = names.iter().map(|name| get(caller, address, from_ref(name), way));
            replies.extend(join_all(alone).await);
        }
        replies.push((asked, reply));
    }
    replies
}

/// What a form answers to a way under all names.
async fn post(clock: &Clock, caller: &Http, entry: &Entry, address: &str, way: &str) -> Reply {
    let body = pairs(NAMES, way).append_pair("csrf", caller.csrf()).finish();
    let kind = Some("application/x-www-form-urlencoded");
    let send = || async {
        elsewhere(caller).send(entry.method.clone(), address, kind, body.clone().into_bytes()).await
    };
    let reply = send().await;
    if reply.status != 429 {
        return reply;
    }
    // An account's own limit holds wherever it is tried from.
    clock.advance(FORGOTTEN);
    send().await
}

/// Where a page or form is likely to be.
fn likely(scene: &Scene, readable: &BTreeMap<&'static str, String>, entry: &Entry) -> String {
    readable.get(entry.path).cloned().unwrap_or_else(|| {
        let some = requests::addresses(entry, &scene.own.slug, scene.portal, &scene.ids, false);
        some.into_iter().next().unwrap_or_else(|| entry.path.replace("{token}", &"t".repeat(43)))
    })
}

fn caller(scene: &mut Scene, entry: &Entry) -> Http {
    match entry.access {
        Access::Public | Access::Provider => scene.own.http.clone(),
        _ => scene.caller(entry).clone(),
    }
}

/// Whether a form may put its sender out, so that it comes last.
fn ends(entry: &Entry) -> bool {
    let ending = ["sign-out", "password", "sessions", "leave", "make-owner", "delete"];
    ending.iter().any(|word| entry.path.contains(word))
}

/// Lets in again whom a form has put out.
async fn come_back(scene: &mut Scene) {
    let inside = scene.own.path("notices");
    let own = scene.own.http.get(&inside).await.status;
    let guest = scene.guest.get("/api/portal/me").await.status;
    if (own, guest) != (200, 200) {
        scene.come_back().await;
    }
}

#[derive(Default)]
struct Tally {
    answers: usize,
    led: usize,
    wrong: BTreeSet<String>,
}

impl Tally {
    fn look(&mut self, asked: &str, reply: &Reply) {
        self.answers += 1;
        self.led += usize::from((300..400).contains(&reply.status));
        if let Some(fault) = astray(reply, WAYS) {
            self.wrong.insert(format!("{asked}: {fault}"));
        }
    }
}

#[tokio::test]
async fn no_query_and_no_form_sends_anyone_to_another_site() {
    let mut scene = Scene::of(world().await).await;
    let clock = scene.world.clock.clone();
    let readable = requests::readable(&mut scene).await;
    let all = entries(&scene.world).into_iter().filter(|entry| !entry.is_api() && !entry.streams());
    let (pages, mut forms): (Vec<Entry>, Vec<Entry>) = all.partition(Entry::is_read);
    forms.sort_by_key(ends);
    let mut tally = Tally::default();
    let mut silent = 0;
    for entry in &pages {
        let (caller, address) = (caller(&mut scene, entry), likely(&scene, &readable, entry));
        let replies = read(&caller, &address).await;
        silent += usize::from(replies.iter().all(|(_, reply)| !was_read(reply)));
        for (asked, reply) in replies {
            tally.look(&asked, &reply);
        }
    }
    for (number, entry) in forms.iter().enumerate() {
        let (caller, address) = (caller(&mut scene, entry), likely(&scene, &readable, entry));
        // What has succeeded once is answered otherwise the next time: each form meets another way first.
        for at in 0..WAYS.len() {
            let way = WAYS[(number + at) % WAYS.len()];
            let reply = post(&clock, &caller, entry, &address, way).await;
            tally.look(&format!("{} with {way:?}", entry.name()), &reply);
        }
        come_back(&mut scene).await;
    }
    let Tally { answers, led, wrong } = tally;
    println!(
        "{} pages, {silent} of which read none of the names, and {} forms; {answers} answers, {led} of them redirects",
        pages.len(),
        forms.len()
    );
    assert_eq!(wrong, BTreeSet::new());
    assert!(answers > 5_000 && led > 100, "{answers} answers, {led} redirects");
    assert!(silent < pages.len() / 4, "{silent} pages read none of the names");
}

#[tokio::test]
async fn the_ways_back_that_exist_lead_back_and_nowhere_else() {
    let world = world().await;
    let owner = identity::testing::owner(&world).await;
    let here = Url::parse(HERE).unwrap();
    for way in WAYS.iter().copied().chain(["/account"]) {
        let mut browser = world.http();
        browser.get("/sign-in").await.expect(200);
        let theme = browser.post("/theme", &[("theme", "dark"), ("back", way)]).await.expect(303);
        let fields =
            [("email", owner.email.as_str()), ("password", identity::testing::PASSWORD), ("next", way)];
        let entered = browser.post("/sign-in", &fields).await.expect(303);
        let known = browser.get(&format!("/sign-in?next={}", requests::encoded(way))).await.expect(303);
        for reply in [theme, entered, known] {
            let there = here.join(reply.location()).unwrap();
            assert_eq!(there.origin(), here.origin(), "{way:?} leads to {there}");
            assert_eq!(way == "/account", there.path() == "/account", "{way:?} leads to {there}");
            assert!(!reply.location().contains(['\r', '\n', '\\', '\t']), "{way:?}");
        }
    }
}
