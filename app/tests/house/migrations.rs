//! Migrations run while the version before still serves: nothing it uses may go, change its
//! meaning, or be locked for long. What must change so takes two versions: the first stops using
//! it, the second takes it away.

use std::collections::BTreeSet;

/// What breaks the version before, in files from before the first release, when there was none.
/// Nothing is to be added here.
const BEFORE: &[(&str, &str)] = &[
    ("0100_clients", "something goes"),
    ("0530_invoices_without_rate", "a column becomes nullable"),
    ("0530_invoices_without_rate", "a default goes"),
    ("0530_invoices_without_rate", "a check on rows that are there"),
    ("0560_past_rates", "something goes"),
];

/// A statement of a migration that the version before, or its users, would feel; what it does.
fn felt(statement: &str, new: &BTreeSet<String>) -> Vec<&'static str> {
    let words: Vec<&str> = statement.split_whitespace().collect();
    let has = |phrase: &str| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        words.windows(phrase.len()).any(|part| part == phrase)
    };
    let begins = |phrase: &str| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        words.starts_with(&phrase)
    };
    let of_new = |table: Option<&&str>| table.is_some_and(|table| new.contains(*table));
    let mut found = Vec::new();
    let goes = ["drop table", "drop view", "drop schema", "drop type", "drop sequence", "drop function"];
    if goes.iter().any(|phrase| begins(phrase)) || begins("revoke") && !has("from public") {
        found.push("something goes");
    }
    if begins("update") || begins("delete from") || begins("truncate") {
        found.push("rows are rewritten while others wait for them");
    }
    if (begins("create index") || begins("create unique index")) && !has("index concurrently") {
        let table = words.iter().position(|word| *word == "on").and_then(|at| words.get(at + 1));
        if !of_new(table) {
            found.push("an index on a table that is there, which nobody writes to meanwhile");
        }
    }
    let altered = words.iter().skip(2).find(|word| !matches!(**word, "if" | "exists" | "only"));
    if begins("alter table") && !of_new(altered) {
        let rules: [(&str, &'static str); 6] = [
            ("drop column", "something goes"),
            ("rename", "something gets another name"),
            ("type", "a column becomes something else"),
            ("set not null", "a column becomes required"),
            ("drop not null", "a column becomes nullable"),
            ("drop default", "a default goes"),
        ];
        found.extend(rules.iter().filter(|(phrase, _)| has(phrase)).map(|(_, what)| *what));
        if has("add column") && has("not null") && !has("default") {
            found.push("a new column is required, and the version before does not fill it");
        }
        let checked = ["check", "foreign", "unique", "exclude", "primary"];
        if has("add constraint") && checked.iter().any(|word| has(word)) && !has("not valid") {
            found.push("a check on rows that are there");
        }
    } else if begins("alter") && has("rename") {
        found.push("something gets another name");
    }
    found
}

/// The statements of a file, in small letters, without comments, bodies and texts.
fn statements(sql: &str) -> Vec<String> {
    let plain: String =
        sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let bodiless: String = plain.split("$$").step_by(2).collect::<Vec<_>>().join("''");
    let textless: String = bodiless.split('\'').step_by(2).collect::<Vec<_>>().join(" ");
    let spaced = textless.to_lowercase().replace(['(', ')'], " ").replace(',', " , ");
    spaced
        .split(';')
        .map(|one| one.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|one| !one.is_empty())
        .collect()
}

/// Everything in a file that the version before would feel.
fn found_in(sql: &str) -> Vec<(&'static str, String)> {
    let statements = statements(sql);
    let new: BTreeSet<String> = statements
        .iter()
        .filter_map(|one| one.strip_prefix("create table "))
        .filter_map(|rest| rest.trim_start_matches("if not exists ").split(' ').next())
        .map(str::to_owned)
        .collect();
    statements
        .iter()
        .flat_map(|one| felt(one, &new).into_iter().map(|what| (what, one.chars().take(90).collect())))
        .collect()
}

#[test]
fn the_version_before_can_serve_on_while_a_migration_runs_and_after_it() {
    let mut wrong = Vec::new();
    let mut known = BTreeSet::new();
    for migration in rapport_db::migrations() {
        for (what, statement) in found_in(migration.sql) {
            if BEFORE.contains(&(migration.name, what)) {
                known.insert((migration.name, what));
            } else {
                wrong.push(format!("{}: {what}: {statement}", migration.name));
            }
        }
    }
    assert!(wrong.is_empty(), "what the version before would feel:\n{}", wrong.join("\n"));
    let gone: Vec<_> = BEFORE.iter().filter(|one| !known.contains(*one)).collect();
    assert!(gone.is_empty(), "listed, and in no file: {gone:?}");
}

#[test]
fn every_way_to_break_the_version_before_is_found() {
    for (sql, what) in [
        ("drop view a.v;", "something goes"),
        ("drop table if exists a.t;", "something goes"),
        ("revoke select on a.t from rapport_app;", "something goes"),
        ("alter table a.t drop column c;", "something goes"),
        ("alter table a.t rename column c to d;", "something gets another name"),
        ("alter view a.v rename to w;", "something gets another name"),
        ("alter table a.t alter column c type bigint;", "a column becomes something else"),
        ("alter table a.t\n  alter column c set not null;", "a column becomes required"),
        ("alter table a.t alter c drop not null;", "a column becomes nullable"),
        (
            "alter table a.t add column c text not null;",
            "a new column is required, and the version before does not fill it",
        ),
        ("alter table a.t add constraint k check (c > 0);", "a check on rows that are there"),
        ("create index i on a.t (c);", "an index on a table that is there, which nobody writes to meanwhile"),
        ("update a.t set c = 1;", "rows are rewritten while others wait for them"),
    ] {
        let found = found_in(sql);
        assert!(found.iter().any(|(one, _)| *one == what), "{sql}: {found:?}");
    }
    for sql in [
        "create table a.t (c text not null check (c <> '')); create index i on a.t (c); alter table a.t add constraint k unique (c);",
        "alter table a.t add column c text not null default '';",
        "create index concurrently if not exists i on a.t (c);",
        "alter table a.t add column c text;",
        "alter table a.t add constraint k check (c > 0) not valid;",
        "create function a.f() returns void language sql as $$ update a.t set c = 1; delete from a.t $$; -- drop table a.t",
        "comment on table a.t is 'once; drop table a.t';",
        "revoke execute on function a.f() from public;",
    ] {
        assert_eq!(found_in(sql), [], "{sql}");
    }
}
