//! Signed webhooks: we and Stripe's own library believe, and refuse, the same ones.

use crate::library;
use jiff::Timestamp;
use rapport_gateways::stripe::webhook::{Refused, TOLERANCE, sign, verify};
use secrecy::SecretString;
use serde_json::{Value, json};

const SCRIPT: &str = include_str!("signature.py");
const NOW: i64 = 1_800_000_000;
const SECRET: &str = "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn payload(text: &str) -> String {
    json!({
        "id": "evt_1", "object": "event", "type": "checkout.session.completed", "created": 1_700_000_000,
        "livemode": false, "data": { "object": { "id": "cs_1", "amount_total": 1200, "name": text } },
    })
    .to_string()
}

fn ours(payload: &str, header: &str, secret: &str) -> Result<String, Refused> {
    let secrets = [SecretString::from(secret)];
    verify(payload.as_bytes(), header, &secrets, at(NOW), TOLERANCE).map(|event| event.id)
}

/// In the library's words.
fn verdict(outcome: Result<String, Refused>) -> String {
    outcome.unwrap_or_else(|error| if error == Refused::TooOld { "too old" } else { "refused" }.into())
}

#[test]
fn what_the_official_library_signs_we_believe() {
    let payloads = ["plain", "Zoë Łuksza, 寿司 & 🍣 — \"50 %\"", "a\nb\tc\\d", "", "t=1,v1=2.3"].map(payload);
    let cases: Vec<Value> =
        payloads.iter().map(|text| json!({ "payload": text, "secret": SECRET, "at": NOW })).collect();
    let Some(headers) = library::ask(SCRIPT, &json!(cases)) else { return };
    for (place, text) in payloads.iter().enumerate() {
        let header = headers[place].as_str().unwrap();
        assert_eq!(ours(text, header, SECRET).as_deref(), Ok("evt_1"), "{text}");
        assert_eq!(sign(text.as_bytes(), &SECRET.into(), at(NOW)), header);
        assert_eq!(ours(&format!("{text} "), header, SECRET), Err(Refused::WrongSignature));
        assert_eq!(ours(text, header, "whsec_other"), Err(Refused::WrongSignature));
    }
}

#[test]
fn the_official_library_and_we_reach_the_same_verdict() {
    let signed =
        |payload: &str, secret: &str, age: i64| sign(payload.as_bytes(), &secret.into(), at(NOW - age));
    let (plain, unicode) = (payload("plain"), payload("Zoë 寿司 🍣"));
    let good = signed(&plain, SECRET, 0);
    let (time, fitting) = good.split_once(',').unwrap();
    let other = signed(&plain, "whsec_other", 0).split_once(',').unwrap().1.to_owned();
    let cases = [
        ("signed by us", "evt_1", plain.clone(), good.clone()),
        ("in every script", "evt_1", unicode.clone(), signed(&unicode, SECRET, 0)),
        ("a little old", "evt_1", plain.clone(), signed(&plain, SECRET, TOLERANCE - 60)),
        ("too old", "too old", plain.clone(), signed(&plain, SECRET, TOLERANCE + 60)),
        ("far too old", "too old", plain.clone(), signed(&plain, SECRET, 86_400 * 365)),
        ("one of two fits", "evt_1", plain.clone(), format!("{time},{other},{fitting}")),
        ("the first of two fits", "evt_1", plain.clone(), format!("{time},{fitting},{other}")),
        ("with the old scheme beside", "evt_1", plain.clone(), format!("{good},v0=abc")),
        ("none of two fits", "refused", plain.clone(), format!("{time},{other},{other}")),
        ("another secret", "refused", plain.clone(), signed(&plain, "whsec_other", 0)),
        ("tampered with", "refused", plain.replace("1200", "1"), good.clone()),
        ("a letter in another script", "refused", unicode.replace('ë', "e"), signed(&unicode, SECRET, 0)),
        ("another time", "refused", plain.clone(), format!("t={},{fitting}", NOW - 1)),
        ("the old scheme only", "refused", plain.clone(), good.replace("v1=", "v0=")),
        ("no time", "refused", plain.clone(), fitting.to_owned()),
        ("no signature", "refused", plain.clone(), time.to_owned()),
        ("nothing", "refused", plain.clone(), String::new()),
        ("nonsense", "refused", plain.clone(), "t=now,v1=yes".into()),
    ];
    for (name, expected, payload, header) in &cases {
        assert_eq!(&verdict(ours(payload, header, SECRET)), expected, "ours: {name}");
    }
    let asked: Vec<Value> = cases
        .iter()
        .map(|(_, _, payload, header)| {
            json!({ "payload": payload, "header": header, "secret": SECRET, "tolerance": TOLERANCE, "now": NOW })
        })
        .collect();
    let Some(verdicts) = library::ask(SCRIPT, &json!(asked)) else { return };
    for (place, (name, expected, ..)) in cases.iter().enumerate() {
        assert_eq!(verdicts[place], *expected, "the library's: {name}");
    }
}
