//! Requests made up from the table of routes, the description of the API, and the forms of the pages.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use rapport_testkit::{Http, Reply, World};
use rapport_web::{Access, House};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Entry, Ids, Scene, calm, entries, pages::PageForm};

/// A request whose parts can be exchanged.
#[derive(Clone, Debug)]
pub struct Ask {
    pub method: Method,
    pub address: String,
    pub body: Sent,
}

/// What a request carries.
#[derive(Clone, Debug)]
pub enum Sent {
    Nothing,
    Json(Value),
    Form(Vec<(String, String)>),
    Files(Vec<(String, String)>),
}

impl Ask {
    pub fn get(address: impl Into<String>) -> Self {
        Self { method: Method::GET, address: address.into(), body: Sent::Nothing }
    }
    pub async fn send(&self, caller: &mut Http) -> Reply {
        let pairs = |fields: &[(String, String)]| -> Vec<(String, String)> { fields.to_vec() };
        match &self.body {
            Sent::Nothing => caller.send(self.method.clone(), &self.address, None, Vec::new()).await,
            Sent::Json(body) => caller.json(self.method.as_str(), &self.address, body.clone()).await,
            Sent::Form(fields) => {
                let fields = pairs(fields);
                let fields: Vec<(&str, &str)> =
                    fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
                caller.post(&self.address, &fields).await
            }
            Sent::Files(fields) => {
                let fields = pairs(fields);
                let fields: Vec<(&str, &str)> =
                    fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
                caller.upload(&self.address, &fields, &[("file", "note.txt", "text/plain", b"a note")]).await
            }
        }
    }
    /// Every id it carries: in the path, in the query, in the body.
    pub fn ids(&self) -> Vec<Uuid> {
        let mut text = self.address.clone();
        match &self.body {
            Sent::Nothing => {}
            Sent::Json(body) => text.push_str(&body.to_string()),
            Sent::Form(fields) | Sent::Files(fields) => {
                for (_, value) in fields {
                    text.push(' ');
                    text.push_str(value);
                }
            }
        }
        let pieces = text.split(|c: char| !(c.is_ascii_hexdigit() || c == '-'));
        let mut ids: Vec<Uuid> =
            pieces.filter(|piece| piece.len() == 36).filter_map(|piece| piece.parse().ok()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
    /// The same request with another id in place of one.
    pub fn with(&self, id: Uuid, instead: Uuid) -> Self {
        let (id, instead) = (id.to_string(), instead.to_string());
        let swap = |text: &str| text.replace(&id, &instead);
        let body = match &self.body {
            Sent::Nothing => Sent::Nothing,
            Sent::Json(body) => Sent::Json(serde_json::from_str(&swap(&body.to_string())).unwrap()),
            Sent::Form(fields) => Sent::Form(fields.iter().map(|(n, v)| (n.clone(), swap(v))).collect()),
            Sent::Files(fields) => Sent::Files(fields.iter().map(|(n, v)| (n.clone(), swap(v))).collect()),
        };
        Self { method: self.method.clone(), address: swap(&self.address), body }
    }
}

/// The description of the API, to make bodies from.
pub struct Api(Value);

impl Api {
    pub fn of(world: &World) -> Self {
        let house: House = world.app.parts.get();
        Self(serde_json::to_value(rapport_web::openapi::document(&house, "0")).unwrap())
    }
    fn operation(&self, entry: &Entry) -> &Value {
        &self.0["paths"][entry.path][entry.method.as_str().to_lowercase()]
    }
    /// A body's schema, and whether it goes as a form with files.
    pub fn body(&self, entry: &Entry) -> Option<(&Value, bool)> {
        let content = self.operation(entry)["requestBody"]["content"].as_object()?;
        let (kind, content) = content.iter().next()?;
        Some((self.resolved(&content["schema"]), kind.starts_with("multipart")))
    }
    /// Names and schemas of what stands in the query.
    pub fn query(&self, entry: &Entry) -> Vec<(&str, &Value)> {
        let parameters = self.operation(entry)["parameters"].as_array().into_iter().flatten();
        parameters
            .filter(|parameter| parameter["in"] == "query")
            .map(|parameter| (parameter["name"].as_str().unwrap(), parameter))
            .collect()
    }
    pub fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let name = reference.rsplit('/').next().unwrap();
                self.resolved(&self.0["components"]["schemas"][name])
            }
            None => schema,
        }
    }

    /// Values for a field of a query: a likely one, every code its description names, and every order
    /// both ways.
    pub fn values(&self, parameter: &Value, name: &str, ids: &Ids) -> Vec<String> {
        let about = parameter["description"].as_str().unwrap_or_default();
        let value = self.value(&parameter["schema"], name, about, ids);
        let value = if value.is_array() { value[0].clone() } else { value };
        let likely = match value {
            Value::Null => None,
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        };
        let orders = codes(about).filter(|_| name == "sort").map(turned);
        let all = likely.into_iter().chain(codes(about).map(str::to_owned)).chain(orders);
        all.collect::<BTreeSet<String>>().into_iter().collect()
    }
    /// A likely value for a field of that name.
    pub fn value(&self, schema: &Value, name: &str, about: &str, ids: &Ids) -> Value {
        if let Some(reference) = schema["$ref"].as_str()
            && let Some(thing) = reference.rsplit('/').next().unwrap().strip_suffix("Id")
        {
            let name = if name.ends_with("_id") || name.ends_with("_ids") {
                name.to_owned()
            } else {
                thing.to_lowercase()
            };
            return id_for(&name, ids);
        }
        let about = schema["description"].as_str().unwrap_or(about);
        if let Some(one) = schema["oneOf"].as_array() {
            let some = one.iter().find(|one| one["type"] != "null").unwrap();
            return self.value(some, name, about, ids);
        }
        let schema = self.resolved(schema);
        let about = schema["description"].as_str().filter(|_| about.is_empty()).unwrap_or(about);
        if let Some(first) = schema["enum"].get(0) {
            return first.clone();
        }
        let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("object");
        match kind {
            "integer" | "number" => json!(number(name)),
            "boolean" => json!(true),
            "array" => json!([self.value(&schema["items"], name, about, ids)]),
            "object" => {
                let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let fields = required.map(|field| {
                    (field.to_owned(), self.value(&schema["properties"][field], field, "", ids))
                });
                Value::Object(fields.collect())
            }
            _ => match schema["format"].as_str() {
                Some("uuid") => id_for(name, ids),
                Some("date") => json!("2026-11-19"),
                Some("date-time") => json!("2026-12-19T09:00:00Z"),
                _ => json!(text(name, about, ids)),
            },
        }
    }
}

