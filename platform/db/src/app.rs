//! What every request and background job carries.

use std::sync::Arc;

use rapport_base::{Clock, Parts, Permission, PermissionInfo};

use crate::{Db, EventInfo};

/// The assembled house: database, clock, outside services, and what the modules declared.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Outside services by type.
    pub parts: Parts,
    /// Where browsers reach it, without a slash at the end: `https://app.example.com`.
    pub public_url: Arc<str>,
    /// Every event kind of every module.
    pub events: Arc<[EventInfo]>,
    /// Every permission of every module.
    pub permissions: Arc<[PermissionInfo]>,
    /// Those of them that one who is away lends to a deputy.
    pub lendable: Arc<[Permission]>,
}

impl App {
    /// How an event kind is known; `None` for kinds of modules this version lacks.
    #[must_use]
    pub fn event(&self, kind: &str) -> Option<&EventInfo> {
        self.events.iter().find(|info| info.kind == kind)
    }
    /// An absolute address for a mail or a provider.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }
    /// What a permission means.
    #[must_use]
    pub fn permission(&self, permission: Permission) -> Option<&PermissionInfo> {
        self.permissions.iter().find(|info| info.permission == permission)
    }
}
