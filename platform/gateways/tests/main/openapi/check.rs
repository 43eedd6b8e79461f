//! Holds a form against a schema. Stricter than OpenAPI in one thing: an object takes no fields but
//! those it names, unless it says what others look like; so does Stripe.

use super::document::Document;
use super::form::Node;
use serde_json::Value;
use std::collections::BTreeMap;

/// What is wrong, each with its place; nothing, if all is well.
pub fn faults(document: &Document, schema: &Value, node: &Node, at: &str) -> Vec<String> {
    let schema = document.resolve(schema);
    if let Some(choices) = schema["anyOf"].as_array() {
        let outcomes = choices.iter().map(|choice| faults(document, choice, node, at));
        return outcomes.min_by_key(Vec::len).expect("anyOf names a choice");
    }
    match (schema["type"].as_str(), node) {
        (Some("object"), Node::Fields(fields)) => object(document, schema, fields, at),
        (Some("array"), Node::Fields(items)) => array(document, schema, items, at),
        (Some(kind @ ("object" | "array")), Node::Text(_)) => vec![format!("{at} is no {kind}")],
        (Some(kind), Node::Fields(_)) => vec![format!("{at} is no {kind}")],
        (Some(kind), Node::Text(text)) => plain(schema, kind, text, at),
        (None, Node::Text(text)) => plain(schema, "string", text, at),
        (None, Node::Fields(_)) => Vec::new(),
    }
}

fn object(document: &Document, schema: &Value, fields: &BTreeMap<String, Node>, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (name, node) in fields {
        let place = if at.is_empty() { name.clone() } else { format!("{at}[{name}]") };
        let others = &schema["additionalProperties"];
        match schema["properties"].get(name).or(others.is_object().then_some(others)) {
            Some(inner) => found.extend(faults(document, inner, node, &place)),
            None => found.push(format!("{place} is unknown")),
        }
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            found.push(format!("{name} is missing from {}", if at.is_empty() { "the form" } else { at }));
        }
    }
    found
}

fn array(document: &Document, schema: &Value, items: &BTreeMap<String, Node>, at: &str) -> Vec<String> {
    if !(0..items.len()).all(|place| items.contains_key(&place.to_string())) {
        return vec![format!("{at} is not numbered from 0 on")];
    }
    items
        .iter()
        .flat_map(|(place, node)| faults(document, &schema["items"], node, &format!("{at}[{place}]")))
        .collect()
}

fn plain(schema: &Value, kind: &str, text: &str, at: &str) -> Vec<String> {
    let good = match kind {
        "integer" => text.parse::<i64>().is_ok(),
        "number" => text.parse::<f64>().is_ok(),
        "boolean" => matches!(text, "true" | "false"),
        "string" => true,
        other => panic!("the type {other} is not understood"),
    };
    if !good {
        return vec![format!("{at} is no {kind}: {text}")];
    }
    if schema["enum"].as_array().is_some_and(|values| !values.iter().any(|value| value == text)) {
        return vec![format!("{at} must not be {text:?}")];
    }
    match schema["maxLength"].as_u64() {
        Some(most) if text.chars().count() as u64 > most => vec![format!("{at} is longer than {most}")],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::form::decode;
    use super::*;
    use serde_json::json;

    fn check(form: &str) -> Vec<String> {
        let document = Document::new(json!({ "components": { "schemas": { "item": {
            "type": "object", "required": ["amount"],
            "properties": { "amount": { "type": "integer" }, "name": { "type": "string", "maxLength": 5 } },
        } } } }));
        let texts = json!({ "type": "object", "additionalProperties": { "type": "string", "maxLength": 3 } });
        let schema = json!({
            "type": "object", "required": ["mode"], "additionalProperties": false,
            "properties": {
                "mode": { "type": "string", "enum": ["payment", "setup"] },
                "live": { "type": "boolean" },
                "rate": { "type": "number" },
                "items": { "type": "array", "items": { "$ref": "#/components/schemas/item" } },
                "metadata": { "anyOf": [texts, { "type": "string", "enum": [""] }] },
            },
        });
        faults(&document, &schema, &decode(form).unwrap(), "")
    }

    #[test]
    fn what_the_schema_names_is_accepted() {
        let form =
            "mode=payment&live=true&rate=1.5&items[0][amount]=5&items[0][name]=Z%C3%BCri&items[1][amount]=-1";
        for more in ["", "&metadata[a]=b", "&metadata="] {
            assert_eq!(check(&format!("{form}{more}")), [""; 0]);
        }
    }

    #[test]
    fn an_unknown_parameter_is_refused_at_every_level() {
        assert_eq!(check("mode=payment&colour=red"), ["colour is unknown"]);
        assert_eq!(check("mode=payment&items[0][amount]=5&items[0][tax]=1"), ["items[0][tax] is unknown"]);
        assert_eq!(check("mode=payment&metadata[a][b]=c"), ["metadata[a] is no string"]);
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_refused() {
        for (form, fault) in [
            ("mode=other", "mode must not be \"other\""),
            ("mode=payment&live=yes", "live is no boolean: yes"),
            ("mode=payment&rate=much", "rate is no number: much"),
            ("mode=payment&items=5", "items is no array"),
            ("mode=payment&items[0]=5", "items[0] is no object"),
            ("mode=payment&items[0][amount]=1.5", "items[0][amount] is no integer: 1.5"),
            ("mode=payment&items[0][amount]=1&items[0][name]=Geneva", "items[0][name] is longer than 5"),
            ("mode=payment&metadata[a]=long", "metadata[a] is longer than 3"),
            ("mode[a]=payment", "mode is no string"),
        ] {
            assert_eq!(check(form), [fault], "{form}");
        }
    }

    #[test]
    fn what_is_required_must_be_there_and_a_list_has_no_gaps() {
        assert_eq!(check("live=true"), ["mode is missing from the form"]);
        assert_eq!(check("mode=payment&items[0][name]=a"), ["amount is missing from items[0]"]);
        assert_eq!(check("mode=payment&items[1][amount]=1"), ["items is not numbered from 0 on"]);
        assert_eq!(check("mode=payment&items[first][amount]=1"), ["items is not numbered from 0 on"]);
    }
}
