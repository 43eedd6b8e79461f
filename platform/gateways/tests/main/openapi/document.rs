//! An OpenAPI document, as far as we read it.

use super::check::faults;
use super::form::decode;
use super::sample::{Fill, sample};
use crate::fake::Seen;
use crate::library;
use serde_json::{Map, Value, json};

const LIBRARY: &str = include_str!("library.py");

/// An OpenAPI document.
pub struct Document(Value);

impl Document {
    pub fn new(root: Value) -> Self {
        Self(root)
    }

    /// The one that Stripe published.
    pub fn published() -> Option<Self> {
        let Some(path) = std::env::var_os("RAPPORT_STRIPE_OPENAPI") else {
            rapport_counterparts::skip("Stripe's OpenAPI is not in RAPPORT_STRIPE_OPENAPI");
            return None;
        };
        Some(Self(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()))
    }

    /// The shapes in Stripe's Python library.
    pub fn of_library() -> Option<Self> {
        library::ask(LIBRARY, &json!(null)).map(Self)
    }

    pub fn version(&self) -> &str {
        self.0["info"]["version"].as_str().unwrap()
    }

    /// A schema, or the one it points to.
    pub fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let target = self.0.pointer(reference.trim_start_matches('#'));
                self.resolve(target.unwrap_or_else(|| panic!("{reference} points nowhere")))
            }
            None => schema,
        }
    }

    /// What is wrong with a request; nothing, if all is well.
    pub fn request_faults(&self, seen: &Seen) -> Vec<String> {
        let (method, path, query) = parts(seen);
        let Some(operation) = self.operation(&method, &path) else {
            return vec![format!("{method} {path} is unknown")];
        };
        let body = match operation.pointer("/requestBody/content/application~1x-www-form-urlencoded/schema") {
            Some(schema) => schema.clone(),
            None => json!({ "type": "object" }),
        };
        let mut found = Vec::new();
        for (schema, encoded) in [(query_schema(operation), query), (body, seen.body.clone())] {
            match decode(&encoded) {
                Ok(form) => found.extend(faults(self, &schema, &form, "")),
                Err(fault) => found.push(fault),
            }
        }
        found.into_iter().map(|fault| format!("{method} {path}: {fault}")).collect()
    }

    /// An answer to a request.
    pub fn answer(&self, seen: &Seen, fill: Fill) -> Value {
        let (method, path, _) = parts(seen);
        let operation =
            self.operation(&method, &path).unwrap_or_else(|| panic!("{method} {path} is unknown"));
        sample(self, &operation["responses"]["200"]["content"]["application/json"]["schema"], fill)
    }

    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let paths = self.0["paths"].as_object().unwrap();
        let template =
            paths.keys().filter(|template| fits(template, path)).min_by_key(|t| t.matches('{').count())?;
        paths[template].get(method.to_ascii_lowercase())
    }
}

fn parts(seen: &Seen) -> (String, String, String) {
    let mut words = seen.line.split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    (method.into(), path.into(), query.into())
}

fn fits(template: &str, path: &str) -> bool {
    template.split('/').count() == path.split('/').count()
        && template
            .split('/')
            .zip(path.split('/'))
            .all(|(wanted, found)| if wanted.starts_with('{') { !found.is_empty() } else { wanted == found })
}

/// The parameters of a query as one object.
fn query_schema(operation: &Value) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten().filter(|p| p["in"] == "query") {
        let name = parameter["name"].as_str().unwrap();
        properties.insert(name.into(), parameter["schema"].clone());
        if parameter["required"] == true {
            required.push(name);
        }
    }
    json!({ "type": "object", "properties": properties, "required": required })
}

#[test]
fn a_path_fits_its_template_only() {
    assert!(fits("/v1/refunds", "/v1/refunds") && fits("/v1/refunds/{id}/cancel", "/v1/refunds/re_1/cancel"));
    for other in ["/v1/refund", "/v1/refunds/", "/v1/refunds/re_1", "/v2/refunds"] {
        assert!(!fits("/v1/refunds", other), "{other}");
    }
    assert!(!fits("/v1/refunds/{id}", "/v1/refunds/") && !fits("/v1/refunds/{id}", "/v1/refunds/re_1/x"));
}

#[test]
fn a_request_to_a_path_or_with_a_query_that_is_not_there_is_refused() {
    let limit = json!({ "in": "query", "name": "limit", "required": false, "schema": { "type": "integer" } });
    let document = Document::new(json!({ "paths": { "/v1/events": { "get": { "parameters": [limit] } } } }));
    let faults = |line: &str| document.request_faults(&Seen { line: line.into(), ..Seen::default() });
    assert_eq!(faults("GET /v1/events?limit=5 HTTP/1.1\r\n"), [""; 0]);
    assert_eq!(faults("GET /v1/events?limit=x HTTP/1.1\r\n"), ["GET /v1/events: limit is no integer: x"]);
    assert_eq!(faults("GET /v1/events?max=5 HTTP/1.1\r\n"), ["GET /v1/events: max is unknown"]);
    assert_eq!(faults("POST /v1/events HTTP/1.1\r\n"), ["POST /v1/events is unknown"]);
    assert_eq!(faults("GET /v1/event HTTP/1.1\r\n"), ["GET /v1/event is unknown"]);
}
