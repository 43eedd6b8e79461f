//! `floors.toml` against Cargo's graph and against the SQL.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Floors {
    floor: BTreeMap<String, u8>,
    reads: BTreeMap<String, String>,
    platform: BTreeMap<String, Vec<String>>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn floors() -> Floors {
    toml::from_str(&fs::read_to_string(root().join("floors.toml")).unwrap()).unwrap()
}

fn floor_of(floors: &Floors, package: &str) -> u8 {
    let platform = package.starts_with("rapport-");
    let name = if platform { "platform" } else { package };
    *floors.floor.get(name).unwrap_or_else(|| panic!("{package} has no floor in floors.toml"))
}

#[test]
fn every_crate_uses_only_crates_of_lower_floors() {
    let floors = floors();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let ours: Vec<&str> = packages.iter().map(|p| p["name"].as_str().unwrap()).collect();
    let mut wrong = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let floor = floor_of(&floors, name);
        for dependency in package["dependencies"].as_array().unwrap() {
            let other = dependency["name"].as_str().unwrap();
            if !ours.contains(&other) || dependency["kind"] == "dev" {
                continue;
            }
            let below = floor_of(&floors, other);
            if below > floor || below == floor && floor > 0 {
                wrong.push(format!("{name} (floor {floor}) uses {other} (floor {below})"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_statement_names_its_own_schema_or_published_views_of_lower_modules() {
    let floors = floors();
    let named =
        Regex::new(r"(?i)\b(?:from|join|into|update|table)\s+(?:only\s+)?([a-z_]+)\.([a-z_]+)").unwrap();
    let mut wrong = Vec::new();
    for (package, folder) in folders() {
        let floor = floor_of(&floors, &package);
        for file in sources(&folder) {
            let text = fs::read_to_string(&file).unwrap();
            for found in named.captures_iter(&text) {
                let (schema, table) = (&found[1], &found[2]);
                let below = floors.floor.get(schema).copied();
                let own = schema == package
                    || floors.platform.get(schema).is_some_and(|owners| owners.contains(&package));
                let published = below.is_some_and(|below| below < floor) && table.starts_with("v_");
                let allowed = floors.reads.contains_key(&format!("{schema}.{table}"));
                let known = below.is_some() || floors.platform.contains_key(schema);
                if known && !own && !published && !allowed {
                    wrong.push(format!("{}: {schema}.{table}", file.strip_prefix(root()).unwrap().display()));
                }
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every module's package name and folder.
fn folders() -> Vec<(String, PathBuf)> {
    fs::read_dir(root().join("modules"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path().join("src")))
        .chain([("reactions".to_owned(), root().join("reactions/src"))])
        .collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("testing.rs") {
            found.push(path);
        }
    }
    found
}
