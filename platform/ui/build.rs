//! Builds the browser's files when a source has changed, so that a fresh clone builds with cargo alone.

use std::path::Path;
use std::process::Command;

fn main() {
    let root = Path::new("../..");
    for source in ["css", "js", "templates", "build.mjs", "../../package-lock.json"] {
        println!("cargo:rerun-if-changed={source}");
    }
    println!("cargo:rerun-if-env-changed=RAPPORT_ASSETS");
    if std::env::var("RAPPORT_ASSETS").is_ok_and(|how| how == "prebuilt") {
        assert!(
            Path::new("dist/manifest.json").exists(),
            "RAPPORT_ASSETS=prebuilt, but platform/ui/dist is missing: run `make assets` first"
        );
        return;
    }
    if !root.join("node_modules/esbuild").exists() {
        run(Command::new("npm")
            .args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(root));
    }
    run(Command::new("node").arg("build.mjs"));
}

/// Runs one step of the build, or says what is missing.
fn run(command: &mut Command) {
    let name = format!("{command:?}");
    match command.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => panic!(
            "building the browser's files failed at {name}\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(error) => {
            panic!("{name}: {error}. Node.js 20 or newer with npm is needed to build the browser's files")
        }
    }
}
