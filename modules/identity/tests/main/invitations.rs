use identity::testing::{self, PASSWORD};
use jiff::SignedDuration;
use rapport_mail::Transport;
use rapport_testkit::World;
use serde_json::json;

use crate::{mail, mails, path_in, world};

#[tokio::test]
async fn an_invitation_goes_by_mail_and_makes_a_member_of_a_newcomer() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let reply = ada
        .api
        .json("POST", "/api/team/invitations", json!({"email": "mia@example.com", "role": "manager"}))
        .await
        .expect(201)
        .json();
    assert_eq!(reply["status"], "pending");
    assert!(reply["expires_at"].is_string() && reply["id"].is_string());
    let link = path_in(&mail(&world, "identity.invitation", "mia@example.com").await, "/invitations/");
    let mut http = world.http();
    assert!(http.get(&link).await.expect(200).text().contains("Northlight"));
    let token = link.strip_prefix("/invitations/").unwrap();
    let body = json!({"token": token, "name": "Mia Lind", "password": PASSWORD});
    let joined =
        world.http().json("POST", "/api/auth/invitations/accept", body.clone()).await.expect(201).json();
    assert_eq!(joined["role"], "manager");
    assert_eq!(joined["user"]["email_verified"], true);
    assert_eq!(joined["workspace"]["id"], ada.workspace_id.to_string());
    world.http().json("POST", "/api/auth/invitations/accept", body).await.expect(404);
    let kinds = world.owner().await.query("select kind from spine.events order by seq", &[]).await.unwrap();
    let kinds: Vec<String> = kinds.iter().map(|row| row.get(0)).collect();
    assert_eq!(kinds, ["workspace.created", "member.invited", "member.joined"]);
}

#[tokio::test]
async fn someone_with_an_account_joins_by_the_own_password_or_session() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let mut bea = testing::owner_of(&world, "Südlicht").await;
    ada.api
        .json("POST", "/api/team/invitations", json!({"email": bea.email, "role": "member"}))
        .await
        .expect(201);
    let link = path_in(&mail(&world, "identity.invitation", &bea.email).await, "/invitations/");
    let token = link.strip_prefix("/invitations/").unwrap();
    let wrong = json!({"token": token, "name": "Bea", "password": "some other password"});
    world.http().json("POST", "/api/auth/invitations/accept", wrong).await.expect(422);
    ada.http.get(&link).await.expect(200);
    ada.http.post(&link, &[]).await.expect(422);
    bea.http.get(&link).await.expect(200);
    assert_eq!(bea.http.post(&link, &[]).await.expect(303).location(), format!("/app/{}", ada.slug));
    bea.http.get(&ada.path("settings/team")).await.expect(200);
    bea.http.get(&bea.path("settings/team")).await.expect(200);
}

#[tokio::test]
async fn many_are_invited_from_the_page_and_wrong_addresses_are_named() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let to = ada.path("settings/team/invitations");
    let text = ada
        .http
        .post(&to, &[("emails", "mia@example.com, nonsense"), ("role", "member")])
        .await
        .expect(422)
        .text();
    assert!(text.contains("Not an e-mail address: nonsense"), "{text}");
    ada.http
        .post(
            &to,
            &[
                ("emails", "mia@example.com, max@example.com\nMIA@example.com"),
                ("role", "member"),
                ("message", "Hi!"),
            ],
        )
        .await
        .expect(303);
    assert_eq!(mails(&world, "identity.invitation").await, 2);
    let text =
        ada.http.post(&to, &[("emails", "mia@example.com"), ("role", "member")]).await.expect(422).text();
    assert!(text.contains("was invited already"), "{text}");
    let text = ada.http.get(&ada.path("settings/team")).await.expect(200).text();
    assert!(text.contains("max@example.com"));
}

#[tokio::test]
async fn a_resent_invitation_has_a_new_link_and_a_revoked_one_has_none() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let made = ada
        .api
        .json("POST", "/api/team/invitations", json!({"email": "mia@example.com", "role": "member"}))
        .await
        .expect(201)
        .json();
    let id = made["id"].as_str().unwrap();
    let first = path_in(&mail(&world, "identity.invitation", "mia@example.com").await, "/invitations/");
    ada.api.json("POST", &format!("/api/team/invitations/{id}/resend"), json!({})).await.expect(200);
    let second = path_in(&mail(&world, "identity.invitation", "mia@example.com").await, "/invitations/");
    assert_ne!(first, second);
    world.http().get(&first).await.expect(404);
    world.http().get(&second).await.expect(200);
    ada.api.delete(&format!("/api/team/invitations/{id}")).await.expect(204);
    world.http().get(&second).await.expect(404);
    ada.api.delete(&format!("/api/team/invitations/{id}")).await.expect(409);
}

#[tokio::test]
async fn an_invitation_ends_after_a_week_and_can_be_made_anew() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let body = json!({"email": "mia@example.com", "role": "member"});
    ada.api.json("POST", "/api/team/invitations", body.clone()).await.expect(201);
    let link = path_in(&mail(&world, "identity.invitation", "mia@example.com").await, "/invitations/");
    world.clock.advance(SignedDuration::from_hours(24 * 7 + 1));
    world.http().get(&link).await.expect(404);
    ada.http.get("/sign-in").await;
    let mut again = testing::member(&world, &ada, "admin").await;
    again.api.json("POST", "/api/team/invitations", body).await.expect(201);
}

#[tokio::test]
async fn one_invitation_accepted_twice_at_once_makes_one_member() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    ada.api
        .json("POST", "/api/team/invitations", json!({"email": "mia@example.com", "role": "member"}))
        .await
        .expect(201);
    let link = path_in(&mail(&world, "identity.invitation", "mia@example.com").await, "/invitations/");
    let body =
        json!({"token": link.strip_prefix("/invitations/").unwrap(), "name": "Mia", "password": PASSWORD});
    let (mut a, mut b) = (world.http(), world.http());
    let (one, two) = tokio::join!(
        a.json("POST", "/api/auth/invitations/accept", body.clone()),
        b.json("POST", "/api/auth/invitations/accept", body),
    );
    assert_eq!([one.status, two.status].iter().filter(|status| **status == 201).count(), 1);
    assert_eq!(ada.api.get("/api/team/members").await.json()["total"], 2);
}

#[tokio::test]
async fn nobody_is_invited_as_owner_and_members_invite_nobody() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    ada.api
        .json("POST", "/api/team/invitations", json!({"email": "mia@example.com", "role": "owner"}))
        .await
        .expect(422);
    for role in ["manager", "member", "viewer"] {
        let mut other = testing::member(&world, &ada, role).await;
        other
            .api
            .json("POST", "/api/team/invitations", json!({"email": "mia@example.com", "role": "viewer"}))
            .await
            .expect(403);
    }
}

#[tokio::test]
async fn people_with_an_unconfirmed_address_send_nothing_where_mail_leaves_the_machine() {
    let smtp = Transport::smtp("smtp://127.0.0.1:9", None).unwrap();
    let world = World::start_with(vec![identity::module()], |parts| parts.with(smtp)).await;
    let mut ada = testing::owner(&world).await;
    testing::unconfirm(&world, &ada).await;
    let body = json!({"email": "mia@example.com", "role": "member"});
    let reply = ada.api.json("POST", "/api/team/invitations", body).await.expect(403).json();
    assert_eq!(reply["code"], "email_unverified");
}
