//! Every cookie there is, and what browsers are told about it.

use std::collections::{BTreeMap, BTreeSet};

use identity::testing::{self, PASSWORD};
use rapport_testkit::{Http, Reply};

use super::{HERE, in_public};
use crate::{journey, wall, world};

/// Cookies that are no secret and grant nothing: why they may do without the prefix.
const WITHOUT_PREFIX: &[(&str, &str)] = &[
    ("flash", "a sentence to be shown once; what is not ours reads as nothing"),
    ("theme", "light or dark, read by the page's script"),
];

fn given(reply: &Reply) -> Vec<String> {
    let lines = reply.headers.get_all("set-cookie").iter();
    lines.map(|line| line.to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_cookie_is_bound_to_the_host_secure_and_out_of_reach_of_scripts() {
    let mut world = world().await;
    let mut owner = testing::owner(&world).await;
    journey::fill(&world, &owner, "Amsel").await;
    world.app.public_url = HERE.into();
    let parts = world.app.parts.clone();
    let world = in_public(world.with_parts(parts), HERE);

    let mut cookies: Vec<String> = Vec::new();
    let visitor = || world.http().with_header("origin", HERE);
    let mut browser: Http = visitor();
    cookies.extend(given(&browser.get("/sign-in").await));
    cookies
        .extend(given(&browser.post("/theme", &[("theme", "dark"), ("back", "/sign-in")]).await.expect(303)));
    let fields = [("email", owner.email.as_str()), ("password", PASSWORD)];
    cookies.extend(given(&browser.post("/sign-in", &fields).await.expect(303)));
    browser.get("/account").await.expect(200);
    cookies.extend(given(&browser.post("/account", &[("name", "Ada")]).await));
    cookies.extend(given(&browser.get("/account").await.expect(200)));
    cookies.extend(given(&browser.post("/sign-out", &[]).await.expect(303)));
    let portals = owner.api.get("/api/portals").await.expect(200).json();
    let portal = portals["data"][0]["id"].as_str().unwrap();
    let made = owner.api.json("POST", &format!("/api/portals/{portal}/links"), serde_json::json!({})).await;
    let link = made.expect(201).json()["url"].as_str().unwrap().to_owned();
    let link = &link[link.find("/portal/").unwrap()..];
    let mut guest = visitor();
    guest.get(link).await.expect(200);
    cookies.extend(given(&guest.post(link, &[]).await.expect(303)));
    drop(guest);

    let mut wrong = BTreeMap::<String, BTreeSet<&str>>::new();
    let mut names = BTreeSet::new();
    for line in &cookies {
        let mut parts = line.split(';').map(str::trim);
        let name = parts.next().unwrap().split('=').next().unwrap();
        let told: Vec<&str> = parts.collect();
        let plain = name.trim_start_matches("__Host-");
        names.insert(plain.split('-').next().unwrap().to_owned());
        let may = WITHOUT_PREFIX.iter().any(|(known, _)| *known == plain);
        let mut expect = |fault, fine: bool| {
            if !fine {
                wrong.entry(line.clone()).or_default().insert(fault);
            }
        };
        expect("is not bound to the host by its name", name.starts_with("__Host-") || may);
        expect("is not Secure", told.contains(&"Secure"));
        expect("is within reach of scripts", told.contains(&"HttpOnly") || plain == "theme");
        expect(
            "travels with other sites' forms",
            told.iter().any(|part| matches!(*part, "SameSite=Lax" | "SameSite=Strict")),
        );
        expect("has another path", told.contains(&"Path=/"));
        expect("names a domain", !told.iter().any(|part| part.starts_with("Domain")));
    }
    assert_eq!(wrong, BTreeMap::new());
    let known = ["flash", "guest", "rapport", "theme", "visitor"];
    assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), known);
    assert!(wall::entries(&world).len() > 300);
}
