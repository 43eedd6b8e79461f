//! The headers of every answer of every route, whatever its status; nonces; what may be kept.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use rapport_testkit::{Http, Reply};
use rapport_web::{Access, House, Module, Routes};
use tokio::time::Duration;
use uuid::Uuid;

use super::{HERE, in_public, public_scene};
use crate::wall::{Entry, Scene, entries, filled, requests};

/// What browsers and proxies may keep although it lies behind no name: the start of its path, and why.
const KEPT: &[(&str, &str)] = &[
    ("/assets/", "named by what it holds"),
    ("/favicon.ico", "the same for everyone"),
    ("/pictures/", "the same for everyone"),
    ("/api/openapi.json", "the same for everyone"),
    ("/brand/", "colours, no more"),
];
/// What the own browser may keep for minutes, and why.
const KEPT_BY_ONE: &[(&str, &str)] =
    &[("/logo", "a picture on every page, by its address alone"), ("/brand.css", "colours on every page")];

/// The one header of that name.
fn one<'a>(reply: &'a Reply, name: &str) -> Result<&'a str, String> {
    let mut values = reply.headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| format!("{name} is no text")),
        (None, _) => Err(format!("no {name}")),
        _ => Err(format!("{name} twice")),
    }
}

fn nonce(reply: &Reply) -> Option<String> {
    let policy = one(reply, "content-security-policy").ok()?;
    Some(policy.split_once("script-src 'nonce-")?.1.split_once('\'')?.0.to_owned())
}

/// What is wrong with the headers of an answer.
fn faults(path: &str, reply: &Reply) -> Vec<String> {
    let mut faults = Vec::new();
    let mut expect = |name: &str, fine: &dyn Fn(&str) -> bool| match one(reply, name) {
        Ok(value) if fine(value) => {}
        Ok(value) => faults.push(format!("{name}: {value}")),
        Err(fault) => faults.push(fault),
    };
    expect("x-content-type-options", &|value| value == "nosniff");
    expect("cross-origin-opener-policy", &|value| value == "same-origin");
    expect("cross-origin-resource-policy", &|value| value == "same-origin");
    expect("referrer-policy", &|value| matches!(value, "same-origin" | "no-referrer"));
    expect("permissions-policy", &|value| value.contains("camera=()") && value.contains("payment=()"));
    expect("strict-transport-security", &|value| value.starts_with("max-age=63072000"));
    let file = reply.headers.contains_key("content-disposition");
    expect("content-security-policy", &|policy| {
        let locked = policy.contains("default-src 'none'") && !policy.contains("unsafe-eval");
        let page = ["script-src 'nonce-", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]
            .iter()
            .all(|part| policy.contains(part))
            && policy.contains("form-action 'self'")
            && !policy.contains("unsafe");
        let apart = policy.split(';').any(|part| part.trim() == "sandbox") && !policy.contains("script-src");
        locked && (page || file && apart)
    });
    let start = |list: &[(&str, &str)]| list.iter().any(|(start, _)| path.starts_with(start));
    let within = |list: &[(&str, &str)]| list.iter().any(|(part, _)| path.contains(part));
    if reply.status != 304 && !start(KEPT) {
        expect("cache-control", &|value| {
            value.contains("no-store") || within(KEPT_BY_ONE) && value.starts_with("private")
        });
    }
    // A body says what it is, and HTML and text say their alphabet.
    if !reply.body.is_empty() {
        expect("content-type", &|value| {
            // A stream of events has one alphabet.
            let told = value.contains("charset=utf-8") || value == "text/event-stream";
            !value.starts_with("text/") || told || file
        });
    }
    let name = reply.headers.keys().find(|name| matches!(name.as_str(), "server" | "x-powered-by"));
    faults.extend(name.map(|name| format!("{name} tells what it runs on")));
    faults
}

fn caller<'a>(scene: &'a mut Scene, entry: &Entry) -> &'a mut Http {
    match entry.access {
        Access::Public | Access::Provider => &mut scene.own.http,
        _ => scene.caller(entry),
    }
}

