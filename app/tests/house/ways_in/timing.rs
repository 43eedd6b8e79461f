//! Whether an address has an account is not told: neither by the answer nor by its time.

use std::time::{Duration, Instant};

use identity::testing;
use rapport_testkit::{Http, World};
use serde_json::json;

use super::address;
use crate::{
    wall::requests::{Ask, Sent},
    world,
};

/// Pairs that are measured.
const ROUNDS: usize = 15;

/// A way in that is given an address.
struct Way {
    name: &'static str,
    page: Option<&'static str>,
    ask: fn(&str) -> Ask,
}

fn form(address: &str, email: &str) -> Ask {
    let fields = vec![("email".into(), email.into()), ("password".into(), "a wrong horse battery 9".into())];
    Ask { method: http::Method::POST, address: address.into(), body: Sent::Form(fields) }
}

fn json(address: &str, body: serde_json::Value) -> Ask {
    Ask { method: http::Method::POST, address: address.into(), body: Sent::Json(body) }
}

const WAYS: &[Way] = &[
    Way { name: "sign-in page", page: Some("/sign-in"), ask: |email| form("/sign-in", email) },
    Way {
        name: "sign-in by program",
        page: None,
        ask: |email| json("/api/auth/login", json!({"email": email, "password": "a wrong horse battery 9"})),
    },
    Way { name: "sign-in link", page: Some("/sign-in/link"), ask: |email| form("/sign-in/link", email) },
    Way {
        name: "sign-in code",
        page: None,
        ask: |email| json("/api/auth/magic-link", json!({"email": email})),
    },
    Way { name: "forgotten password", page: Some("/forgot"), ask: |email| form("/forgot", email) },
    Way {
        name: "forgotten password by program",
        page: None,
        ask: |email| json("/api/auth/password/forgot", json!({"email": email})),
    },
];

async fn visitor(world: &World, way: &Way, number: usize) -> Http {
    let mut http = world.http().at(address(number));
    if let Some(page) = way.page {
        http.get(page).await.expect(200);
    }
    http
}

/// An answer without what is made anew each time: the browser's own proof and the program's own token.
fn told(reply: &rapport_testkit::Reply, proof: &str, email: &str) -> String {
    let mut text = format!("{} {} {}", reply.status, reply.location(), reply.text());
    if let Some(pending) = reply.json()["pending"].as_str() {
        text = text.replace(pending, "PENDING");
    }
    let text = if proof.is_empty() { text } else { text.replace(proof, "PROOF") };
    text.replace(email, "EMAIL")
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Medians of alternating requests; machines stumble, so a way is slower only if it is so three times.
async fn differs(world: &World, way: &Way, known: &str, from: usize) -> Option<String> {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        for (email, times) in [(known, &mut with), ("nobody@nowhere.example", &mut without)] {
            let mut http = visitor(world, way, from + 2 * round).await;
            let ask = (way.ask)(email);
            let started = Instant::now();
            ask.send(&mut http).await;
            times.push(started.elapsed());
        }
    }
    let (with, without) = (median(with), median(without));
    println!("{}: {with:?} with an account, {without:?} without", way.name);
    let far = with.abs_diff(without);
    (far > Duration::from_millis(4) && far > with.min(without).mul_f64(0.4))
        .then(|| format!("{}: {with:?} with an account, {without:?} without", way.name))
}

#[tokio::test]
async fn an_address_with_an_account_is_answered_like_one_without_and_as_fast() {
    let world = world().await;
    let owner = testing::owner(&world).await;
    for (number, way) in WAYS.iter().enumerate() {
        let mut answers = Vec::new();
        for email in [owner.email.as_str(), "nobody@nowhere.example"] {
            let mut http = visitor(&world, way, number).await;
            let proof = http.csrf().to_owned();
            let reply = (way.ask)(email).send(&mut http).await;
            answers.push(told(&reply, &proof, email));
        }
        assert_eq!(answers[0], answers[1], "{}", way.name);
        let mut slower = None;
        for attempt in 0..3 {
            // The account's own limit, over all networks, is not what is measured.
            world.clock.advance(jiff::SignedDuration::from_mins(2));
            slower = differs(&world, way, &owner.email, 1_000 * (number + 1) + 100 * attempt).await;
            if slower.is_none() {
                break;
            }
        }
        assert_eq!(slower, None);
    }
}
