//! Workspaces and their settings.

pub(crate) mod actions;
pub(crate) mod rules;
pub(crate) mod store;

use rapport_base::{Currency, MemberId, WorkspaceId};

/// A workspace to be founded.
#[derive(Clone, Debug)]
pub(crate) struct NewWorkspace {
    pub name: String,
    pub currency: Currency,
    pub timezone: String,
    pub locale: String,
}

/// A workspace just founded.
#[derive(Clone, Debug)]
pub(crate) struct Founded {
    pub workspace_id: WorkspaceId,
    pub member_id: MemberId,
    pub slug: String,
}
