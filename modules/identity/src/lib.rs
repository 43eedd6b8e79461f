//! Who works here: people, workspaces, memberships with roles, and every way to sign in.
//!
//! Other modules read names and rates ([`members`]) and settings ([`workspaces`]); the binary
//! collects what they add to a new workspace ([`WorkspaceDefaults`]) and to its first days
//! ([`FirstSteps`]).

mod api_keys;
pub mod events;
mod limits;
mod mail_tokens;
mod mails;
mod parts;
mod passwords;
pub mod permissions;
mod routes;
mod sessions;
mod sign_in;
mod sign_up;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tokens;
mod users;
mod workspaces;

use std::sync::Arc;

use rapport_base::{Error, Kind, MemberId, Parts, Result};
use rapport_db::{ActorKind, Origin};
use rapport_ui::FormState;
use rapport_web::{Authenticator, Form, Module, RequestInfo, SignInAgain};

pub use parts::{FirstStep, FirstSteps, WorkspaceDefault, WorkspaceDefaults};

/// The module.
#[must_use]
pub fn module() -> Module {
    Module {
        routes: routes::routes(),
        permissions: permissions::ALL.to_vec(),
        events: events::all(),
        parts: Some(put),
        ..Module::new("identity")
    }
}

fn put(parts: Parts) -> Parts {
    let doorkeeper: Arc<dyn Authenticator> = Arc::new(sessions::authenticate::Doorkeeper);
    parts
        .with(doorkeeper)
        .with(SignInAgain(Arc::new(sign_in::again::answer)))
        .with(passwords::Hasher::new())
        .with(tokens::SigningKeys::default())
}

/// A member as the origin of events, where no context of a member exists yet.
fn origin(request: &RequestInfo, member: MemberId, name: &str) -> Origin {
    Origin {
        kind: ActorKind::Member,
        id: Some(member.uuid()),
        name: Some(name.to_owned()),
        on_behalf_of: None,
        ip: Some(request.ip.clone()),
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
