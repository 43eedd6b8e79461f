//! Who works here: people, workspaces, memberships with roles, and every way to sign in.
//!
//! Other modules read names and rates ([`members`]) and settings ([`workspaces`]); the binary
//! collects what they add to a new workspace ([`WorkspaceDefaults`]).

mod api_keys;
pub mod deputies;
pub mod events;
mod invitations;
mod jobs;
mod limits;
mod mail_tokens;
mod mails;
pub mod members;
mod parts;
mod passwords;
pub mod permissions;
mod personal;
pub mod rates;
mod recovery;
mod routes;
mod sealed;
mod sessions;
mod sign_in;
mod sign_up;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tokens;
mod users;
pub mod workspaces;

use std::sync::Arc;

use futures::{FutureExt, future::BoxFuture};
use rapport_base::{Error, Kind, MemberId, Parts, Refusal, Result};
use rapport_db::{ActorKind, App, Origin, TenantTx};
use rapport_mail::{Brand, Transport};
use rapport_ui::{Banner, FormState, Tone};
use rapport_web::{Authenticator, Cx, Form, Module, RequestInfo, SettingsPage, ShellChange, SignInAgain};

pub use parts::{WorkspaceDefault, WorkspaceDefaults};
pub use permissions::{TEAM_DEPUTIES, WORKSPACE_MANAGE};
pub use sessions::authenticate::owner_of;
pub use tokens::keys::sealed_elsewhere;
pub use workspaces::WorkspaceSettings;

/// The module.
#[must_use]
pub fn module() -> Module {
    Module {
        routes: routes::routes(),
        permissions: permissions::ALL.to_vec(),
        events: events::all(),
        jobs: jobs::all(),
        schedules: jobs::schedules(),
        shell: vec![remind],
        parts: Some(put),
        settings: vec![
            SettingsPage {
                label: "Workspace",
                path: "workspace",
                permission: permissions::WORKSPACE_MANAGE,
                position: 10,
            },
            SettingsPage {
                label: "Money",
                path: "money",
                permission: permissions::WORKSPACE_MANAGE,
                position: 20,
            },
            SettingsPage {
                label: "Brand",
                path: "brand",
                permission: permissions::WORKSPACE_MANAGE,
                position: 30,
            },
            SettingsPage { label: "Team", path: "team", permission: permissions::TEAM_READ, position: 40 },
            SettingsPage {
                label: "Deputies",
                path: "deputies",
                permission: permissions::TEAM_DEPUTIES,
                position: 45,
            },
            SettingsPage {
                label: "API keys",
                path: "api-keys",
                permission: permissions::API_KEYS_MANAGE,
                position: 90,
            },
        ],
        personal: personal::TABLES.to_vec(),
        sealed: sealed::SECRETS.to_vec(),
        ..Module::new("identity")
    }
}

/// Reminds people on every page that their address is not confirmed.
fn remind<'a>(cx: &'a Cx, _: &'a TenantTx) -> BoxFuture<'a, Result<ShellChange>> {
    let banner = (!cx.user().email_verified).then(|| Banner {
        tone: Tone::Amber,
        text: "Confirm your e-mail address: the link is in the mail we sent you.".into(),
        action: Some(("Send it again".into(), "/account".into())),
    });
    let change: ShellChange = Box::new(move |shell| {
        if shell.banner.is_none() {
            shell.banner = banner;
        }
    });
    futures::future::ready(Ok(change)).boxed()
}

fn put(parts: Parts) -> Parts {
    let doorkeeper: Arc<dyn Authenticator> = Arc::new(sessions::authenticate::Doorkeeper);
    parts
        .with(doorkeeper)
        .with(SignInAgain(Arc::new(sign_in::again::answer)))
        .with(passwords::Hasher::new())
        .with(tokens::SigningKeys::default())
}

/// The name and colours a workspace's mail carries.
#[must_use]
pub fn brand(app: &App, workspace: &WorkspaceSettings) -> Brand {
    let logo = workspace.logo_key.is_some().then(|| app.url(&format!("/brand/{}/logo", workspace.id)));
    Brand {
        name: workspace.name.clone(),
        color: workspace.brand_color.clone(),
        logo_url: logo.filter(|url| url.starts_with("https:")),
    }
}

/// Refuses people who have not confirmed their address, before anything goes to someone else in
/// their name. Where mail never leaves the machine (no mail server is set up), nobody outside can
/// be reached, and nobody is asked.
///
/// # Errors
/// Forbidden `email_unverified`.
pub fn require_verified(cx: &Cx) -> Result<()> {
    let leaves = cx.app.parts.find::<Transport>().is_none_or(|transport| transport.delivers());
    if cx.user().email_verified || !leaves {
        return Ok(());
    }
    Err(Refusal::new(
        Kind::Forbidden,
        "email_unverified",
        "Confirm your e-mail address first: the link is in the mail we sent you, and your account page sends it again.",
    )
    .into())
}

/// A member as the origin of events, where no context of a member exists yet.
fn origin(request: &RequestInfo, member: MemberId, name: &str) -> Origin {
    Origin {
        kind: ActorKind::Member,
        id: Some(member.uuid()),
        name: Some(name.to_owned()),
        on_behalf_of: None,
        ip: request.outside_ip(),
        request_id: Some(request.id.clone()),
    }
}

/// The form with a refusal's errors, those of a way in included.
fn shown(form: &Form, error: Error) -> Result<FormState> {
    match error {
        Error::Refusal(refusal) if refusal.kind == Kind::Unauthenticated => {
            Ok(form.state().with_error("", &refusal.message))
        }
        Error::Refusal(refusal) if refusal.kind == Kind::Limit => Err(refusal.into()),
        error => form.rejected(error),
    }
}

/// A rejected form whose page has others with fields of the same name.
fn scoped(scope: &str, form: &Form, error: Error) -> Result<FormState> {
    let rejected = shown(form, error)?;
    let mut state = FormState::scoped(scope);
    for (name, value) in form.pairs() {
        state.push(name, value);
    }
    for (name, message) in rejected.errors() {
        state.add_error(name, message);
    }
    Ok(state)
}
