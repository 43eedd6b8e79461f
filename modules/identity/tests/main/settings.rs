use identity::testing;
use serde_json::json;

use crate::world;

const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0,
    0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x62, 0,
    1, 0, 0, 5, 0, 1, 0x0d, 0x0a, 0x2d, 0xb4, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

#[tokio::test]
async fn settings_are_changed_over_the_api_with_versions() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let reply = ada.api.get("/api/workspace").await.expect(200);
    assert_eq!(reply.headers["etag"], "\"1\"");
    let change = json!({"name": "Nord", "country": "gb", "phone": "020 7183 8750", "website": "nord.example", "default_hourly_rate_cents": 9_500, "bank_details": "IBAN X"});
    let reply = ada.api.json("PATCH", "/api/workspace", change).await.expect(200).json();
    assert_eq!(reply["phone"], "+442071838750");
    assert_eq!(reply["website"], "https://nord.example/");
    assert_eq!(reply["version"], 2);
    let mut stale = ada.api.clone().with_header("if-match", "\"1\"");
    stale.json("PATCH", "/api/workspace", json!({"name": "Süd"})).await.expect(412);
    let cleared =
        ada.api.json("PATCH", "/api/workspace", json!({"bank_details": null})).await.expect(200).json();
    assert!(cleared["bank_details"].is_null());
    let row = world
        .owner()
        .await
        .query_one(
            "select before, after from spine.events where kind = 'workspace.updated' order by seq limit 1",
            &[],
        )
        .await
        .unwrap();
    let (before, after): (serde_json::Value, serde_json::Value) = (row.get(0), row.get(1));
    assert_eq!((before["name"].as_str(), after["name"].as_str()), (Some("Northlight"), Some("Nord")));
}

#[tokio::test]
async fn every_broken_setting_stands_beside_its_field() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let bad = json!({"slug": "API!", "timezone": "x", "brand_color": "red", "website": "javascript:alert(1)", "email": "x", "country": "Britain"});
    let reply = ada.api.json("PATCH", "/api/workspace", bad).await.expect(422).json();
    assert!(!reply["errors"].as_array().unwrap().is_empty());
    ada.api.json("PATCH", "/api/workspace", json!({"nope": 1})).await.expect(422);
    let other = testing::owner_of(&world, "Taken").await;
    let reply = ada.api.json("PATCH", "/api/workspace", json!({"slug": other.slug})).await.expect(422).json();
    assert_eq!(reply["errors"][0]["field"], "slug");
}

#[tokio::test]
async fn each_tab_shows_saves_and_keeps_what_was_typed_when_refused() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    for tab in ["workspace", "money", "brand", "team", "api-keys"] {
        ada.http.get(&ada.path(&format!("settings/{tab}"))).await.expect(200);
    }
    let money = [
        ("version", "1"),
        ("currency", "GBP"),
        ("default_hourly_rate", "95.50"),
        ("payment_terms_days", "14"),
        ("invoice_prefix", "NL-"),
        ("tax_rounding", "invoice"),
        ("prices_include_tax", "on"),
    ];
    ada.http.post(&ada.path("settings/money"), &money).await.expect(303);
    let saved = ada.api.get("/api/workspace").await.json();
    assert_eq!(saved["default_hourly_rate_cents"], 9_550);
    assert_eq!(
        (saved["prices_include_tax"].as_bool(), saved["currency"].as_str()),
        (Some(true), Some("GBP"))
    );
    let text = ada
        .http
        .post(
            &ada.path("settings/workspace"),
            &[
                ("version", "2"),
                ("name", "Nord"),
                ("slug", "N!"),
                ("email", "x"),
                ("daily_hour_limit", "12:00"),
            ],
        )
        .await
        .expect(422)
        .text();
    assert!(text.contains("value=\"N!\""), "{text}");
    let form = [
        ("version", "2"),
        ("name", "Nord"),
        ("slug", "nord"),
        ("timezone", "Europe/Berlin"),
        ("locale", "de"),
        ("week_start", "7"),
        ("daily_hour_limit", "10:00"),
    ];
    assert_eq!(
        ada.http.post(&ada.path("settings/workspace"), &form).await.expect(303).location(),
        "/app/nord/settings/workspace"
    );
    let brand = [("version", "3"), ("brand_color", "#0a7"), ("portal_link_days", "60")];
    ada.http.post("/app/nord/settings/brand", &brand).await.expect(303);
    let css = ada.http.get("/app/nord/brand.css").await.expect(200);
    assert!(css.text().contains("--primary"));
    ada.http.post("/app/nord/settings/brand", &brand).await.expect(422);
}

#[tokio::test]
async fn a_logo_is_a_picture_and_nothing_else() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let to = ada.path("settings/brand/logo");
    ada.http.get(&ada.path("logo")).await.expect(404);
    ada.http
        .upload(
            &to,
            &[],
            &[(
                "logo",
                "x.svg",
                "image/svg+xml",
                b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
            )],
        )
        .await
        .expect(303);
    ada.http.get(&ada.path("logo")).await.expect(404);
    ada.http.upload(&to, &[], &[("logo", "logo.png", "image/png", PNG)]).await.expect(303);
    let logo = ada.http.get(&ada.path("logo")).await.expect(200);
    assert_eq!((logo.headers["content-type"].to_str().unwrap(), logo.body.as_slice()), ("image/png", PNG));
    world.http().get(&format!("/brand/{}/logo", ada.workspace_id)).await.expect(200);
    ada.http.post(&ada.path("settings/brand/logo/remove"), &[]).await.expect(303);
    ada.http.get(&ada.path("logo")).await.expect(404);
}

#[tokio::test]
async fn only_owners_and_admins_change_settings() {
    let world = world().await;
    let ada = testing::owner(&world).await;
    for role in ["manager", "member", "viewer"] {
        let mut other = testing::member(&world, &ada, role).await;
        other.api.json("PATCH", "/api/workspace", json!({"name": "X"})).await.expect(403);
        other.http.get(&other.path("settings/money")).await.expect(403);
        assert_eq!(
            other.http.get(&other.path("settings")).await.expect(303).location(),
            other.path("settings/team")
        );
        assert_eq!(other.api.get("/api/workspace").await.expect(200).json()["name"], "Northlight");
    }
}

#[tokio::test]
async fn the_theme_is_kept_in_the_browser() {
    let world = world().await;
    let mut http = world.http();
    http.get("/sign-in").await.expect(200);
    let reply = http.post("/theme", &[("theme", "dark"), ("back", "https://evil.example")]).await.expect(303);
    assert_eq!(reply.location(), "/app");
    assert_eq!(http.cookie("theme"), Some("dark"));
    assert!(http.get("/sign-in").await.text().contains("data-theme=\"dark\""));
}
