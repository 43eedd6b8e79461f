//! The command that runs another beside a throw-away cluster.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::ground::{TEST_CLUSTER, signal, until};

#[tokio::test]
async fn the_command_gets_a_url_that_works_and_its_exit_code_is_kept() {
    let output = Command::new(TEST_CLUSTER)
        .args(["--", "sh", "-c", "echo \"$RAPPORT_TEST_CLUSTER\"; exit 7"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(7), "{}", String::from_utf8_lossy(&output.stderr));
    let url = String::from_utf8(output.stdout).unwrap();
    let config: tokio_postgres::Config = url.trim().parse().unwrap();
    assert_eq!(config.get_user(), Some("rapport_owner"));
    assert_eq!(config.get_dbname(), Some("postgres"));
}

#[tokio::test]
async fn an_interrupt_ends_the_command_and_leaves_no_folder() {
    let mut runner = Command::new(TEST_CLUSTER)
        .args(["--", "sh", "-c", "echo ready; exec sleep 60"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(runner.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let folder: PathBuf = std::env::temp_dir().join(format!("rapport-test-cluster-{}", runner.id()));
    assert!(folder.join("cluster").exists());
    signal(runner.id().cast_signed(), Signal::INT);
    let mut status = None;
    until("the runner has ended", || {
        status = runner.try_wait().unwrap();
        status.is_some()
    })
    .await;
    assert_eq!(status.unwrap().code(), Some(130));
    assert!(!folder.exists());
}

#[test]
fn a_command_that_does_not_exist_is_an_error_of_its_own() {
    let status =
        Command::new(TEST_CLUSTER).args(["--", "/no/such/program"]).stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(125));
}
