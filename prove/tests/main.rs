//! One round of the first proof, so that it is tried whenever anything is tested.

use std::path::PathBuf;

use rapport_prove::{Ground, proofs};

/// The debug build beside this test.
fn program() -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.join("rapport")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_killed_while_it_is_written_to_loses_doubles_and_halves_nothing() {
    let program = program();
    assert!(program.exists(), "build it first: cargo build -p rapport");
    let ground = Ground::new(&program, None, 1).unwrap();
    let proof = proofs::all().iter().find(|proof| proof.name == "kill-app").unwrap();
    let lines = proof.run(&ground).await;
    // How long a start takes on a busy machine is for `make prove` to say.
    let short: Vec<String> = lines
        .iter()
        .filter(|line| !line.holds && !line.promise.contains("< 5 s"))
        .map(ToString::to_string)
        .collect();
    assert!(lines.len() > 5 && short.is_empty(), "{}", short.join("\n"));
}
