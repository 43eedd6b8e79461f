//! Who may do what with clients.

use rapport_base::{Permission, PermissionInfo};

/// See clients one works for, with their contacts and timeline.
pub const CLIENTS_READ: Permission = Permission("clients.read");
/// See every client.
pub const CLIENTS_READ_ALL: Permission = Permission("clients.read_all");
/// See what clients have paid, and the rates agreed with them.
pub const CLIENTS_REVENUE: Permission = Permission("clients.revenue");
/// Add clients.
pub const CLIENTS_CREATE: Permission = Permission("clients.create");
/// Change clients and their contacts.
pub const CLIENTS_UPDATE: Permission = Permission("clients.update");
/// Write notes on a client.
pub const CLIENTS_NOTE: Permission = Permission("clients.note");
/// Put clients into the bin and take them out.
pub const CLIENTS_DELETE: Permission = Permission("clients.delete");
/// Take the list of clients out of the house.
pub const CLIENTS_EXPORT: Permission = Permission("clients.export");
/// Hand out and erase all that is held of one person.
pub const CLIENTS_ERASE: Permission = Permission("clients.erase");

/// All of them.
pub const ALL: &[PermissionInfo] = &[
    PermissionInfo {
        permission: CLIENTS_READ,
        meaning: "See the clients one works for or owns, their contacts and timeline.",
        roles: &["owner", "admin", "manager", "member", "viewer"],
    },
    PermissionInfo {
        permission: CLIENTS_READ_ALL,
        meaning: "See every client.",
        roles: &["owner", "admin", "manager", "viewer"],
    },
    PermissionInfo {
        permission: CLIENTS_REVENUE,
        meaning: "See what clients have paid, and the rates agreed with them.",
        roles: &["owner", "admin", "manager"],
    },
    PermissionInfo {
        permission: CLIENTS_CREATE,
        meaning: "Add clients.",
        roles: &["owner", "admin", "manager"],
    },
    PermissionInfo {
        permission: CLIENTS_UPDATE,
        meaning: "Change clients and their contacts.",
        roles: &["owner", "admin", "manager"],
    },
    PermissionInfo {
        permission: CLIENTS_NOTE,
        meaning: "Write notes, calls and meetings down on a client.",
        roles: &["owner", "admin", "manager", "member"],
    },
    PermissionInfo {
        permission: CLIENTS_DELETE,
        meaning: "Put clients into the bin and take them out again.",
        roles: &["owner", "admin", "manager"],
    },
    PermissionInfo {
        permission: CLIENTS_EXPORT,
        meaning: "Export the list of clients.",
        roles: &["owner", "admin", "manager"],
    },
    PermissionInfo {
        permission: CLIENTS_ERASE,
        meaning: "Export all that is held of one person, and erase it.",
        roles: &["owner", "admin"],
    },
];
