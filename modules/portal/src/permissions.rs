//! Who may open and share portals.

use rapport_base::{Permission, PermissionInfo};

/// See the portals of projects one works on.
pub const PORTALS_READ: Permission = Permission("portals.read");
/// See all portals.
pub const PORTALS_READ_ALL: Permission = Permission("portals.read_all");
/// Open portals, share links into them, change and archive them.
pub const PORTALS_MANAGE: Permission = Permission("portals.manage");

/// All of them.
pub const ALL: &[PermissionInfo] = &[
    PermissionInfo {
        permission: PORTALS_READ,
        meaning: "See the portals of projects one works on.",
        roles: &["owner", "admin", "manager", "member", "viewer"],
    },
    PermissionInfo {
        permission: PORTALS_READ_ALL,
        meaning: "See every portal, its files and its access log.",
        roles: &["owner", "admin", "manager", "viewer"],
    },
    PermissionInfo {
        permission: PORTALS_MANAGE,
        meaning: "Open portals for clients, share and revoke links, change what a portal shows.",
        roles: &["owner", "admin", "manager"],
    },
];
