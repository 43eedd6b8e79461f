//! Who may read and write to clients.

use rapport_base::{Permission, PermissionInfo};

/// Read the threads of clients one works for.
pub const CONVERSATIONS_READ: Permission = Permission("conversations.read");
/// Read all threads.
pub const CONVERSATIONS_READ_ALL: Permission = Permission("conversations.read_all");
/// Write to clients, and notes among the team.
pub const CONVERSATIONS_WRITE: Permission = Permission("conversations.write");

/// All of them.
pub const ALL: &[PermissionInfo] = &[
    PermissionInfo {
        permission: CONVERSATIONS_READ,
        meaning: "Read the conversations of clients one works for.",
        roles: &["owner", "admin", "manager", "member", "viewer"],
    },
    PermissionInfo {
        permission: CONVERSATIONS_READ_ALL,
        meaning: "Read every conversation of the workspace.",
        roles: &["owner", "admin", "manager", "viewer"],
    },
    PermissionInfo {
        permission: CONVERSATIONS_WRITE,
        meaning: "Write messages to clients and internal notes.",
        roles: &["owner", "admin", "manager", "member"],
    },
];
