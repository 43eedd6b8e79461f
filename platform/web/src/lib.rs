//! Everything between a socket and a handler: the accept loop, the layers around
//! every request, who asks, what was sent, and how it is answered.

mod actor;
mod assets;
mod caller;
pub mod cookie;
mod csrf;
mod cx;
mod edge;
mod flash;
mod form;
mod gate;
mod idempotency;
mod input;
mod module;
pub mod openapi;
pub mod personal;
mod reply;
mod request;
mod route;
mod router;
pub mod security;
pub mod server;
mod upkeep;
mod upload;
mod wording;

use std::sync::Arc;

use axum::response::Response;

pub use actor::{
    Access, Authenticator, Credentials, Guest, GuestAuthenticator, Member, Session, SignedIn, User, Workspace,
};
pub use caller::Caller;
pub use csrf::proof as csrf_proof;
pub use cx::{Cx, GuestCx, Visitor};
pub use form::{Form, Reader, duration_seconds};
pub use gate::{ApiQuota, SESSION, guest_cookie};
pub use input::{IfMatch, Json, Query, validate};
pub use module::{
    Check, EraseClients, Hit, House, Module, NavEntry, Sealed, SearchPart, SettingsPage, ShellChange,
    ShellPart, assemble,
};
pub use openapi::Doc;
pub use reply::{created, local_path, nothing, page, redirect, redirect_with, rejected, versioned};
pub use request::RequestInfo;
pub use route::{Route, Routes};
pub use router::router;
pub use upkeep::sweep;
pub use upload::{FileField, Upload, cut_off};

/// The page that signs in someone whose session ended while they filled in a form, and
/// then hands the form back. Put into the parts by the identity module.
#[derive(Clone)]
pub struct SignInAgain(pub Arc<SignInAgainFn>);

/// From the request, the proof its form must carry, and what was typed.
pub type SignInAgainFn =
    dyn Fn(&rapport_db::App, &RequestInfo, &str, Vec<(String, String)>) -> Response + Send + Sync;
