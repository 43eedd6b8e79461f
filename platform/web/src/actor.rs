//! Who asks: found out by the identity and portal modules, carried by every request.

use std::sync::Arc;

use futures::future::BoxFuture;
use rapport_base::{Currency, MemberId, Permission, PermissionSet, Result, UserId, WorkspaceId};
use rapport_db::App;
use uuid::Uuid;

/// A signed-in person.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The person.
    pub user: User,
    /// What they signed in with.
    pub session: Session,
    /// Their membership in the workspace the request is about.
    pub member: Option<Member>,
    /// The workspaces they belong to: name and slug.
    pub workspaces: Vec<(String, String)>,
}

/// A person with an account.
#[derive(Clone, Debug)]
pub struct User {
    /// Id.
    pub id: UserId,
    /// Full name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Whether the address was confirmed.
    pub email_verified: bool,
    /// BCP 47 tag, such as `en-GB`.
    pub locale: String,
    /// IANA name.
    pub timezone: String,
}

/// What a person is signed in with.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// The browser session's id; `None` for tokens and keys.
    pub id: Option<Uuid>,
    /// The proof that forms must carry; empty for tokens and keys.
    pub csrf: String,
    /// Signed in or confirmed again within the last ten minutes.
    pub sudo: bool,
}

/// A membership in the workspace of the request.
#[derive(Clone, Debug)]
pub struct Member {
    /// Id.
    pub id: MemberId,
    /// Role's name.
    pub role: String,
    /// What it may.
    pub permissions: PermissionSet,
    /// The workspace.
    pub workspace: Arc<Workspace>,
}

/// The workspace of the request, as far as every page needs it.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Id.
    pub id: WorkspaceId,
    /// Piece of its web address.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Currency of its books.
    pub currency: Currency,
    /// IANA name.
    pub timezone: String,
    /// BCP 47 tag.
    pub locale: String,
    /// ISO weekday a week starts on: 1 Monday … 7 Sunday.
    pub week_start: i8,
    /// Brand colour, `#rrggbb`.
    pub brand_color: Option<String>,
    /// Whether it has a logo, at `/app/{slug}/logo`.
    pub has_logo: bool,
}

impl Workspace {
    /// Its zone.
    #[must_use]
    pub fn zone(&self) -> jiff::tz::TimeZone {
        rapport_base::clock::zone(&self.timezone)
    }
}

/// A client's person in a portal, without an account.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Workspace of the portal.
    pub workspace_id: WorkspaceId,
    /// The portal.
    pub portal_id: Uuid,
    /// The guest session.
    pub guest_id: Uuid,
    /// The contact the link was made for.
    pub contact_id: Option<Uuid>,
    /// The client.
    pub client_id: Uuid,
    /// Name shown to the team.
    pub name: String,
    /// Address, when known.
    pub email: Option<String>,
    /// The proof that forms must carry.
    pub csrf: String,
    /// A member looking as this client would: nothing may be changed.
    pub preview: bool,
}

/// What a request presents.
#[derive(Clone, Copy, Debug)]
pub enum Credentials<'a> {
    /// A browser's session cookie.
    Session(&'a str),
    /// An access token or API key.
    Bearer(&'a str),
}

/// Finds out who is signed in. Implemented by the identity module.
pub trait Authenticator: Send + Sync {
    /// The person behind the credentials and, with a slug (or else the session's or
    /// token's own workspace), their active membership there.
    fn authenticate<'a>(
        &'a self,
        app: &'a App,
        credentials: Credentials<'a>,
        slug: Option<&'a str>,
        ip: &'a str,
    ) -> BoxFuture<'a, Result<Option<SignedIn>>>;
}

/// Finds out which guest asks. Implemented by the portal module.
pub trait GuestAuthenticator: Send + Sync {
    /// The guest behind the cookie, of that portal when one is named.
    fn authenticate<'a>(
        &'a self,
        app: &'a App,
        token: &'a str,
        portal: Option<Uuid>,
    ) -> BoxFuture<'a, Result<Option<Guest>>>;
}

/// What a route asks of the one who calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Public,
    /// Anyone with an account, in whatever workspace.
    SignedIn,
    /// Any active member of the workspace.
    Member,
    /// An active member who holds the permission.
    Permission(Permission),
    /// A guest of the portal.
    Guest,
    /// An outside service that signs its requests.
    Provider,
}

impl From<Permission> for Access {
    fn from(permission: Permission) -> Self {
        Access::Permission(permission)
    }
}
