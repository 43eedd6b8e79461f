//! The rules of `deploy/alerts.yml` ask for figures that the program has.

use std::{collections::BTreeSet, fs, path::Path};

use regex::Regex;

const RULES: &str = include_str!("../../../deploy/alerts.yml");
/// Figures of Prometheus itself.
const OF_PROMETHEUS: &[&str] = &["up"];

fn sources(folder: &Path, found: &mut String) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

/// The names of the figures that the program keeps.
fn kept() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut text = String::new();
    for folder in ["platform", "modules", "app/src"] {
        sources(&root.join(folder), &mut text);
    }
    let named = Regex::new(r#"(?:counter|gauge|histogram)!\(\s*"([a-z_]+)""#).unwrap();
    named.captures_iter(&text).map(|found| found[1].to_owned()).collect()
}

/// The names that the rules' expressions ask for.
fn asked() -> BTreeSet<String> {
    let labels = Regex::new(r#"\{[^}]*\}|\[[^\]]*\]|\b(?:by|without) \([^)]*\)"#).unwrap();
    let name = Regex::new(r"[a-z][a-z_]+").unwrap();
    let function = Regex::new(r"[a-z_]+\(").unwrap();
    let mut names = BTreeSet::new();
    let mut lines = RULES.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(first) = line.trim().strip_prefix("expr:") else { continue };
        let mut expression = first.trim_start_matches([' ', '|']).to_owned();
        while let Some(more) = lines.next_if(|next| !next.trim_start().contains(": ")) {
            expression.push_str(more);
        }
        let bare = labels.replace_all(&expression, "");
        let bare = function.replace_all(&bare, "(");
        names
            .extend(name.find_iter(&bare).map(|found| found.as_str().trim_end_matches("_bucket").to_owned()));
    }
    for word in OF_PROMETHEUS.iter().chain(&["sum", "max", "by"]) {
        names.remove(*word);
    }
    names
}

#[test]
fn every_rule_asks_for_a_figure_that_is_kept() {
    let (asked, kept) = (asked(), kept());
    assert!(asked.len() >= 10, "{asked:?}");
    let unknown: Vec<&String> = asked.difference(&kept).collect();
    assert!(unknown.is_empty(), "{unknown:?} of {asked:?}");
}

#[test]
fn every_rule_says_how_bad_it_is_and_what_to_do() {
    let count = |needle: &str| RULES.matches(needle).count();
    let rules = count("- alert:");
    assert_eq!((count("severity:"), count("summary:"), count("action:")), (rules, rules, rules));
}