#[tokio::test]
async fn every_answer_of_every_route_has_the_headers_whatever_its_status() {
    let mut scene = public_scene().await;
    let readable = requests::readable(&mut scene).await;
    let page = scene.own.http.get(&format!("/app/{}", scene.own.slug)).await.expect(200).text();
    let asset = page.split("\"/assets/").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    // What ends the caller's own session comes last.
    let mut all = entries(&scene.world);
    let ends =
        |path: &str| ["sign-out", "logout", "sessions", "password"].iter().any(|part| path.contains(part));
    all.sort_by_key(|entry| (!entry.is_read(), ends(entry.path)));
    let mut wrong: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut seen, mut nonces) = (BTreeMap::<u16, usize>::new(), Vec::new());
    let mut look = |name: &str, path: &str, reply: &Reply| {
        *seen.entry(reply.status).or_default() += 1;
        nonces.extend(nonce(reply));
        for fault in faults(path, reply) {
            wrong.entry(fault).or_default().insert(format!("{} {name}", reply.status));
        }
    };
    for entry in all {
        let unknown = filled(
            &entry.path.replace("{portal_id}", &scene.portal.to_string()),
            &scene.own.slug,
            &Uuid::now_v7().to_string(),
        );
        let address = readable.get(entry.path).cloned().unwrap_or_else(|| unknown.clone());
        if entry.streams() {
            let reply = caller(&mut scene, &entry).listen(&address, Duration::from_millis(200)).await;
            look(&entry.name(), &address, &reply);
            continue;
        }
        // As its caller, of what is there and of what is not; as nobody; with the wrong method; as a form that lacks everything.
        let mut nobody = scene.world.http();
        let who = caller(&mut scene, &entry);
        let method = entry.method.clone();
        if entry.is_read() {
            for method in [Method::GET, Method::HEAD] {
                look(&entry.name(), &address, &who.send(method.clone(), &address, None, Vec::new()).await);
            }
            look(&entry.name(), &unknown, &who.get(&unknown).await);
        } else {
            let json = entry.is_api().then_some("application/json");
            let kind = json.or(Some("application/x-www-form-urlencoded"));
            let proof = format!("csrf={}", who.csrf());
            for body in [Vec::new(), b"{".to_vec(), b"{}".to_vec(), proof.into_bytes()] {
                look(&entry.name(), &unknown, &who.clone().send(method.clone(), &unknown, kind, body).await);
            }
            look(
                &entry.name(),
                &unknown,
                &who.clone().send(method.clone(), &unknown, Some("text/plain"), b"x".to_vec()).await,
            );
        }
        look(&entry.name(), &address, &nobody.send(method, &address, None, Vec::new()).await);
        look(&entry.name(), &address, &nobody.send(Method::TRACE, &address, None, Vec::new()).await);
        look(&entry.name(), &address, &nobody.send(Method::OPTIONS, &address, None, Vec::new()).await);
    }
    // What no route is made for.
    let mut who = scene.own.http.clone();
    for path in [
        format!("/assets/{asset}"),
        "/assets/none.js".into(),
        "/favicon.ico".into(),
        "/nowhere".into(),
        "/api/nowhere".into(),
        "/%00".into(),
        "/a/../b".into(),
        "//".into(),
    ] {
        look(&path, &path, &who.get(&path).await);
    }
    let total: usize = seen.values().sum();
    println!("{total} answers: {seen:?}; {} nonces", nonces.len());
    assert_eq!(wrong, BTreeMap::new());
    for status in [200, 303, 401, 404, 405, 415, 422] {
        assert!(seen.contains_key(&status), "no answer with {status}");
    }
    assert!(!seen.keys().any(|status| *status >= 500), "{seen:?}");
    let different: BTreeSet<&String> = nonces.iter().collect();
    assert!(nonces.len() > 1_000, "{} nonces", nonces.len());
    assert_eq!(different.len(), nonces.len(), "a nonce came twice");
    assert!(different.iter().all(|nonce| nonce.len() == 24), "128 bits each");
}

#[tokio::test]
async fn what_breaks_and_what_is_refused_at_the_door_has_the_headers_too() {
    let mut modules = rapport::house::modules();
    let broken = Routes::new("broken")
        .get("/broken", Access::Public, async || -> rapport_base::Result<String> {
            Err(rapport_base::Error::message("a fault"))
        })
        .get("/panics", Access::Public, async || -> String { panic!("on purpose") });
    modules.push(Module { routes: broken, ..Module::new("broken") });
    let world = in_public(rapport_testkit::World::start(modules).await, HERE);
    let _: House = world.app.parts.get();
    for (path, status) in [("/broken", 500), ("/panics", 500)] {
        let reply = world.http().get(path).await.expect(status);
        assert_eq!(faults(path, &reply), Vec::<String>::new());
        assert!(!reply.text().contains("on purpose") && !reply.text().contains("a fault"));
    }
    let mut foreign = world.http().with_header("origin", "https://evil.example");
    let reply = foreign.post("/sign-in", &[("email", "a@b.example")]).await.expect(403);
    assert_eq!(faults("/sign-in", &reply), Vec::<String>::new());
    let mut long = world.http();
    let reply = long.post("/sign-in", &[("email", &"x".repeat(5_000_000))]).await;
    assert!(matches!(reply.status, 400..500), "{}", reply.status);
    assert_eq!(faults("/sign-in", &reply), Vec::<String>::new());
}

#[tokio::test]
async fn every_script_and_style_of_a_page_carries_its_nonce_and_none_is_written_into_an_element() {
    let mut scene = public_scene().await;
    let readable = requests::readable(&mut scene).await;
    let (mut pages, mut wrong) = (0, BTreeSet::new());
    for entry in entries(&scene.world).into_iter().filter(|entry| entry.is_read() && !entry.streams()) {
        let Some(address) = readable
            .get(entry.path)
            .cloned()
            .or_else(|| (!entry.path.contains('{')).then(|| entry.path.to_owned()))
        else {
            continue;
        };
        let reply = caller(&mut scene, &entry).get(&address).await;
        let html = one(&reply, "content-type").is_ok_and(|kind| kind.starts_with("text/html"));
        let (true, Some(nonce)) = (html, nonce(&reply)) else { continue };
        pages += 1;
        let text = reply.text();
        for element in text.split('<').skip(1).filter_map(|piece| piece.split('>').next()) {
            let name = element.split_whitespace().next().unwrap_or_default();
            let given = element.contains(&format!("nonce=\"{nonce}\""));
            if matches!(name, "script" | "style") && !given {
                wrong.insert(format!("{}: <{name}> without its nonce", entry.path));
            }
            let attributes = element
                .split_whitespace()
                .skip(1)
                .filter_map(|piece| piece.split_once('='))
                .map(|(name, _)| name);
            for attribute in attributes.filter(|name| {
                *name == "style"
                    || name.starts_with("on")
                        && name.len() > 3
                        && name.chars().all(|c| c.is_ascii_lowercase())
            }) {
                wrong.insert(format!("{}: {attribute}= in <{name}>", entry.path));
            }
            if element.to_lowercase().contains("\"javascript:") {
                wrong.insert(format!("{}: a script for an address in <{name}>", entry.path));
            }
        }
    }
    println!("{pages} pages");
    assert_eq!(wrong, BTreeSet::new());
    assert!(pages > 70, "{pages} pages");
}
