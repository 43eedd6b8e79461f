//! Which tables a migration needs for itself.

use std::collections::BTreeSet;

/// The tables that its statements alter, or hang triggers and indexes on, in the order in which
/// traffic takes them: what a module keeps first, and the spine, where every change ends, last.
/// Who takes them otherwise and waits for traffic is waited for by it.
pub(crate) fn touched(sql: &str) -> Vec<String> {
    let plain = without_comments(sql).to_lowercase();
    let bodiless = plain.split("$$").step_by(2).collect::<Vec<_>>().join(" ");
    let found: BTreeSet<(bool, String)> = bodiless
        .split(';')
        .filter_map(table)
        .filter(|name| name.split('.').count() == 2 && name.chars().all(is_plain))
        .map(|name| (name.starts_with("spine."), name.to_owned()))
        .collect();
    found.into_iter().map(|(_, name)| name).collect()
}

/// A file's statements, without what stands behind two dashes.
pub(crate) fn without_comments(sql: &str) -> String {
    let lines: Vec<&str> = sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    lines.join("\n")
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '_' | '.')
}

fn table(statement: &str) -> Option<&str> {
    let words: Vec<&str> = statement.split_whitespace().collect();
    let kind = words.iter().find(|word| matches!(**word, "table" | "trigger" | "index" | "policy"))?;
    match (*words.first()?, *kind) {
        ("alter" | "drop", "table") => {
            words.iter().skip(2).find(|word| !matches!(**word, "if" | "exists" | "only")).copied()
        }
        ("create" | "drop" | "alter", "trigger" | "index" | "policy") => {
            let at = words.iter().position(|word| *word == "on")?;
            words
                .iter()
                .skip(at + 1)
                .find(|word| **word != "only")
                .map(|word| word.split('(').next().unwrap_or(word))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_altered_or_hung_upon_is_named_once_and_the_spine_last() {
        let sql = "-- alter table a.not_me add x int;
            alter table spine.events add column imported_at timestamptz;
            create or replace trigger keep before insert or update on b.entries for each row execute function b.f();
            create function b.f() returns trigger language plpgsql as $$ begin alter table a.nor_me add x int; end $$;
            create unique index one on c.rows(workspace_id) where x;
            alter table only b.entries alter constraint k deferrable;
            create table d.new_one (id uuid); comment on table d.new_one is 'text'; grant select on a.t to r;";
        assert_eq!(touched(sql), ["b.entries", "c.rows", "spine.events"]);
        assert!(touched("select app.make_tenant_table('a.t'); create view a.v as select 1;").is_empty());
    }
}
