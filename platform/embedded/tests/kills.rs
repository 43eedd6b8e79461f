//! Kills at bad moments.

use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use rapport_embedded::{Cluster, Options};

use crate::ground::{Ground, connect, guards_of, kill, occupants, one, postmaster, until};

#[tokio::test]
async fn a_killed_server_comes_back_soon_with_all_that_was_committed() {
    let ground = Ground::new();
    let options = Options { durable: true, ..ground.options() };
    let mut cluster = Cluster::start(options).await.unwrap();
    let mut client = connect(&cluster.owner_url("postgres")).await;
    client.batch_execute("create table kept as select 'here' as word").await.unwrap();
    for round in 0..2 {
        let first = postmaster(&ground.cluster());
        let began = Instant::now();
        kill(first);
        until("the client notices", || client.is_closed()).await;
        let again = loop {
            let attempt =
                tokio_postgres::connect(&cluster.owner_url("postgres"), tokio_postgres::NoTls).await;
            if let Ok((again, connection)) = attempt {
                tokio::spawn(connection);
                break again;
            }
            assert!(began.elapsed() < Duration::from_secs(10), "the server is not back");
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        assert!(began.elapsed() < Duration::from_secs(5), "round {round}: {:?}", began.elapsed());
        assert_eq!(one(&again, "select word from kept").await, "here");
        println!("round {round}: back after {:?}", began.elapsed());
        client = again;
        assert_ne!(postmaster(&ground.cluster()), first);
        until("it is known to run", || cluster.is_running()).await;
    }
    cluster.stop().await.unwrap();
    assert!(occupants(&ground.cluster()).is_empty());
}

#[tokio::test]
async fn a_kill_at_any_moment_of_the_first_start_heals_at_the_next() {
    let moments = [0, 50, 150, 300, 500, 800];
    let mut rounds = Vec::new();
    for milliseconds in moments {
        rounds.push(tokio::spawn(async move {
            let ground = Ground::new();
            let mut other = ground.other_process();
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            other.kill().unwrap();
            other.wait().unwrap();
            let cluster = Cluster::start(ground.options())
                .await
                .unwrap_or_else(|error| panic!("killed after {milliseconds} ms: {error:#}"));
            let client = connect(&cluster.app_url("postgres")).await;
            assert_eq!(one(&client, "select 'well'").await, "well");
            cluster.stop().await.unwrap();
            let left: Vec<_> = std::fs::read_dir(ground.path())
                .unwrap()
                .flatten()
                .map(|entry| entry.file_name().into_string().unwrap())
                .filter(|name| name.starts_with("cluster.new"))
                .collect();
            assert!(left.is_empty(), "killed after {milliseconds} ms: {left:?}");
        }));
        // Two at a time, so that the moments differ in more than the load.
        if rounds.len() == 2 {
            for round in rounds.drain(..) {
                round.await.unwrap();
            }
        }
    }
    for round in rounds {
        round.await.unwrap();
    }
}

#[tokio::test]
async fn the_server_ends_when_our_process_is_killed() {
    let ground = Ground::new();
    let mut other = ground.other_process();
    wait_for_ready(&mut other).await;
    let server = postmaster(&ground.cluster());
    assert!(occupants(&ground.cluster()).contains(&server));
    other.kill().unwrap();
    other.wait().unwrap();
    until("the server has ended", || occupants(&ground.cluster()).is_empty()).await;
    Cluster::start(ground.options()).await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn an_orphan_is_ended_and_waited_for_and_never_joined_by_a_second_server() {
    let ground = Ground::new();
    let mut other = ground.other_process();
    wait_for_ready(&mut other).await;
    let orphan = postmaster(&ground.cluster());
    let guards = guards_of(other.id());
    assert_eq!(guards.len(), 1);
    kill(guards[0]);
    other.kill().unwrap();
    other.wait().unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(occupants(&ground.cluster()).contains(&orphan), "nobody has told the orphan yet");
    let cluster = Cluster::start(ground.options()).await.unwrap();
    assert_ne!(postmaster(&ground.cluster()), orphan);
    assert!(!occupants(&ground.cluster()).contains(&orphan));
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_lock_file_that_names_a_stranger_does_not_stop_a_start() {
    let ground = Ground::new();
    Cluster::start(ground.options()).await.unwrap().stop().await.unwrap();
    let stranger = std::process::id();
    let lock = format!("{stranger}\n{}\n1\n5432\n/nowhere\n\n  1 1\nready\n", ground.cluster().display());
    std::fs::write(ground.cluster().join("postmaster.pid"), lock).unwrap();
    Cluster::start(ground.options()).await.unwrap().stop().await.unwrap();
}

async fn wait_for_ready(other: &mut std::process::Child) {
    let output = other.stdout.take().unwrap();
    let line = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).unwrap();
        line
    });
    assert_eq!(line.await.unwrap(), "ready\n");
}
