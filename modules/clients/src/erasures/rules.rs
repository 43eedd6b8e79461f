//! Pure decisions: by what a person is found, and what a certificate says.

use jiff::Timestamp;
use rapport_base::{Phone, text};
use rapport_web::personal::Person;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{AskedBy, Step};

/// What is known of a person: now, and by their events at any time before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub names: Vec<String>,
    pub emails: Vec<String>,
    pub phones: Vec<String>,
}

/// The person as the tables look for them.
pub(crate) fn person(contact: Uuid, client: Uuid, known: &Known, at: Timestamp) -> Person {
    let names = known.names.iter().filter(|name| !is_placeholder(name));
    let (whole, short): (Vec<&String>, Vec<&String>) = names.partition(|name| names_nobody_else(name));
    let addresses = known.emails.iter().flat_map(|email| [email.clone(), email.to_lowercase()]);
    let phones = known.phones.iter().flat_map(|phone| [phone.clone(), Phone::display(phone)]);
    let sure: Vec<String> = whole.into_iter().cloned().chain(addresses).chain(phones).collect();
    let all: Vec<String> = sure.iter().cloned().chain(short.into_iter().cloned()).collect();
    Person {
        contact,
        client,
        words: text::terms(all.iter().map(String::as_str), 100),
        traces: written(sure),
        names: written(all),
        addresses: known.emails.iter().map(|email| email.to_lowercase()).collect(),
        at,
    }
}

/// Names that are not looked for in what others wrote.
pub(crate) fn too_short(known: &Known) -> Vec<String> {
    let mut short: Vec<String> =
        known.names.iter().filter(|name| !names_nobody_else(name)).cloned().collect();
    short.sort();
    short.dedup();
    short
}

/// Two words at least: of a single one there are many people, and it may be a word of the language.
fn names_nobody_else(name: &str) -> bool {
    name.split_whitespace().count() > 1 && name.chars().count() >= 5
}

fn is_placeholder(text: &str) -> bool {
    text.trim().is_empty() || text == rapport_web::personal::PLACEHOLDER || text.contains("[erased]")
}

/// Texts in every way they may be written down, the longest first.
fn written(texts: Vec<String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for plain in texts {
        let html = plain
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&#x27;");
        let json = Value::from(plain.as_str()).to_string();
        let json = json.trim_matches('"').to_owned();
        all.extend([text::fold(&plain), html.replace("&#x27;", "&#39;"), html, json, plain]);
    }
    all.retain(|one| one.chars().count() >= 2);
    all.sort_by_key(|one| (std::cmp::Reverse(one.len()), one.clone()));
    all.dedup();
    all
}

/// What happened, for its certificate.
pub(crate) struct Done<'a> {
    pub erasure: Uuid,
    pub person: &'a Person,
    pub asked_by: AskedBy,
    pub erased_by: Option<Uuid>,
    pub steps: &'a [Step],
    pub redacted: &'a str,
}

/// The statement of a certificate: figures and ids, nothing of the person.
pub(crate) fn statement(done: &Done<'_>) -> Value {
    json!({
        "version": 1,
        "erasure_id": done.erasure,
        "contact_id": done.person.contact,
        "client_id": done.person.client,
        "asked_by": done.asked_by.as_str(),
        "erased_by": done.erased_by,
        "erased_at": done.person.at.to_string(),
        "tables": done.steps,
        "redacted": done.redacted,
    })
}

/// The hash of a statement, over compact JSON with fields in the order of the alphabet.
pub(crate) fn hash(statement: &Value) -> [u8; 32] {
    Sha256::digest(statement.to_string().as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> Known {
        Known {
            names: vec![name.into()],
            emails: vec!["Ada@x.example".into()],
            phones: vec!["+442071838750".into()],
        }
    }

    #[test]
    fn a_name_of_one_word_is_looked_for_in_what_is_theirs_only() {
        let ada = person(Uuid::nil(), Uuid::nil(), &known("Ada"), Timestamp::UNIX_EPOCH);
        assert!(!ada.traces.contains(&"Ada".to_owned()) && ada.names.contains(&"Ada".to_owned()));
        assert_eq!(too_short(&known("Ada")), ["Ada"]);
        let whole = person(Uuid::nil(), Uuid::nil(), &known("Ada Morel"), Timestamp::UNIX_EPOCH);
        assert!(whole.traces.contains(&"Ada Morel".to_owned()) && too_short(&known("Ada Morel")).is_empty());
        assert!(
            whole.traces.contains(&"ada@x.example".to_owned()) && whole.words.contains(&"morel".to_owned())
        );
    }

    #[test]
    fn traces_come_in_every_way_they_are_written_down_the_longest_first() {
        let odd = person(Uuid::nil(), Uuid::nil(), &known("Zoë \"Z\" O'Neil"), Timestamp::UNIX_EPOCH);
        for way in
            ["Zoë \"Z\" O'Neil", "Zoë \\\"Z\\\" O'Neil", "Zoë &quot;Z&quot; O&#39;Neil", "+442071838750"]
        {
            assert!(odd.traces.contains(&way.to_owned()), "{way} in {:?}", odd.traces);
        }
        assert!(odd.traces.is_sorted_by_key(|trace| std::cmp::Reverse(trace.len())));
    }

    #[test]
    fn a_placeholder_is_nobodys_name() {
        let gone = person(Uuid::nil(), Uuid::nil(), &known("Erased contact"), Timestamp::UNIX_EPOCH);
        assert!(gone.names.iter().all(|name| !name.to_lowercase().contains("erased")));
    }
}
