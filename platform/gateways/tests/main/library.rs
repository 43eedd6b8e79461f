//! What Python holds for us to be held against, Stripe's own library above all (package `stripe`).

use rapport_counterparts::skip;
use rapport_gateways::stripe::VERSION;
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

/// What a script prints, as JSON, given this as JSON; nothing if the library is not there.
pub fn ask(script: &str, input: &Value) -> Option<Value> {
    if !is_installed("stripe") {
        return None;
    }
    let mut process = Command::new("python3")
        .args(["-c", script])
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "the script failed");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// Whether Python has a package; if not, that is said.
pub fn is_installed(package: &str) -> bool {
    let find = format!("import importlib.util as u, sys; sys.exit(u.find_spec('{package}') is None)");
    let found = Command::new("python3").args(["-c", &find]).status().is_ok_and(|status| status.success());
    if !found {
        skip(&format!("the Python package {package} is not there"));
    }
    found
}

#[test]
fn we_name_the_version_that_the_official_library_was_made_from() {
    let script = "import json, stripe; print(json.dumps(stripe.api_version))";
    if let Some(version) = ask(script, &json!(null)) {
        assert_eq!(version, VERSION);
    }
}
