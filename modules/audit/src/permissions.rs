//! Who may read the audit log.

use rapport_base::{Permission, PermissionInfo};

/// Read and export the audit log.
pub const AUDIT_READ: Permission = Permission("audit.read");

/// All of them.
pub const ALL: &[PermissionInfo] = &[PermissionInfo {
    permission: AUDIT_READ,
    meaning: "Read and export the audit log: who did what, when and from where.",
    roles: &["owner", "admin"],
}];
