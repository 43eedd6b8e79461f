//! Pure decisions: what changed between before and after, and cells of a CSV file.

use rapport_base::text::as_cell;
use serde_json::Value;

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub field: String,
    pub before: String,
    pub after: String,
}

/// The fields that differ, by name.
pub(crate) fn changes(before: Option<&Value>, after: Option<&Value>) -> Vec<Change> {
    let mut fields = std::collections::BTreeMap::<String, (String, String)>::new();
    for (path, text) in before.into_iter().flat_map(flat) {
        fields.entry(path).or_default().0 = text;
    }
    for (path, text) in after.into_iter().flat_map(flat) {
        fields.entry(path).or_default().1 = text;
    }
    let differs = |(_, (before, after)): &(String, (String, String))| before != after;
    fields
        .into_iter()
        .filter(differs)
        .map(|(path, (before, after))| Change { field: path.replace('_', " "), before, after })
        .collect()
}

/// The plain values within a value, each with its path.
fn flat(value: &Value) -> Vec<(String, String)> {
    fn walk(path: String, value: &Value, out: &mut Vec<(String, String)>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    walk(if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, value, out);
                }
            }
            Value::Null => out.push((path, String::new())),
            Value::Array(all) => out.push((path, all.iter().map(plain).collect::<Vec<_>>().join(", "))),
            other => out.push((path, plain(other))),
        }
    }
    fn plain(value: &Value) -> String {
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    }
    let mut out = Vec::new();
    walk(String::new(), value, &mut out);
    out
}

/// A line of a CSV file, by RFC 4180. Cells that a spreadsheet would take for a formula are
/// made text.
pub(crate) fn csv_line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = cells.into_iter().map(cell).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

fn cell(text: &str) -> String {
    format!("\"{}\"", as_cell(text).replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_a_change() {
        let before =
            json!({ "name": "Acme", "stage": "prospect", "address": { "city": "Lyon" }, "tags": ["a"] });
        let after = json!({ "name": "Acme", "stage": "active", "address": { "city": "Paris" }, "owner_id": "x", "tags": ["a"] });
        let told: Vec<(String, String, String)> =
            changes(Some(&before), Some(&after)).into_iter().map(|c| (c.field, c.before, c.after)).collect();
        let text = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(
            told,
            [
                text("address.city", "Lyon", "Paris"),
                text("owner id", "", "x"),
                text("stage", "prospect", "active")
            ]
        );
    }

    #[test]
    fn what_was_made_or_removed_shows_all_its_fields() {
        let thing = json!({ "name": "Acme", "notes": null });
        assert_eq!(changes(None, Some(&thing)).len(), 1);
        assert_eq!(changes(Some(&thing), None)[0].before, "Acme");
        assert!(changes(None, None).is_empty());
    }

    #[test]
    fn no_cell_becomes_a_formula_and_no_quote_ends_a_cell() {
        let line = csv_line(["=1+1", "+a", "-x", "@a", "\t=1", " =2", "a \"b\", c", "plain"]);
        assert_eq!(
            line,
            "\"'=1+1\",\"'+a\",\"'-x\",\"'@a\",\"'\t=1\",\"' =2\",\"a \"\"b\"\", c\",\"plain\"\r\n"
        );
    }
}
