//! Exports that owners ask for.

use std::io::Cursor;

use futures::TryStreamExt;
use identity::testing;
use jiff::SignedDuration;
use rapport_storage::Store;
use zip::ZipArchive;

use super::{Scene, unpack};

#[tokio::test]
async fn an_owner_asks_is_told_downloads_for_a_day_and_each_download_is_noted() {
    let mut scene = Scene::new().await;
    let owner = &mut scene.owner;
    let page = owner.http.get(&owner.path("settings/exports")).await.expect(200).text();
    assert!(page.contains("Nothing exported yet"), "the empty state");
    owner.http.post(&owner.path("settings/exports"), &[]).await.expect(303);
    let waiting = owner.api.get("/api/exports").await.expect(200).json();
    assert_eq!(waiting["data"][0]["status"], "waiting");
    owner.api.json("POST", "/api/exports", serde_json::json!({})).await.expect(409);
    let id = waiting["data"][0]["id"].as_str().unwrap().to_owned();
    owner.api.get(&format!("/api/exports/{id}/download")).await.expect(409);
    scene.world.settle().await;

    let owner = &mut scene.owner;
    let ready = owner.api.get(&format!("/api/exports/{id}")).await.expect(200).json();
    assert_eq!(ready["status"], "ready", "{ready}");
    let told = owner.api.get("/api/notifications").await.expect(200).text();
    assert!(told.contains("Your export of the workspace is ready"), "{told}");
    let got = owner.http.get(&owner.path(&format!("settings/exports/{id}/download"))).await.expect(200);
    assert_eq!(got.headers["content-type"], "application/zip");
    assert_eq!(rapport_backup::rules::sha256(&got.body), ready["sha256"].as_str().unwrap());
    let entries = unpack(ZipArchive::new(Cursor::new(got.body)).unwrap());
    assert!(entries.contains_key("README.txt") && entries.contains_key("manifest.json"));
    let clients = String::from_utf8(entries["tables/clients.csv"].clone()).unwrap();
    assert!(clients.starts_with("\u{feff}\"Id\",") && clients.contains("\"Kestrel GmbH\""), "{clients}");
    let time = String::from_utf8(entries["tables/time.csv"].clone()).unwrap();
    assert!(time.contains("\"Kestrel website\"") && time.contains("\"90.00\""), "{time}");
    let invoices = String::from_utf8(entries["tables/invoices.csv"].clone()).unwrap();
    assert!(invoices.contains("\"1302.50\""), "{invoices}");
    assert_eq!(owner.api.get(&format!("/api/exports/{id}")).await.json()["downloads"], 1);
    let log = owner.api.get("/api/audit").await.expect(200).text();
    for kind in ["export.requested", "export.ready", "export.downloaded"] {
        assert!(log.contains(kind), "{kind} is not in the log");
    }

    // Nobody else: not an admin, not another workspace.
    let mut admin = testing::member(&scene.world, &scene.owner, "admin").await;
    admin.api.get(&format!("/api/exports/{id}/download")).await.expect(403);
    let mut other = testing::owner_of(&scene.world, "Southwind").await;
    other.api.get(&format!("/api/exports/{id}/download")).await.expect(404);

    scene.world.clock.advance(SignedDuration::from_hours(25));
    transfer::sweep(&scene.world.app).await.unwrap();
    let row = scene
        .world
        .owner()
        .await
        .query_one("select status, storage_key is null from transfer.exports", &[])
        .await
        .unwrap();
    assert_eq!((row.get::<_, &str>(0), row.get::<_, bool>(1)), ("expired", true));
    let left: Vec<_> = scene.world.app.parts.get::<Store>().list_all().try_collect().await.unwrap();
    assert!(left.iter().all(|object| !object.key.as_str().contains("/exports/")), "its file is gone");
}

#[tokio::test]
async fn an_export_is_taken_back_or_begun_anew_when_whoever_made_it_was_killed() {
    let mut scene = Scene::new().await;
    let owner = &mut scene.owner;
    let cancelled = owner.api.json("POST", "/api/exports", serde_json::json!({})).await.expect(202).json();
    let cancelled = cancelled["id"].as_str().unwrap().to_owned();
    owner.api.delete(&format!("/api/exports/{cancelled}")).await.expect(204);
    owner.api.delete(&format!("/api/exports/{cancelled}")).await.expect(409);
    let again = owner.api.json("POST", "/api/exports", serde_json::json!({})).await.expect(202).json();
    let again = again["id"].as_str().unwrap().to_owned();
    // As a worker leaves it that was killed in the middle: begun, a place noted, half of the bytes there.
    let store: Store = scene.world.app.parts.get();
    let half = format!("{}/exports/{again}/1/{:032x}", scene.owner.workspace_id, 7);
    store.put(&half.parse().unwrap(), "half".into()).await.unwrap();
    scene
        .world
        .owner()
        .await
        .execute(
            "update transfer.exports set status = 'running', attempts = 1, storage_key = $1, tables_done = 40 where status = 'waiting'",
            &[&half],
        )
        .await
        .unwrap();
    scene.world.settle().await;
    let owner = &mut scene.owner;
    let states = owner.api.get("/api/exports").await.expect(200).json();
    let state = |id: &str| {
        let all = states["data"].as_array().unwrap();
        all.iter().find(|export| export["id"] == id).unwrap()["status"].as_str().unwrap().to_owned()
    };
    assert_eq!((state(&cancelled).as_str(), state(&again).as_str()), ("cancelled", "ready"));
    assert!(!store.exists(&half.parse().unwrap()).await.unwrap(), "the half is gone");
}
