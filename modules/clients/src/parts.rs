//! What upper modules hang on a client: each takes the part, adds to it, and puts it back.
//!
//! ```ignore
//! let mut tabs = parts.find::<ClientTabs>().unwrap_or_default();
//! tabs.0.push(ClientTab { label: "Invoices", … });
//! parts.with(tabs)
//! ```

use futures::future::BoxFuture;
use rapport_base::{MemberId, Permission, Result};
use rapport_db::TenantTx;
use rapport_web::Cx;
use uuid::Uuid;

use crate::ClientId;

/// A tab of the client's page: a link to a page of the module that put it in.
#[derive(Clone, Copy)]
pub struct ClientTab {
    /// Label.
    pub label: &'static str,
    /// Icon.
    pub icon: &'static str,
    /// Order, ascending; timeline is 10, contacts 20.
    pub position: u16,
    /// Where it leads, by the workspace's slug.
    pub href: fn(&str, ClientId) -> String,
    /// Needed to see it.
    pub permission: Permission,
    /// How many there are, asked for in the flight of the page.
    pub count: Option<for<'a> fn(&'a TenantTx, ClientId) -> BoxFuture<'a, Result<i64>>>,
}

/// All tabs. One of the parts.
#[derive(Clone, Default)]
pub struct ClientTabs(pub Vec<ClientTab>);

/// A figure in the client's header: the open balance.
#[derive(Clone, Copy)]
pub struct ClientFact {
    /// Label.
    pub label: &'static str,
    /// Order, ascending; revenue is 10, health 20, owner 30.
    pub position: u16,
    /// Needed to see it.
    pub permission: Permission,
    /// Its value and a hint below it; nothing leaves it out.
    pub value: for<'a> fn(&'a Cx, &'a TenantTx, ClientId) -> BoxFuture<'a, Result<Option<(String, String)>>>,
}

/// All figures. One of the parts.
#[derive(Clone, Default)]
pub struct ClientFacts(pub Vec<ClientFact>);

/// Says what stands in the way of deleting a client: each thing by its name
/// (`invoice INV-0042`).
#[derive(Clone, Copy)]
pub struct DeletionGuard(pub for<'a> fn(&'a TenantTx, ClientId) -> BoxFuture<'a, Result<Vec<String>>>);

/// All guards. One of the parts.
#[derive(Clone, Default)]
pub struct DeletionGuards(pub Vec<DeletionGuard>);

/// What a member without `clients.read_all` works on.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Clients they may see.
    pub clients: Vec<Uuid>,
    /// Projects whose events they may see on a timeline.
    pub projects: Vec<Uuid>,
}

/// Finds what a member works on: their projects and those projects' clients.
#[derive(Clone, Copy)]
pub struct ClientReach(pub for<'a> fn(&'a TenantTx, MemberId) -> BoxFuture<'a, Result<Reach>>);

/// All of them. One of the parts.
#[derive(Clone, Default)]
pub struct ClientReaches(pub Vec<ClientReach>);
