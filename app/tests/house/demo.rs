//! `rapport demo` without a workspace to name.

use rapport::commands::demo;

use crate::world;

#[tokio::test]
async fn sample_data_needs_no_name_while_there_is_one_workspace_or_none() {
    let world = world().await;
    assert_eq!(demo::find(&world.app, None).await.unwrap(), None);
    let made = demo::found(&world.app, "http://localhost:8080/").await.unwrap();
    assert_eq!(demo::find(&world.app, None).await.unwrap(), Some(made));
    assert!(demo::find(&world.app, Some("nowhere")).await.is_err());
    rapport::home::add_sample(&world.app, made).await.unwrap();
    identity::testing::owner(&world).await;
    let several = demo::find(&world.app, None).await.unwrap_err().to_string();
    assert!(several.contains("demo-studio"), "{several}");
}
