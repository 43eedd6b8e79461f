//! Every constant statement of the modules is written as SQL and names tables and columns that exist.
//! The types of its values come from Rust, so complaints about those alone are none of this test's.

use std::{fs, path::Path};

use regex::Regex;
use tokio_postgres::error::SqlState;

use crate::world;

/// What PostgreSQL says when it guesses a value's type wrongly.
const OF_TYPES: &[SqlState] = &[
    SqlState::UNDEFINED_FUNCTION,
    SqlState::DATATYPE_MISMATCH,
    SqlState::INDETERMINATE_DATATYPE,
    SqlState::AMBIGUOUS_PARAMETER,
    SqlState::AMBIGUOUS_FUNCTION,
];

#[tokio::test]
async fn every_constant_statement_names_tables_and_columns_that_exist() {
    let world = world().await;
    let owner = world.owner().await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let literal = Regex::new(r#"(?s)"((?:[^"\\]|\\.)*)""#).unwrap();
    let statement = Regex::new(r"(?is)^\s*(select|insert|update|delete|with)\s").unwrap();
    let (mut prepared, mut broken) = (0, Vec::new());
    let mut folders =
        vec![root.join("modules"), root.join("reactions/src"), root.join("app/src"), root.join("platform")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), "tests" | "examples" | "node_modules" | "dist" | "templates") {
                    folders.push(path);
                }
                continue;
            }
            let sql_lives_here =
                matches!(name.as_str(), "store.rs" | "postgres.rs" | "relay.rs" | "lease.rs" | "enqueue.rs");
            if !sql_lives_here {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            for found in literal.captures_iter(text) {
                let sql = found[1].replace("\\\n", "\n").replace("\\\"", "\"");
                // Pieces of built statements, and statements with holes, are not whole ones.
                if !statement.is_match(&sql)
                    || sql.contains('{')
                    || sql.trim_end().ends_with(['=', '(', ','])
                    || piece(&sql)
                {
                    continue;
                }
                prepared += 1;
                if let Err(error) = owner.prepare(&sql).await {
                    if error.code().is_some_and(|code| OF_TYPES.contains(code)) {
                        continue;
                    }
                    let told = error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string);
                    broken.push(format!(
                        "{}: {told}\n    {}",
                        path.strip_prefix(root).unwrap().display(),
                        sql.trim().chars().take(160).collect::<String>()
                    ));
                }
            }
        }
    }
    assert!(
        broken.is_empty(),
        "{} of {prepared} statements are broken:\n{}",
        broken.len(),
        broken.join("\n")
    );
    assert!(prepared > 200, "only {prepared} statements were found");
}

/// Whether a text is only the beginning of a statement put together with `Built`: it ends in a space,
/// in a word that wants more, or with a bracket still open.
fn piece(sql: &str) -> bool {
    if sql.matches('(').count() > sql.matches(')').count() {
        return true;
    }
    sql.ends_with(' ')
        || sql.to_lowercase().trim_end().ends_with("where")
        || sql.to_lowercase().trim_end().ends_with("and")
}