/// The codes that a description names in backquotes.
fn codes(about: &str) -> impl Iterator<Item = &str> {
    let quoted = about.split('`').skip(1).step_by(2).flat_map(str::split_whitespace);
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-".contains(c);
    quoted.filter(move |code| code.contains(char::is_alphanumeric) && code.chars().all(plain))
}

/// An order the other way round.
fn turned(order: &str) -> String {
    order.strip_prefix('-').map_or_else(|| format!("-{order}"), str::to_owned)
}

fn number(name: &str) -> i64 {
    match name {
        name if name.ends_with("_seconds") => 3_600,
        name if name.ends_with("_cents") => 1_000,
        name if name.contains("days") || name.contains("probability") || name.contains("percent") => 10,
        _ => 1,
    }
}

/// Text that is likely to be taken in a field of that name. A description names codes in backquotes.
pub fn text(name: &str, about: &str, ids: &Ids) -> String {
    if (name.ends_with("_id") || name.ends_with("_ids") || name == "assigned_to")
        && let Some(id) = id_for(name, ids).as_str()
    {
        return id.to_owned();
    }
    let code = about.split('`').nth(1).and_then(|codes| codes.split_whitespace().next());
    let coded = code.filter(|code| code.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c == '.'));
    match name {
        _ if name.contains("email") || name == "to" => "someone@client.example".into(),
        _ if name.contains("phone") => "+44 20 7183 8750".into(),
        _ if name.contains("color") => "#112233".into(),
        "currency" => "EUR".into(),
        "country" => "GB".into(),
        "timezone" => "UTC".into(),
        "locale" => "en-GB".into(),
        "language" => "en".into(),
        "week" => "2026-11-09".into(),
        "hours" | "duration" => "1".into(),
        "permissions" => "clients.read".into(),
        _ if name.contains("password") => identity::testing::PASSWORD.into(),
        _ if name.contains("url") || name == "website" => "https://example.com/a".into(),
        _ if name.ends_with("_on") || name.contains("date") || name == "from" || name == "until" => {
            "2026-11-19".into()
        }
        _ if name.ends_with("_at") => "2026-11-19T09:00:00Z".into(),
        _ if name.contains("quantity")
            || name.contains("percent")
            || name.contains("amount")
            || name.contains("price") =>
        {
            "10".into()
        }
        _ => coded.unwrap_or("Amsel").to_owned(),
    }
}

