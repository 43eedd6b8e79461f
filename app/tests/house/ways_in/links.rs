//! Links sent by mail: looking at one uses nothing up, and of twenty who redeem it at once one gets in.

use std::net::IpAddr;

use futures::future::join_all;
use http::Method;
use identity::testing::{self, PASSWORD, Signed};
use rapport_testkit::{Http, Reply, World};
use serde_json::{Value, json};

use super::{address, mailed_link};
use crate::{
    journey,
    wall::{entries, guest},
    world,
};

/// Links that may be followed as often as one likes.
const MANY_TIMES: &[(&str, &str)] =
    &[("/i/{token}", "an invoice is looked at, downloaded and paid by all to whom its mail is passed on")];

/// Programs that follow links before people do.
const PREVIEWERS: &[&str] = &[
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "facebookexternalhit/1.1",
    "WhatsApp/2.23.20.0",
    "Mozilla/5.0 (Windows NT 10.0) SafeLinks",
    "Mozilla/5.0 (compatible; bingbot/2.0) BingPreview/1.0b",
];

/// A link that works once.
struct Link {
    /// Its route.
    path: &'static str,
    /// Where it leads.
    address: String,
    /// The browser that may follow it.
    browser: Http,
    /// What is typed on its page.
    fields: Vec<(&'static str, &'static str)>,
    /// The same for programs.
    api: Option<(&'static str, Value)>,
}

fn from(number: usize) -> IpAddr {
    address(5_000 + number)
}

async fn sign_in_link(world: &World, who: &Signed) -> (Http, String) {
    let mut browser = world.http().at(from(1));
    browser.get("/sign-in/link").await.expect(200);
    browser.post("/sign-in/link", &[("email", &who.email)]).await.expect(303);
    (browser, mailed_link(world, &who.email, "/sign-in/link/").await)
}

async fn links(world: &World, owner: &mut Signed) -> Vec<Link> {
    let mut all = Vec::new();
    let (browser, at) = sign_in_link(world, owner).await;
    all.push(Link { path: "/sign-in/link/{token}", address: at, browser, fields: vec![], api: None });

    let forgetful = testing::member(world, owner, "member").await;
    let mut browser = world.http().at(from(2));
    browser.get("/forgot").await.expect(200);
    browser.post("/forgot", &[("email", &forgetful.email)]).await.expect(200);
    let at = mailed_link(world, &forgetful.email, "/reset/").await;
    let token = at.rsplit('/').next().unwrap().to_owned();
    all.push(Link {
        path: "/reset/{token}",
        address: at,
        browser,
        fields: vec![("password", "another horse battery 9")],
        api: Some((
            "/api/auth/password/reset",
            json!({"token": token, "password": "another horse battery 9"}),
        )),
    });

    let mut new = testing::member(world, owner, "member").await;
    testing::unconfirm(world, &new).await;
    new.http.post("/account/verify", &[]).await.expect(303);
    let at = mailed_link(world, &new.email, "/verify/").await;
    let token = at.rsplit('/').next().unwrap().to_owned();
    all.push(Link {
        path: "/verify/{token}",
        address: at,
        browser: world.http().at(from(3)),
        fields: vec![],
        api: Some(("/api/auth/verify", json!({"token": token}))),
    });

    let invited = "invited@client.example";
    owner
        .api
        .json("POST", "/api/team/invitations", json!({"email": invited, "role": "member"}))
        .await
        .expect(201);
    let at = mailed_link(world, invited, "/invitations/").await;
    let token = at.rsplit('/').next().unwrap().to_owned();
    all.push(Link {
        path: "/invitations/{token}",
        address: at,
        browser: world.http().at(from(4)),
        fields: vec![("name", "Ines Nova"), ("password", PASSWORD)],
        api: Some((
            "/api/auth/invitations/accept",
            json!({"token": token, "name": "Ines Nova", "password": PASSWORD}),
        )),
    });

    let (portal, _) = guest(world, owner).await;
    let made = json!({"single_use": true});
    let made = owner.api.json("POST", &format!("/api/portals/{portal}/links"), made).await.expect(201).json();
    all.push(Link {
        path: "/portal/{portal_id}/{token}",
        address: made["url"].as_str().unwrap().replace("http://localhost:8080", ""),
        browser: world.http().at(from(5)),
        fields: vec![],
        api: None,
    });
    all
}

fn got_in(reply: &Reply) -> bool {
    matches!(reply.status, 200 | 201 | 204)
        && reply.headers.get("content-type").is_none_or(|t| t != "text/html; charset=utf-8")
        || reply.status == 303 && !reply.location().starts_with("/sign-in/link")
}

#[tokio::test]
async fn every_link_that_works_once_survives_being_looked_at_and_lets_one_of_twenty_in() {
    let world = world().await;
    let mut owner = testing::owner(&world).await;
    journey::fill(&world, &owner, "Amsel").await;
    owner = testing::member(&world, &owner, "owner").await;
    let links = links(&world, &mut owner).await;

    // Every route that ends in a token is among them.
    for entry in entries(&world) {
        let known = links.iter().any(|link| link.path == entry.path)
            || MANY_TIMES.iter().any(|(path, _)| entry.path.starts_with(path));
        assert!(!entry.path.contains("{token}") || known, "{} is tried here", entry.name());
    }

    for link in links {
        for (number, program) in PREVIEWERS.iter().enumerate() {
            let previewer = world.http().at(from(100 + number)).with_header("user-agent", program);
            let mut previewer = previewer.with_header("sec-purpose", "prefetch;prerender");
            for method in [Method::GET, Method::HEAD, Method::GET] {
                let reply = previewer.send(method.clone(), &link.address, None, Vec::new()).await;
                assert_eq!(reply.status, 200, "{method} {} by {program}", link.path);
                let given = reply.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok());
                let given: Vec<&str> = given.filter(|line| !line.starts_with("visitor=")).collect();
                assert_eq!(given, Vec::<&str>::new(), "{} by {program}", link.path);
            }
        }
        let mut browser = link.browser.clone();
        browser.get(&link.address).await.expect(200);
        let racers = (0..20).map(|number| {
            let mut http = browser.clone().at(from(200 + number));
            let (address, fields) = (link.address.clone(), link.fields.clone());
            // Half of them by the pages and half by the API, where there is one.
            let api = link.api.clone().filter(|_| number % 2 == 1);
            let mut program = world.http().at(from(300 + number));
            async move {
                match api {
                    Some((path, body)) => program.json("POST", path, body).await,
                    None => http.post(&address, &fields).await,
                }
            }
        });
        let replies = join_all(racers).await;
        let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
        assert_eq!(replies.iter().filter(|reply| got_in(reply)).count(), 1, "{}: {statuses:?}", link.path);
        assert!(statuses.iter().all(|status| *status < 500), "{}: {statuses:?}", link.path);
        let again = browser.clone().at(from(400)).post(&link.address, &link.fields).await;
        assert!(!got_in(&again), "{} works once more: {}", link.path, again.status);
    }
}

