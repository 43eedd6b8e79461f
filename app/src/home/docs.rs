//! The API's description, for programs and for people, and the components for those who write pages.

use std::sync::LazyLock;

use axum::{
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use rapport_base::{Refusal, Result};
use rapport_ui::PlainShell;
use rapport_web::{House, Visitor, openapi, page};
use serde_json::Value;

use crate::commands::listings::VERSION;

/// `GET /api/openapi.json`.
pub async fn openapi(visitor: Visitor) -> Result<Response> {
    let document = document(&visitor)?;
    let mut response = document.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    Ok(response)
}

/// One operation, as the reference shows it.
struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    description: String,
    parameters: Vec<Parameter>,
    body: Option<String>,
    answers: Vec<(String, String)>,
}

struct Parameter {
    name: String,
    place: String,
    required: bool,
    description: String,
}

struct Tag {
    name: String,
    operations: Vec<Operation>,
}

#[derive(askama::Template)]
#[template(path = "home/reference.html")]
struct Reference {
    shell: PlainShell,
    tags: Vec<Tag>,
    public_url: String,
}

/// `GET /api/docs`.
pub async fn reference(visitor: Visitor) -> Result<Response> {
    let document: Value = serde_json::from_str(&document(&visitor)?)?;
    page(&Reference {
        shell: visitor.shell("API reference"),
        tags: tags(&document),
        public_url: visitor.app.public_url.to_string(),
    })
}

/// `GET /dev/components`, where the public address is this machine.
pub async fn components(visitor: Visitor) -> Result<Response> {
    static DEVELOPMENT: LazyLock<[&str; 3]> =
        LazyLock::new(|| ["http://localhost", "http://127.", "http://[::1]"]);
    if !DEVELOPMENT.iter().any(|start| visitor.app.public_url.starts_with(start)) {
        return Err(Refusal::not_found().into());
    }
    Ok(Html(rapport_ui::dev::page(&visitor.request.nonce, visitor.request.theme)).into_response())
}

fn document(visitor: &Visitor) -> Result<String> {
    let house: House = visitor.app.parts.get();
    Ok(serde_json::to_string(&openapi::document(&house, VERSION))?)
}

fn tags(document: &Value) -> Vec<Tag> {
    let mut tags: Vec<Tag> = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let name = operation["tags"][0].as_str().unwrap_or_default().to_owned();
            let operation = read(document, method, path, operation);
            match tags.iter_mut().find(|tag| tag.name == name) {
                Some(tag) => tag.operations.push(operation),
                None => tags.push(Tag { name, operations: vec![operation] }),
            }
        }
    }
    tags.sort_by(|a, b| a.name.cmp(&b.name));
    tags
}

fn read(document: &Value, method: &str, path: &str, operation: &Value) -> Operation {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let parameters = operation["parameters"].as_array().into_iter().flatten().map(|parameter| Parameter {
        name: text(&parameter["name"]),
        place: text(&parameter["in"]),
        required: parameter["required"].as_bool().unwrap_or_default(),
        description: text(&parameter["description"]),
    });
    let body = operation["requestBody"]["content"].as_object().and_then(|content| content.values().next());
    let answers = operation["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(status, _)| status.starts_with('2'));
    Operation {
        id: text(&operation["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        description: text(&operation["description"]),
        parameters: parameters.collect(),
        body: body
            .map(|content| example(document, &content["schema"], 0))
            .and_then(|value| serde_json::to_string_pretty(&value).ok()),
        answers: answers
            .map(|(status, answer)| {
                let schema = &answer["content"]["application/json"]["schema"];
                let shown = if schema.is_null() {
                    text(&answer["description"])
                } else {
                    serde_json::to_string_pretty(&example(document, schema, 0)).unwrap_or_default()
                };
                (status.clone(), shown)
            })
            .collect(),
    }
}

/// What a value of a schema looks like.
fn example(document: &Value, schema: &Value, depth: usize) -> Value {
    if depth > 6 {
        return Value::Null;
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return example(document, &document["components"]["schemas"][name], depth + 1);
    }
    if let Some(given) =
        schema["examples"].as_array().and_then(|all| all.first()).or_else(|| schema.get("example"))
    {
        return given.clone();
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        if let Some(first) =
            schema[choice].as_array().and_then(|all| all.iter().find(|s| s["type"] != "null"))
        {
            return example(document, first, depth + 1);
        }
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find_map(Value::as_str).unwrap_or("null"),
        kind => kind.as_str().unwrap_or("object"),
    };
    match (kind, schema["format"].as_str().unwrap_or_default()) {
        ("string", "uuid") => "019abc12-3456-7def-8901-23456789abcd".into(),
        ("string", "date-time") => "2026-11-21T10:00:00Z".into(),
        ("string", "date") => "2026-11-21".into(),
        ("string", "email") => "ada@northlight.example".into(),
        ("string", _) => {
            schema["enum"].as_array().and_then(|all| all.first()).cloned().unwrap_or_else(|| "text".into())
        }
        ("integer", _) => 1.into(),
        ("number", _) => serde_json::json!(1.5),
        ("boolean", _) => true.into(),
        ("array", _) => Value::Array(vec![example(document, &schema["items"], depth + 1)]),
        _ => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            Value::Object(
                fields.map(|(name, field)| (name.clone(), example(document, field, depth + 1))).collect(),
            )
        }
    }
}
