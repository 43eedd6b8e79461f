//! Makes up answers that fit a schema, from the fullest to the sparest.

use super::document::Document;
use serde_json::{Map, Value, json};

/// How much there is in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// All that there may be; other objects by their ids.
    Full,
    /// All that there may be; other objects in full.
    Expanded,
    /// All fields, empty where they may be.
    Null,
    /// Only what must be there, empty where it may be.
    Sparse,
}

/// Deeper down there is only what must be there, since objects hold each other.
const DEPTH: usize = 4;

/// An answer that fits.
pub fn sample(document: &Document, schema: &Value, fill: Fill) -> Value {
    make(document, schema, fill, 0)
}

fn make(document: &Document, schema: &Value, fill: Fill, depth: usize) -> Value {
    let schema = document.resolve(schema);
    if schema["nullable"] == true && matches!(fill, Fill::Null | Fill::Sparse) {
        return Value::Null;
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let choice = if fill == Fill::Expanded && depth < DEPTH { choices.last() } else { choices.first() };
        return make(document, choice.expect("anyOf names a choice"), fill, depth);
    }
    if let Some(values) = schema["enum"].as_array() {
        return values[0].clone();
    }
    match schema["type"].as_str() {
        Some("object") => object(document, schema, fill, depth),
        Some("array") => json!([make(document, &schema["items"], fill, depth)]),
        Some("integer") => json!(1_700_000_000),
        Some("number") => json!(1.5),
        Some("boolean") => json!(true),
        Some("string") | None => json!("text"),
        Some(other) => panic!("the type {other} is not understood"),
    }
}

fn object(document: &Document, schema: &Value, fill: Fill, depth: usize) -> Value {
    let mut fields = Map::new();
    let required =
        |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|n| n == name));
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        if required(name) || (fill != Fill::Sparse && depth < DEPTH) {
            fields.insert(name.clone(), make(document, inner, fill, depth + 1));
        }
    }
    let others = &schema["additionalProperties"];
    if others.is_object() && fill != Fill::Sparse {
        fields.insert("key".into(), make(document, others, fill, depth + 1));
    }
    Value::Object(fields)
}

#[test]
fn an_answer_holds_as_much_as_it_was_asked_for() {
    let document = Document::new(json!({ "components": { "schemas": { "customer": {
        "type": "object", "required": ["id"], "properties": { "id": { "type": "string" } },
    } } } }));
    let reference = json!({ "nullable": true, "anyOf": [
        { "type": "string" }, { "$ref": "#/components/schemas/customer" },
    ] });
    let schema = json!({ "type": "object", "required": ["status", "customer"], "properties": {
        "status": { "type": "string", "enum": ["open", "over"] },
        "customer": reference,
        "tags": { "type": "array", "items": { "type": "boolean" } },
    } });
    let made = |fill| sample(&document, &schema, fill);
    assert_eq!(made(Fill::Full), json!({ "status": "open", "customer": "text", "tags": [true] }));
    assert_eq!(
        made(Fill::Expanded),
        json!({ "status": "open", "customer": { "id": "text" }, "tags": [true] })
    );
    assert_eq!(made(Fill::Null), json!({ "status": "open", "customer": null, "tags": [true] }));
    assert_eq!(made(Fill::Sparse), json!({ "status": "open", "customer": null }));
}