#[tokio::test]
async fn of_twenty_who_type_a_code_at_once_one_gets_in_and_a_refresh_token_is_exchanged_once() {
    let world = world().await;
    let owner = testing::owner(&world).await;
    let mut program = world.http().at(from(1));
    let asked =
        program.json("POST", "/api/auth/magic-link", json!({"email": owner.email})).await.expect(202).json();
    world.settle().await;
    let mail: String = world
        .owner()
        .await
        .query_one("select body_text from mail.outbox order by created_at desc, id desc limit 1", &[])
        .await
        .unwrap()
        .get(0);
    let digits = regex::Regex::new(r"\b(\d{3}) ?(\d{3})\b").unwrap();
    let code = digits.captures(&mail).map(|found| format!("{}{}", &found[1], &found[2])).expect("a code");
    let code = json!({"pending": asked["pending"], "code": code});
    let replies = join_all((0..20).map(|number| {
        let (mut http, code) = (world.http().at(from(10 + number)), code.clone());
        async move { http.json("POST", "/api/auth/magic-link/code", code).await }
    }))
    .await;
    let tokens: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert_eq!(tokens.len(), 1, "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());

    let refresh = json!({"refresh_token": tokens[0].json()["refresh_token"]});
    let replies = join_all((0..20).map(|number| {
        let (mut http, refresh) = (world.http().at(from(40 + number)), refresh.clone());
        async move { http.json("POST", "/api/auth/refresh", refresh).await }
    }))
    .await;
    let fresh: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert_eq!(fresh.len(), 1, "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());
    // Used twice, it was stolen: what it was exchanged for has ended, too.
    let token = fresh[0].json()["access_token"].as_str().unwrap().to_owned();
    world.http().with_bearer(&token).get("/api/me").await.expect(401);
}
