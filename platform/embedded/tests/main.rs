//! The cluster on real PostgreSQL programs.

mod ground;
mod kills;
mod places;
mod test_command;

use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use ground::{Ground, connect, occupants, one};
use rapport_embedded::{Cluster, Neighbour, Options};

#[tokio::test]
async fn another_process_can_use_a_cluster_while_it_runs_and_finds_none_before_or_after() {
    let ground = Ground::new();
    assert!(Neighbour::find(ground.path()).is_none());
    let cluster = Cluster::start(ground.options()).await.unwrap();
    cluster.create_database("rapport").await.unwrap();
    let neighbour = Neighbour::find(ground.path()).unwrap();
    assert_eq!(neighbour.app_url("rapport"), cluster.app_url("rapport"));
    let owner = connect(&neighbour.owner_url("rapport")).await;
    assert_eq!(one(&owner, "select current_user::text").await, "rapport_owner");
    cluster.stop().await.unwrap();
    assert!(Neighbour::find(ground.path()).is_none());
}

#[tokio::test]
async fn a_second_start_finds_what_the_first_left_and_a_stop_leaves_nothing_running() {
    let ground = Ground::new();
    let mut cluster = Cluster::start(ground.options()).await.unwrap();
    assert!(cluster.is_running());
    cluster.create_database("rapport").await.unwrap();
    cluster.create_database("rapport").await.unwrap();
    let owner = connect(&cluster.owner_url("rapport")).await;
    owner.batch_execute("create table kept (word text); insert into kept values ('ÄÖ'); grant select on kept to rapport_app").await.unwrap();
    let app = connect(&cluster.app_url("rapport")).await;
    assert_eq!(one(&app, "select lower(word) from kept").await, "äö");
    assert!(app.batch_execute("insert into kept values ('x')").await.is_err());
    assert_eq!(one(&app, "select (rolsuper or rolbypassrls or rolcreatedb)::text from pg_roles where rolname = 'rapport_app'").await, "false");
    assert!(one(&app, "show server_version").await.starts_with(cluster.server_version()));
    cluster.stop().await.unwrap();
    assert!(occupants(&ground.cluster()).is_empty());
    assert!(!ground.path().join("run").exists());
    assert!(!ground.cluster().join("postmaster.pid").exists());
    assert!(app.simple_query("select 1").await.is_err());

    let began = Instant::now();
    let cluster = Cluster::start(ground.options()).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "a second start makes no new cluster");
    let app = connect(&cluster.app_url("rapport")).await;
    assert_eq!(one(&app, "select word from kept").await, "ÄÖ");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn nothing_listens_on_the_network_and_no_setting_can_change_that() {
    let ground = Ground::new();
    let settings =
        vec![("listen_addresses".to_owned(), "*".to_owned()), ("work_mem".to_owned(), "7MB".to_owned())];
    let cluster = Cluster::start(Options { settings, ..ground.options() }).await.unwrap();
    let owner = connect(&cluster.owner_url("postgres")).await;
    owner.batch_execute("alter system set listen_addresses = '*'").await.unwrap();
    owner.batch_execute("select pg_reload_conf()").await.unwrap();
    assert_eq!(one(&owner, "show listen_addresses").await, "");
    assert_eq!(one(&owner, "show work_mem").await, "7MB");
    assert_eq!(one(&owner, "show fsync").await, "off");
    assert_eq!(one(&owner, "show jit").await, "off");
    for folder in ["run", "cluster"] {
        let mode = std::fs::metadata(ground.path().join(folder)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{folder}");
    }
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_durable_cluster_survives_power_cuts_by_its_settings() {
    let ground = Ground::new();
    let cluster = Cluster::start(Options { durable: true, ..ground.options() }).await.unwrap();
    let owner = connect(&cluster.owner_url("postgres")).await;
    for (name, value) in [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("wal_level", "replica"),
    ] {
        assert_eq!(one(&owner, &format!("show {name}")).await, value, "{name}");
    }
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_instance_is_refused_while_the_first_runs() {
    let ground = Ground::new();
    let cluster = Cluster::start(ground.options()).await.unwrap();
    let error = Cluster::start(ground.options()).await.unwrap_err();
    assert!(format!("{error:#}").contains("another instance already runs"), "{error:#}");
    let client = connect(&cluster.owner_url("postgres")).await;
    assert_eq!(one(&client, "select 'unharmed'").await, "unharmed");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_dropped_cluster_stops_its_server() {
    let ground = Ground::new();
    let cluster = Cluster::start(ground.options()).await.unwrap();
    drop(cluster);
    ground::until("the server has stopped", || occupants(&ground.cluster()).is_empty()).await;
}

#[tokio::test]
async fn a_database_of_another_version_is_refused_and_named() {
    let ground = Ground::new();
    Cluster::start(ground.options()).await.unwrap().stop().await.unwrap();
    std::fs::write(ground.cluster().join("PG_VERSION"), "12\n").unwrap();
    let error = format!("{:#}", Cluster::start(ground.options()).await.unwrap_err());
    assert!(error.contains("made by PostgreSQL 12"), "{error}");
}

#[tokio::test]
async fn a_setting_that_postgresql_refuses_is_named_in_the_error() {
    let ground = Ground::new();
    let settings = vec![("shared_bufers".to_owned(), "1MB".to_owned())];
    let error = format!("{:#}", Cluster::start(Options { settings, ..ground.options() }).await.unwrap_err());
    assert!(error.contains("shared_bufers"), "{error}");
}
