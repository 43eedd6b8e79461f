//! Every way in has a limit, and says when to try again.

use std::{collections::BTreeMap, sync::Arc};

use identity::testing::{self, Signed};
use rapport_testkit::{Http, Reply, World};
use rapport_web::{Access, ApiQuota, security::rate::Budgets};
use serde_json::Value;

use super::address;
use crate::{
    journey,
    wall::{
        Entry, Ids, entries, guest,
        requests::{Api, Ask, Sent},
    },
    world,
};

/// Attempts a minute from one address before the way in closes, by the route.
const ATTEMPTS: &[(&str, usize)] = &[
    ("POST /sign-up", 5),
    ("POST /sign-in", 5),
    ("POST /sign-in/again", 5),
    ("POST /sign-in/link", 5),
    ("POST /sign-in/link/{token}", 5),
    ("POST /sign-in/code", 5),
    ("POST /forgot", 5),
    ("POST /reset/{token}", 5),
    ("POST /verify/{token}", 5),
    ("GET /invitations/{token}", 30),
    ("POST /invitations/{token}", 30),
    ("POST /api/auth/signup", 5),
    ("POST /api/auth/login", 5),
    ("POST /api/auth/refresh", 30),
    ("POST /api/auth/magic-link", 5),
    ("POST /api/auth/magic-link/code", 5),
    ("POST /api/auth/password/forgot", 5),
    ("POST /api/auth/password/reset", 5),
    ("POST /api/auth/verify", 5),
    ("POST /api/auth/invitations/accept", 30),
    ("GET /i/{token}", 30),
    ("GET /i/{token}/brand.css", 30),
    ("POST /i/{token}/seen", 30),
    ("POST /i/{token}/pdf", 30),
    ("POST /i/{token}/pay", 30),
    ("POST /portal/{portal_id}/enter", 5),
    ("GET /portal/{portal_id}/{token}", 30),
    ("POST /portal/{portal_id}/{token}", 30),
    // Behind a session: a password or code is asked for once more, or mail is sent.
    ("POST /account/password", 5),
    ("POST /api/me/password", 5),
    ("POST /account/verify", 5),
    ("POST /api/auth/verify/resend", 5),
    ("POST /portal/{portal_id}/confirm", 5),
    ("POST /portal/{portal_id}/confirm/send", 5),
];

/// Open routes at which nothing can be guessed.
const NOTHING_TO_GUESS: &[(&str, &str)] = &[
    ("POST /theme", "sets a cookie with one of three words"),
    ("POST /api/webhooks/stripe", "the sender signs the body; a wrong signature costs one hash"),
    ("GET /sign-in/link/{token}", "a page with a button, the same for every token"),
    ("GET /reset/{token}", "a page with a form, the same for every token"),
    ("GET /verify/{token}", "a page with a button, the same for every token"),
];

/// The open routes that change something or take a token.
fn open(entry: &Entry) -> bool {
    let takes = !entry.is_read() || entry.path.contains("{token}");
    matches!(entry.access, Access::Public | Access::Provider) && takes
}

struct Door {
    world: World,
    api: Api,
    owner: Signed,
    person: Signed,
    guest: Http,
    portal: String,
}

impl Door {
    /// Another person, whose address nobody has confirmed yet.
    async fn next_person(&mut self) {
        self.person = testing::member(&self.world, &self.owner, "member").await;
        testing::unconfirm(&self.world, &self.person).await;
    }

    /// An attempt that is wrong, the same each time.
    fn attempt(&self, entry: &Entry) -> Ask {
        let token = "x".repeat(43);
        let path = entry.path.replace("{portal_id}", &self.portal).replace("{token}", &token);
        let email = self.person.email.clone();
        let body = match self.api.body(entry) {
            Some((schema, _)) => {
                let mut body = self.api.value(schema, "", "", &Ids::new());
                for (name, value) in [("email", &email), ("token", &token), ("refresh_token", &token)] {
                    if body.get(name).is_some() {
                        body[name] = Value::String(value.clone());
                    }
                }
                for name in ["password", "present"] {
                    if body.get(name).is_some() {
                        body[name] = Value::String("a wrong horse battery 9".into());
                    }
                }
                Sent::Json(body)
            }
            None if entry.is_read() => Sent::Nothing,
            None if entry.is_api() => Sent::Json(serde_json::json!({})),
            None => {
                let fields = [
                    ("email", email.as_str()),
                    ("password", "a wrong horse battery 9"),
                    ("present", "a wrong horse battery 9"),
                    ("name", "Ada"),
                    ("workspace_name", "Amsel"),
                    ("code", "000000"),
                ];
                Sent::Form(fields.map(|(name, value)| (name.into(), value.into())).to_vec())
            }
        };
        Ask { method: entry.method.clone(), address: path, body }
    }

