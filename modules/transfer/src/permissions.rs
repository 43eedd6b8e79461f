//! Who may take everything along.

use rapport_base::{Permission, PermissionInfo};

/// Export everything of the workspace.
pub const WORKSPACE_EXPORT: Permission = Permission("workspace.export");

/// All of them.
pub const ALL: &[PermissionInfo] = &[PermissionInfo {
    permission: WORKSPACE_EXPORT,
    meaning: "Export everything of the workspace as one file, and download it.",
    roles: &["owner"],
}];