/// As part of a query.
pub fn encoded(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// How well a table fits a name, the best first.
fn fit(table: &str, name: &str) -> u8 {
    let own = table.rsplit('.').next().unwrap();
    let word = name.trim_end_matches("_ids").trim_end_matches("_id").replace('-', "_");
    let word = match word.as_str() {
        "member" | "owner" | "assigned_to" | "actor" | "lead" | "deputy" | "absent" | "team" | "members" => {
            "membership"
        }
        "sheet" | "timesheets" => "sheet",
        "inbox" => "conversation",
        word => word.trim_end_matches('s'),
    };
    let stem = own.trim_end_matches("ies").trim_end_matches('s');
    match () {
        () if own == word || stem == word || stem == word.trim_end_matches('y') => 0,
        () if own.ends_with(&format!("_{word}s")) || own.starts_with(word) => 1,
        () if own.contains(word) => 2,
        () => 3,
    }
}

fn id_for(name: &str, ids: &Ids) -> Value {
    let best = ids.iter().filter(|(_, ids)| !ids.is_empty()).min_by_key(|(table, _)| fit(table, name));
    match best.filter(|(table, _)| fit(table, name) < 3) {
        Some((_, ids)) => json!(ids[0]),
        None => Value::Null,
    }
}

/// The gaps of a path, with the word that tells what belongs there.
fn gaps(path: &str) -> Vec<(usize, String)> {
    let pieces: Vec<&str> = path.split('/').collect();
    let named =
        pieces.iter().enumerate().filter(|(_, piece)| piece.starts_with('{') && **piece != "{workspace}");
    named
        .map(|(at, piece)| {
            let name = piece.trim_matches(['{', '}']);
            let word = if name == "id" { pieces[at - 1] } else { name };
            (at, word.to_owned())
        })
        .collect()
}

/// Addresses of a route with own ids, the likeliest first; all tables are tried when `wide`.
pub fn addresses(entry: &Entry, slug: &str, portal: Uuid, ids: &Ids, wide: bool) -> Vec<String> {
    let start = entry.path.replace("{workspace}", slug).replace("{portal_id}", &portal.to_string());
    let mut found = vec![start];
    for (at, word) in gaps(entry.path).into_iter().filter(|(_, word)| word != "portal_id") {
        let mut values: Vec<(u8, String)> = match word.as_str() {
            "number" => vec![(0, "1".into())],
            _ => ids
                .iter()
                .filter(|(table, _)| !table.starts_with("spine.") && !table.starts_with("queue."))
                .flat_map(|(table, ids)| {
                    let strange = u8::from(!table.starts_with(&format!("{}.", entry.module)));
                    let fit = fit(table, &word) * 2 + strange;
                    // Programs and pages take different things, so that neither takes the other's away.
                    let of_each = if wide { 2 } else { 6 };
                    let some: Vec<&Uuid> = match entry.is_api() {
                        true => ids.iter().take(of_each).collect(),
                        false => ids.iter().rev().take(of_each).collect(),
                    };
                    some.into_iter().map(move |id| (fit, id.to_string()))
                })
                .collect(),
        };
        values.sort_by_key(|(fit, _)| *fit);
        values.retain(|(fit, _)| wide || *fit < 7);
        values.truncate(if wide { 50 } else { 6 });
        found = found
            .iter()
            .flat_map(|address| {
                values.iter().map(move |(_, value)| {
                    let mut pieces: Vec<&str> = address.split('/').collect();
                    pieces[at] = value;
                    pieces.join("/")
                })
            })
            .take(60)
            .collect();
    }
    found
}

/// Where every readable route answers its rightful reader.
pub async fn readable(scene: &mut Scene) -> BTreeMap<&'static str, String> {
    let mut found = BTreeMap::new();
    for entry in entries(&scene.world) {
        if !entry.is_read() || entry.streams() || matches!(entry.access, Access::Public | Access::Provider) {
            continue;
        }
        let addresses = addresses(&entry, &scene.own.slug, scene.portal, &scene.ids, true);
        for address in addresses {
            let reply = scene.caller(&entry).get(&address).await;
            if (200..400).contains(&reply.status) && !put_out(&reply) {
                found.insert(entry.path, address);
                break;
            }
        }
    }
    found
}

