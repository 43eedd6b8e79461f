//! Files over HTTP, against a real database and a real folder.

use identity::testing::Signed;
use jiff::SignedDuration;
use rapport_storage::Store;
use rapport_testkit::{Reply, World};
use serde_json::{Value, json};

async fn world() -> (World, Signed) {
    let world = World::start(vec![identity::module(), files::module()]).await;
    let owner = identity::testing::owner(&world).await;
    (world, owner)
}

async fn put(who: &mut Signed, name: &str, content: &str, bytes: &[u8]) -> Reply {
    who.api.upload("/api/files", &[("folder", "Brand/Logos")], &[("file", name, content, bytes)]).await
}

async fn put_text(who: &mut Signed, name: &str) -> Value {
    put(who, name, "text/plain", b"hello").await.expect(201).json()
}

fn id(file: &Value) -> &str {
    file["id"].as_str().unwrap()
}

async fn objects(world: &World) -> usize {
    use futures::TryStreamExt;
    world.app.parts.get::<Store>().list_all().try_collect::<Vec<_>>().await.unwrap().len()
}

async fn sweep(world: &World) {
    files::testing::sweep(&world.app).await;
}

#[tokio::test]
async fn a_file_comes_in_and_goes_out_as_it_was_and_each_download_is_logged() {
    let (world, mut owner) = world().await;
    let file = put_text(&mut owner, "../../etc/Notes.txt").await;
    assert_eq!((file["name"].as_str(), file["folder"].as_str()), (Some("Notes.txt"), Some("Brand/Logos")));
    let bytes = owner.http.get(&owner.path(&format!("files/{}", id(&file)))).await.expect(200);
    assert_eq!(bytes.body, b"hello");
    assert_eq!(bytes.headers["x-content-type-options"], "nosniff");
    assert_eq!(bytes.headers["content-disposition"], "attachment; filename=\"Notes.txt\"");
    assert!(bytes.headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
    assert!(bytes.headers["cache-control"].to_str().unwrap().contains("no-store"));
    let details =
        owner.http.get(&owner.path(&format!("files/{}/details", id(&file)))).await.expect(200).text();
    assert!(details.contains("Ada Morel"));
    let logged = world
        .owner()
        .await
        .query_one("select count(*) from files.downloads where by_name = 'Ada Morel'", &[])
        .await
        .unwrap();
    assert_eq!(logged.get::<_, i64>(0), 1);
}

#[tokio::test]
async fn only_safe_pictures_and_pdf_are_shown_in_place() {
    let (_world, mut owner) = world().await;
    let picture = put(&mut owner, "a.png", "image/png", files::testing::PNG).await.expect(201).json();
    let page = put(
        &mut owner,
        "a.html",
        "text/html",
        b"<!doctype html><html><body><script>alert(1)</script></body></html>",
    )
    .await;
    let shown = owner.api.get(&format!("/api/files/{}/download?inline=1", id(&picture))).await.expect(200);
    assert!(shown.headers["content-disposition"].to_str().unwrap().starts_with("inline"));
    if page.status == 201 {
        let saved =
            owner.api.get(&format!("/api/files/{}/download?inline=1", id(&page.json()))).await.expect(200);
        assert!(saved.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    }
}

#[tokio::test]
async fn what_a_file_is_decides_not_what_it_says_and_nothing_refused_is_kept() {
    let (world, mut owner) = world().await;
    for (name, content, bytes) in [
        ("photo.png", "image/png", &b"#!/bin/sh\nrm -rf /"[..]),
        ("photo.jpg", "image/jpeg", files::testing::PNG),
        ("empty.txt", "text/plain", b""),
        (
            "tool.exe",
            "application/octet-stream",
            b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00",
        ),
    ] {
        let refused = put(&mut owner, name, content, bytes).await.expect(422).json();
        assert_eq!(refused["errors"][0]["field"], "file", "{name}: {refused}");
    }
    assert_eq!(objects(&world).await, 0);
}

#[tokio::test]
async fn a_file_above_the_limit_is_refused_while_it_comes() {
    let (world, mut owner) = world().await;
    let large = vec![b'a'; 50 * 1024 * 1024 + 1];
    put(&mut owner, "large.txt", "text/plain", &large).await.expect(413);
    assert_eq!(objects(&world).await, 0);
}

#[tokio::test]
async fn versions_are_numbered_and_all_can_be_fetched() {
    let (_world, mut owner) = world().await;
    let file = put_text(&mut owner, "plan.txt").await;
    let path = format!("/api/files/{}/versions", id(&file));
    let newer = owner
        .api
        .upload(&path, &[], &[("file", "plan.txt", "text/plain", b"better")])
        .await
        .expect(201)
        .json();
    assert_eq!(newer["current_version"], 2);
    assert_eq!(owner.api.get(&path).await.expect(200).json()["total"], 2);
    assert_eq!(
        owner.api.get(&format!("/api/files/{}/download", id(&file))).await.expect(200).body,
        b"better"
    );
    assert_eq!(
        owner.api.get(&format!("/api/files/{}/download?version=1", id(&file))).await.expect(200).body,
        b"hello"
    );
}

#[tokio::test]
async fn a_quota_holds_when_two_upload_at_once() {
    let (world, mut owner) = world().await;
    put_text(&mut owner, "first.txt").await;
    world.owner().await.execute("update files.usage set quota_bytes = 12", &[]).await.unwrap();
    let (mut a, mut b) = (owner.clone(), owner.clone());
    let (a, b) = tokio::join!(
        put(&mut a, "a.txt", "text/plain", b"hello"),
        put(&mut b, "b.txt", "text/plain", b"hello")
    );
    let mut answers = [a.status, b.status];
    answers.sort_unstable();
    assert_eq!(answers, [201, 507]);
}

#[tokio::test]
async fn replaced_deleted_and_forgotten_bytes_go_in_time_and_not_before() {
    let (world, mut owner) = world().await;
    let file = put_text(&mut owner, "plan.txt").await;
    owner
        .api
        .upload(
            &format!("/api/files/{}/versions", id(&file)),
            &[],
            &[("file", "plan.txt", "text/plain", b"better")],
        )
        .await
        .expect(201);
    let gone = put_text(&mut owner, "gone.txt").await;
    owner.api.delete(&format!("/api/files/{}", id(&gone))).await.expect(204);
    owner.api.get(&format!("/api/files/{}", id(&gone))).await.expect(404);
    files::testing::received(&world.app, owner.workspace_id, "orphan.txt", "never recorded").await;
    assert_eq!(objects(&world).await, 4);
    sweep(&world).await;
    assert_eq!(objects(&world).await, 4);
    #[expect(clippy::disallowed_methods, reason = "the store dates its files by the machine's clock")]
    let now = jiff::Timestamp::now();
    world.clock.set(now + SignedDuration::from_hours(24 * 31));
    sweep(&world).await;
    assert_eq!(objects(&world).await, 2, "the deleted file and the orphan are gone");
    world.clock.advance(SignedDuration::from_hours(24 * 91));
    sweep(&world).await;
    assert_eq!(objects(&world).await, 1, "the replaced version is gone");
    let usage =
        world.owner().await.query_one("select stored_bytes, file_count from files.usage", &[]).await.unwrap();
    assert_eq!((usage.get::<_, i64>(0), usage.get::<_, i64>(1)), (6, 1));
}

#[tokio::test]
async fn members_see_their_own_files_and_viewers_change_nothing() {
    let (world, mut owner) = world().await;
    let mut member = identity::testing::member(&world, &owner, "member").await;
    let mut viewer = identity::testing::member(&world, &owner, "viewer").await;
    let theirs = put_text(&mut owner, "secret.txt").await;
    let own = put_text(&mut member, "own.txt").await;
    member.api.get(&format!("/api/files/{}", id(&theirs))).await.expect(404);
    member.api.get(&format!("/api/files/{}/download", id(&theirs))).await.expect(404);
    member.http.get(&member.path(&format!("files/{}/details", id(&theirs)))).await.expect(404);
    member.api.get(&format!("/api/files/{}", id(&own))).await.expect(200);
    member.api.delete(&format!("/api/files/{}", id(&own))).await.expect(403);
    viewer.api.get(&format!("/api/files/{}", id(&theirs))).await.expect(200);
    put(&mut viewer, "x.txt", "text/plain", b"x").await.expect(403);
    owner.api.json("GET", "/api/files", json!({})).await.expect(422);
}

#[tokio::test]
async fn another_workspace_finds_nothing() {
    let (world, mut owner) = world().await;
    let file = put_text(&mut owner, "mine.txt").await;
    let mut stranger = identity::testing::owner_of(&world, "Elsewhere").await;
    for path in ["", "/download", "/versions"] {
        stranger.api.get(&format!("/api/files/{}{path}", id(&file))).await.expect(404);
    }
    stranger.api.delete(&format!("/api/files/{}", id(&file))).await.expect(404);
}
