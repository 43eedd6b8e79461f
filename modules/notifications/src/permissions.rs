//! What one may do with notices: everyone reads the own ones.

use rapport_base::{Permission, PermissionInfo};

/// Read one's own notices.
pub const NOTICES_READ: Permission = Permission("notices.read");

/// All of them.
pub const ALL: &[PermissionInfo] = &[PermissionInfo {
    permission: NOTICES_READ,
    meaning: "Read one's own notices and choose how to hear of what.",
    roles: &["owner", "admin", "manager", "member", "viewer"],
}];