/// A write as its rightful sender would send it, at one address.
pub fn write(api: &Api, entry: &Entry, address: String, ids: &Ids, forms: &[PageForm]) -> Ask {
    let body = match api.body(entry) {
        Some((schema, files)) => {
            let body = api.value(schema, "", "", ids);
            if files { Sent::Files(pairs(&body)) } else { Sent::Json(body) }
        }
        None if entry.is_api() && entry.method == Method::DELETE => Sent::Nothing,
        None if entry.is_api() => Sent::Json(json!({})),
        None => {
            let form = forms.iter().find(|form| form.action.split('?').next() == Some(&address));
            let fields = form.map(|form| {
                let given = form.fields.iter().map(|(name, value)| {
                    let empty = value.is_empty() && form.required.contains(name);
                    (name.clone(), if empty { text(name, "", ids) } else { value.clone() })
                });
                given.collect::<Vec<_>>()
            });
            match form {
                Some(form) if form.multipart => Sent::Files(fields.unwrap_or_default()),
                _ => Sent::Form(fields.unwrap_or_default()),
            }
        }
    };
    Ask { method: entry.method.clone(), address, body }
}

fn pairs(body: &Value) -> Vec<(String, String)> {
    let fields: Map<String, Value> = body.as_object().cloned().unwrap_or_default();
    fields
        .into_iter()
        .map(|(name, value)| (name, value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect()
}

/// Sends a JSON request, adding the fields it is refused for, until it is taken or no more can be added.
pub async fn insist(api: &Api, entry: &Entry, mut ask: Ask, caller: &mut Http, ids: &Ids) -> (Ask, Reply) {
    let mut reply = ask.send(caller).await;
    for _ in 0..4 {
        let (422, Sent::Json(body), Some((schema, _))) = (reply.status, &mut ask.body, api.body(entry))
        else {
            break;
        };
        let told = reply.json();
        let wanted =
            told["errors"].as_array().into_iter().flatten().filter_map(|error| error["field"].as_str());
        let mut more = false;
        for field in wanted {
            let field = field.split('.').next().unwrap_or_default();
            let schema = &schema["properties"][field];
            if schema.is_object() && body.get(field).is_none() {
                body[field] = api.value(schema, field, "", ids);
                more = true;
            }
        }
        if !more {
            break;
        }
        reply = ask.send(caller).await;
    }
    (ask, reply)
}

/// Calls every route of the API that makes things, twice, so that there are two of each to be asked
/// for, and those that need what others make find it.
pub async fn add_what_is_missing(scene: &mut Scene) {
    let api = Api::of(&scene.world);
    let mut makers = entries(&scene.world);
    makers.retain(|entry| {
        let makes =
            entry.method == Method::POST && entry.is_api() && api.body(entry).is_some() && !acts(entry);
        makes && !matches!(entry.access, Access::Public | Access::Provider | Access::SignedIn)
    });
    for _ in 0..2 {
        scene.know().await;
        let ids = scene.ids.clone();
        for entry in &makers {
            let addresses = addresses(entry, &scene.own.slug, scene.portal, &ids, false);
            let Some(address) = addresses.into_iter().next() else { continue };
            let ask = write(&api, entry, address, &ids, &[]);
            insist(&api, entry, ask, scene.caller(entry), &ids).await;
        }
    }
}

/// Whether a route does something to a thing rather than makes one: it ends in a word behind an id
/// that is no plural.
pub fn acts(entry: &Entry) -> bool {
    let mut pieces = entry.path.rsplit('/');
    let last = pieces.next().unwrap_or_default();
    let behind = pieces.next().unwrap_or_default();
    behind.starts_with('{') && behind != "{workspace}" && !last.ends_with('s') && last != "checklist"
}

/// Whether the gate sent the caller away. Who leaves is sent to the same place, without a cookie.
pub fn refused(reply: &Reply) -> bool {
    let sent_away = reply.location().starts_with("/sign-in") || reply.location().ends_with("/enter");
    let cookies = reply.headers.get_all("set-cookie").iter();
    let leaves = cookies.filter_map(|line| line.to_str().ok()).any(|line| line.contains("Max-Age=0"));
    sent_away && !leaves || matches!(reply.status, 401 | 403)
}

/// Whether the caller is no longer known, or no longer who they were.
pub fn put_out(reply: &Reply) -> bool {
    refused(reply) || reply.status == 429
}

/// Whether the rightful sender got through: an answer, or one that a stranger would not get.
pub fn answered(reply: &Reply, to_unknown: Option<&Reply>) -> bool {
    match reply.status {
        200..400 => !put_out(reply),
        409 | 413 | 415 | 422 => to_unknown.is_none_or(|unknown| calm(unknown, &[]) != calm(reply, &[])),
        _ => false,
    }
}
