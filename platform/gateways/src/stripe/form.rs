//! Stripe's form encoding: `line_items[0][price_data][currency]=eur`.

use serde_json::Value;
use url::form_urlencoded::Serializer;

/// Encode an object. Nulls are left out; an empty text stays, since it clears a field.
pub(super) fn encode(value: &Value) -> String {
    let mut pairs = Vec::new();
    if let Value::Object(fields) = value {
        for (name, value) in fields {
            flatten(name.clone(), value, &mut pairs);
        }
    }
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn flatten(name: String, value: &Value, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Bool(yes) => pairs.push((name, yes.to_string())),
        Value::Number(number) => pairs.push((name, number.to_string())),
        Value::String(text) => pairs.push((name, text.clone())),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                flatten(format!("{name}[{at}]"), item, pairs);
            }
        }
        Value::Object(fields) => {
            for (field, value) in fields {
                flatten(format!("{name}[{field}]"), value, pairs);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nested_fields_become_bracketed_keys() {
        let value = json!({
            "mode": "payment",
            "items": [{ "price": { "amount": 1200, "name": "A & B=ü" } }, "x"],
            "live": false,
            "none": null,
            "empty": "",
        });
        let decoded: Vec<(String, String)> =
            url::form_urlencoded::parse(encode(&value).as_bytes()).into_owned().collect();
        let mut expected = vec![
            ("mode", "payment"),
            ("items[0][price][amount]", "1200"),
            ("items[0][price][name]", "A & B=ü"),
            ("items[1]", "x"),
            ("live", "false"),
            ("empty", ""),
        ];
        let mut found: Vec<(&str, &str)> =
            decoded.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected);
    }
}