    async fn caller(&self, entry: &Entry, number: usize) -> Http {
        let mut caller = match entry.access {
            Access::Guest => self.guest.clone(),
            Access::Public | Access::Provider => self.world.http(),
            _ if entry.is_api() => self.person.api.clone(),
            _ => self.person.http.clone(),
        }
        .at(address(number));
        if matches!(entry.access, Access::Public) && !entry.is_api() {
            caller.get("/sign-in").await.expect(200);
        }
        caller
    }
}

/// Attempts until the way in is closed.
async fn until_closed(caller: &mut Http, ask: &Ask) -> Option<(usize, Reply)> {
    for tried in 0..45 {
        let reply = ask.send(caller).await;
        if reply.status == 429 {
            return Some((tried, reply));
        }
    }
    None
}

#[tokio::test]
async fn every_way_in_closes_after_its_number_of_attempts_for_that_address_alone() {
    let world = world().await;
    let owner = testing::owner(&world).await;
    journey::fill(&world, &owner, "Amsel").await;
    let mut owner = testing::member(&world, &owner, "owner").await;
    let (portal, guest) = guest(&world, &mut owner).await;
    let (api, person) = (Api::of(&world), owner.clone());
    let mut door = Door { world, api, owner, person, guest, portal: portal.to_string() };
    let wanted: BTreeMap<&str, usize> = ATTEMPTS.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut walked = 0;
    for (number, entry) in entries(&door.world).into_iter().enumerate() {
        let name = entry.name();
        let known = wanted.get(name.as_str());
        if known.is_none() && (!open(&entry) || NOTHING_TO_GUESS.iter().any(|(path, _)| *path == name)) {
            continue;
        }
        walked += 1;
        // Minutes lie between one way in and the next, so that none closes another.
        door.world.clock.advance(jiff::SignedDuration::from_mins(3));
        door.next_person().await;
        let ask = door.attempt(&entry);
        let mut caller = door.caller(&entry, 2 * number).await;
        match until_closed(&mut caller, &ask).await {
            None => wrong.push(format!("{name} stays open")),
            Some((tried, _)) if Some(&tried) != known => wrong.push(format!("{name} closes after {tried}")),
            Some((_, reply)) if reply.headers.get("retry-after").is_none() => {
                wrong.push(format!("{name} does not say when to try again"));
            }
            Some(_) => {}
        }
        // Whoever is elsewhere is not locked out.
        let mut elsewhere = door.caller(&entry, 2 * number + 1).await;
        let reply = ask.send(&mut elsewhere).await;
        if reply.status == 429 {
            wrong.push(format!("{name} is closed for others, too"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(walked, ATTEMPTS.len(), "every way in that is named exists");
}

#[tokio::test]
async fn tokens_and_keys_that_are_none_may_be_tried_thirty_times_a_minute() {
    let world = world().await;
    let owner = testing::owner(&world).await;
    for (number, token) in ["rpk_wrongwrongwrongwrongwrongwrongwrong", "a.b.c", "x"].into_iter().enumerate() {
        let mut program = world.http().with_bearer(token).at(address(number));
        let (tried, reply) = until_closed(&mut program, &Ask::get("/api/me")).await.expect("the door closes");
        assert_eq!(tried, 30, "{token}");
        assert!(reply.headers.get("retry-after").is_some());
        owner.api.clone().at(address(100 + number)).get("/api/me").await.expect(200);
    }
}

#[tokio::test]
async fn every_answer_tells_a_program_how_many_calls_are_left_also_the_one_that_refuses() {
    let world = World::start_with(rapport::house::modules(), |parts| {
        parts.with(Arc::new(Budgets::new())).with(ApiQuota { member: 3, workspace: 30 })
    })
    .await;
    let mut program = testing::owner(&world).await.api;
    for (status, left) in [(200, "2"), (200, "1"), (200, "0"), (429, "0")] {
        let reply = program.get("/api/clients").await.expect(status);
        let header = |name: &str| reply.headers[name].to_str().unwrap();
        assert_eq!((header("ratelimit-limit"), header("ratelimit-remaining")), ("3", left));
    }
}
