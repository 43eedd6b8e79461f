//! Signed-in people for tests of every module.

use std::sync::LazyLock;

use rapport_base::{Currency, Email, MemberId, UserId, WorkspaceId};
use rapport_testkit::{Http, World};
use rapport_ui::Theme;
use rapport_web::{RequestInfo, SESSION};
use uuid::Uuid;

use crate::{sessions, tokens, users, workspaces};

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery 9";

// Hashed once: Argon2 is slow on purpose.
static HASH: LazyLock<String> = LazyLock::new(|| crate::passwords::hash_now(PASSWORD).expect("a hash"));

/// Someone signed in, by browser and by API.
#[derive(Clone)]
pub struct Signed {
    /// A browser with a session.
    pub http: Http,
    /// A program with an access token.
    pub api: Http,
    /// The workspace's piece of the address.
    pub slug: String,
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The membership.
    pub member_id: MemberId,
    /// The person.
    pub user_id: UserId,
    /// The person's address.
    pub email: String,
    /// The person's name.
    pub name: String,
}

impl Signed {
    /// A path within the workspace.
    #[must_use]
    pub fn path(&self, rest: &str) -> String {
        format!("/app/{}/{rest}", self.slug)
    }
}

fn request() -> RequestInfo {
    let mut request = RequestInfo::new(
        &"GET".parse().expect("a method"),
        &"/".parse().expect("a path"),
        &Default::default(),
        "127.0.0.1".into(),
        String::new(),
    );
    request.user_agent = "test".into();
    request.theme = Theme::System;
    request
}

/// The owner of a new workspace, "Northlight", with a confirmed address.
///
/// # Panics
/// When the database refuses.
pub async fn owner(world: &World) -> Signed {
    owner_of(world, "Northlight").await
}

/// The owner of a new workspace of that name.
///
/// # Panics
/// When the database refuses.
pub async fn owner_of(world: &World, workspace: &str) -> Signed {
    let (app, request) = (&world.app, request());
    let user_id = UserId::from(Uuid::now_v7());
    let (name, email) = ("Ada Morel".to_owned(), fresh_email("ada"));
    let tx = app.db.system().await.expect("a transaction");
    let address = Email::try_new(&email).expect("an address");
    users::store::insert(&tx, user_id, &address, &name, Some(&HASH), true, ("en-GB", "UTC"))
        .await
        .expect("a user");
    let new = workspaces::NewWorkspace {
        name: workspace.into(),
        currency: Currency::try_new("EUR").expect("a currency"),
        timezone: "UTC".into(),
        locale: "en-GB".into(),
    };
    let (founded, tx) =
        workspaces::actions::found(app, &request, tx, (user_id, &name), new).await.expect("a workspace");
    tx.commit().await.expect("a commit");
    signed(world, user_id, founded.workspace_id, founded.member_id, founded.slug, email, name).await
}

/// A further member of the owner's workspace, with a role of `admin manager member viewer owner`.
///
/// # Panics
/// When the database refuses.
pub async fn member(world: &World, owner: &Signed, role: &str) -> Signed {
    let user_id = UserId::from(Uuid::now_v7());
    let member_id = MemberId::from(Uuid::now_v7());
    let (name, email) = (format!("{}{} Lind", role[..1].to_uppercase(), &role[1..]), fresh_email(role));
    let tx = world.app.db.system().await.expect("a transaction");
    let address = Email::try_new(&email).expect("an address");
    users::store::insert(&tx, user_id, &address, &name, Some(&HASH), true, ("en-GB", "UTC"))
        .await
        .expect("a user");
    workspaces::store::insert_member(&tx, owner.workspace_id, member_id, user_id, role)
        .await
        .expect("a member");
    tx.commit().await.expect("a commit");
    signed(world, user_id, owner.workspace_id, member_id, owner.slug.clone(), email, name).await
}

/// Takes away the confirmation of a person's address.
///
/// # Panics
/// When the database refuses.
pub async fn unconfirm(world: &World, signed: &Signed) {
    world
        .owner()
        .await
        .execute(
            "update identity.users set email_verified_at = null where id = $1",
            &[&signed.user_id.uuid()],
        )
        .await
        .expect("an update");
}

fn fresh_email(who: &str) -> String {
    let id = Uuid::now_v7().simple().to_string();
    format!("{who}.{}@example.com", &id[20..])
}

async fn signed(
    world: &World,
    user_id: UserId,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    slug: String,
    email: String,
    name: String,
) -> Signed {
    let (app, request) = (&world.app, request());
    let token =
        sessions::actions::open_now(app, &request, user_id, Some(workspace_id)).await.expect("a session");
    let tokens = tokens::actions::issue(app, &request, user_id, Some(workspace_id)).await.expect("tokens");
    let mut http = world.http().with_cookie(SESSION, token.expose());
    // Its forms' proof, as any page of the session would carry it.
    http.keep_csrf(&rapport_web::csrf_proof(app, token.expose()));
    let api = world.http().with_bearer(&tokens.access_token);
    Signed { http, api, slug, workspace_id, member_id, user_id, email, name }
}
