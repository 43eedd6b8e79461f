//! Requests that another site makes a browser send: refused on every unsafe route, and nothing changes.

use http::Method;
use rapport_testkit::{Http, Reply};
use rapport_web::{Access, security::Network};
use uuid::Uuid;

use crate::{
    wall::{Entry, Scene, entries, filled},
    world,
};

/// Unsafe routes that prove their sender otherwise.
const PROVEN_OTHERWISE: &[(&str, &str)] = &[
    ("/api/webhooks/stripe", "the sender signs the body"),
    (
        "/portal/{portal_id}/{token}",
        "the token in the path is the proof, and it gives nothing but that portal",
    ),
];

const FORM: &str = "application/x-www-form-urlencoded";

/// The unsafe routes that a browser's cookies open.
fn unsafe_routes(scene: &Scene) -> Vec<Entry> {
    let all = entries(&scene.world).into_iter().filter(|entry| !entry.is_read());
    all.filter(|entry| PROVEN_OTHERWISE.iter().all(|(path, _)| *path != entry.path)).collect()
}

fn browser(scene: &Scene, entry: &Entry) -> Http {
    match entry.access {
        Access::Guest => scene.guest.clone(),
        _ => scene.own.http.clone(),
    }
}

fn address(scene: &Scene, entry: &Entry) -> String {
    let path = entry.path.replace("{portal_id}", &scene.portal.to_string());
    filled(&path, &scene.own.slug, &Uuid::now_v7().to_string())
}

async fn send(browser: &Http, method: &Method, address: &str, proof: Option<&str>) -> Reply {
    let body = proof.map(|proof| format!("csrf={proof}")).unwrap_or_default();
    let mut browser = browser.clone();
    browser.keep_csrf("");
    browser.send(method.clone(), address, Some(FORM), body.into_bytes()).await
}

#[tokio::test]
async fn a_form_without_the_proof_of_its_session_is_refused_on_every_unsafe_route() {
    let scene = Scene::of(world().await).await;
    let stranger = identity::testing::owner(&scene.world).await;
    let other_session = identity::testing::member(&scene.world, &scene.own, "owner").await;
    let routes = unsafe_routes(&scene);
    let mut taken = Vec::new();
    for entry in &routes {
        let (address, browser) = (address(&scene, entry), browser(&scene, entry));
        let proofs = [
            ("none", None),
            ("an empty one", Some("")),
            ("a guessed one", Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
            ("a stranger's", Some(stranger.http.csrf())),
            ("another session's", Some(other_session.http.csrf())),
        ];
        for (whose, proof) in proofs {
            let mut replies = vec![send(&browser, &entry.method, &address, proof).await];
            if let Some(proof) = proof {
                let bearing = browser.clone().with_header("x-csrf-token", proof);
                replies.push(send(&bearing, &entry.method, &address, None).await);
            }
            // Bodies a page of another site can send without asking.
            for content in ["text/plain", "application/json"] {
                if entry.access == Access::Guest && entry.is_api() && content == "application/json" {
                    continue;
                }
                let mut bare = browser.clone();
                bare.keep_csrf("");
                replies.push(bare.send(entry.method.clone(), &address, Some(content), b"{}".to_vec()).await);
            }
            for reply in replies.into_iter().filter(|reply| reply.status != 403) {
                taken.push(format!("{} with {whose} proof: {}", entry.name(), reply.status));
            }
        }
    }
    taken.dedup();
    assert_eq!(taken, Vec::<String>::new());
    println!("{} unsafe routes", routes.len());
    assert!(routes.len() > 200, "{} routes", routes.len());
}

#[tokio::test]
async fn a_request_another_site_made_is_refused_on_every_unsafe_route_even_with_the_right_proof() {
    let network = Network::new(&url::Url::parse("http://localhost:8080").unwrap());
    let mut scene = Scene::of(world().await).await;
    scene.world = scene.world.behind(|router| network.around(router));
    scene.own.http = scene.world.in_front(scene.own.http);
    scene.guest = scene.world.in_front(scene.guest);
    let vectors: [&[(&str, &str)]; 6] = [
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "http://localhost.evil.example:8080")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site"), ("origin", "http://other.localhost.example")],
        &[("referer", "https://evil.example/form")],
    ];
    let mut taken = Vec::new();
    let routes = unsafe_routes(&scene);
    for entry in &routes {
        let address = address(&scene, entry);
        for vector in vectors {
            let right = browser(&scene, entry).csrf().to_owned();
            let browser = vector
                .iter()
                .fold(browser(&scene, entry), |browser, (name, value)| browser.with_header(name, value));
            let reply = send(&browser, &entry.method, &address, Some(&right)).await;
            if reply.status != 403 {
                taken.push(format!("{} with {vector:?}: {}", entry.name(), reply.status));
            }
        }
    }
    assert_eq!(taken, Vec::<String>::new());
    // Our own page gets through, or all of this would prove nothing.
    let mut page = scene.own.http.clone().with_header("origin", "http://localhost:8080");
    page.post("/account", &[("name", "Ada Morel")]).await.expect(303);
}
