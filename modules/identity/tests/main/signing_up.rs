use serde_json::json;

use crate::world;

#[tokio::test]
async fn a_newcomer_is_signed_in_at_once_as_owner_of_a_new_workspace() {
    let world = world().await;
    let body = json!({"name": " Ada  Morel ", "email": "Ada@Example.com", "password": "correct horse battery 9", "workspace_name": "Café Nord"});
    let reply = world.http().json("POST", "/api/auth/signup", body).await.expect(201).json();
    assert_eq!(reply["user"]["name"], "Ada Morel");
    assert_eq!(reply["user"]["email"], "Ada@example.com");
    assert_eq!(reply["workspace"]["slug"], "cafe-nord");
    assert_eq!(reply["workspace"]["currency"], "USD");
    assert_eq!(reply["role"], "owner");
    assert_eq!(reply["expires_in"], 3600);
    let owner = world.owner().await;
    let kinds = owner.query("select kind from spine.events", &[]).await.unwrap();
    assert_eq!(kinds.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>(), ["workspace.created"]);
    world.settle().await;
    let mails = owner.query("select recipient_email, body_text from mail.outbox", &[]).await.unwrap();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].get::<_, String>(1).contains("/verify/"));
}

#[tokio::test]
async fn the_page_signs_up_too_and_names_each_wrong_field() {
    let world = world().await;
    let mut http = world.http();
    http.get("/sign-up").await.expect(200);
    let reply = http
        .post(
            "/sign-up",
            &[("name", ""), ("email", "ada@example.com"), ("password", "short"), ("workspace_name", "Nord")],
        )
        .await;
    let text = reply.expect(422).text();
    assert!(text.contains("at least 10 characters") && text.contains("Write your name"), "{text}");
    let fields = [
        ("name", "Ada"),
        ("email", "ada@example.com"),
        ("password", "correct horse battery 9"),
        ("workspace_name", "Nord"),
    ];
    let reply = http.post("/sign-up", &fields).await.expect(303);
    assert_eq!(reply.location(), "/app/nord");
    http.get("/sign-in").await.expect(303);
    http.post("/sign-out", &[]).await;
}

#[tokio::test]
async fn two_workspaces_of_one_name_get_two_addresses() {
    let world = world().await;
    let a = identity::testing::owner_of(&world, "Nord").await;
    let b = identity::testing::owner_of(&world, "Nord").await;
    assert_eq!(a.slug, "nord");
    assert!(b.slug.starts_with("nord-") && b.slug.len() == 10, "{}", b.slug);
}

#[tokio::test]
async fn a_known_address_is_refused_beside_its_field_and_its_owner_gets_a_mail() {
    let world = world().await;
    let body = |name: &str| json!({"name": name, "email": "ada@example.com", "password": "correct horse battery 9", "workspace_name": "Nord"});
    world.http().json("POST", "/api/auth/signup", body("Ada")).await.expect(201);
    let reply = world.http().json("POST", "/api/auth/signup", body("Eve")).await.expect(422).json();
    assert_eq!(reply["errors"][0]["field"], "email");
    let mails = world.owner().await.query("select kind from mail.outbox order by id", &[]).await.unwrap();
    assert_eq!(
        mails.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>(),
        ["identity.confirm_address", "identity.address_in_use"]
    );
}

#[tokio::test]
async fn when_a_default_of_a_module_fails_neither_account_nor_workspace_is_left() {
    let failing =
        identity::WorkspaceDefault(|_| Box::pin(async { Err(rapport_base::Error::message("no pipeline")) }));
    let defaults = identity::WorkspaceDefaults::new(vec![failing]);
    let world =
        rapport_testkit::World::start_with(vec![identity::module()], |parts| parts.with(defaults)).await;
    let body = json!({"name": "Ada", "email": "ada@example.com", "password": "correct horse battery 9", "workspace_name": "Nord"});
    world.http().json("POST", "/api/auth/signup", body).await.expect(500);
    let sql = "select (select count(*) from identity.users) + (select count(*) from identity.workspaces) + (select count(*) from mail.outbox)";
    let left: i64 = world.owner().await.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(left, 0);
}
