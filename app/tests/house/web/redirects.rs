//! Where answers send people: never to another site, whatever the request says about the way back.

use std::collections::BTreeSet;

use http::Method;
use rapport_testkit::{Http, Reply};
use rapport_web::Access;
use url::Url;

use crate::{
    wall::{Scene, entries, requests},
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

async fn try_all(caller: &mut Http, method: &Method, address: &str, way: &str) -> Vec<(String, Reply)> {
    let pairs = || {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        for name in NAMES {
            pairs.append_pair(name, way);
        }
        pairs
    };
    if *method == Method::GET {
        // Queries refuse names they do not know: each alone.
        let mut replies = Vec::new();
        for name in NAMES {
            let address = format!("{address}?{name}={}", requests::encoded(way));
            let reply = caller.get(&address).await;
            if reply.status != 422 && reply.status != 400 {
                replies.push((address, reply));
            }
        }
        return replies;
    }
    let mut forms = Vec::new();
    let body = pairs().append_pair("csrf", caller.csrf()).finish();
    let kind = Some("application/x-www-form-urlencoded");
    forms.push((
        format!("{method} {address}"),
        caller.clone().send(method.clone(), address, kind, body.into_bytes()).await,
    ));
    forms
}

#[tokio::test]
async fn no_query_and_no_form_sends_anyone_to_another_site() {
    let mut scene = Scene::of(world().await).await;
    let readable = requests::readable(&mut scene).await;
    let pages: Vec<_> =
        entries(&scene.world).into_iter().filter(|entry| !entry.is_api() && !entry.streams()).collect();
    let (mut asked, mut led, mut wrong) = (0, 0, BTreeSet::new());
    for entry in &pages {
        let address = readable.get(entry.path).cloned().unwrap_or_else(|| {
            let some = requests::addresses(entry, &scene.own.slug, scene.portal, &scene.ids, false);
            some.into_iter().next().unwrap_or_else(|| entry.path.replace("{token}", &"t".repeat(43)))
        });
        // Each form once or the first way's success would spoil the others; reads with every second way.
        let ways: Vec<&str> = match entry.is_read() {
            true => WAYS.iter().copied().step_by(5).collect(),
            false => WAYS.iter().copied().step_by(8).collect(),
        };
        for way in ways {
            let caller: &mut Http = match entry.access {
                Access::Public | Access::Provider => &mut scene.own.http.clone(),
                _ => &mut scene.caller(entry).clone(),
            };
            for (what, reply) in try_all(caller, &entry.method, &address, way).await {
                asked += 1;
                led += usize::from((300..400).contains(&reply.status));
                if let Some(fault) = astray(&reply, WAYS) {
                    wrong.insert(format!("{what} with {way:?}: {fault}"));
                }
            }
        }
    }
    println!("{} pages and forms, {asked} answers, {led} of them redirects", pages.len());
    assert_eq!(wrong, BTreeSet::new());
    assert!(asked > 1_000 && led > 100, "{asked} answers, {led} redirects");
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
