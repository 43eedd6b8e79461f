//! Who may do what with files.

use rapport_base::{Permission, PermissionInfo};

/// See files of what one works on, and one's own.
pub const FILES_READ: Permission = Permission("files.read");
/// See all files.
pub const FILES_READ_ALL: Permission = Permission("files.read_all");
/// Hand files in.
pub const FILES_UPLOAD: Permission = Permission("files.upload");
/// Remove files.
pub const FILES_DELETE: Permission = Permission("files.delete");

/// All of them.
pub const ALL: &[PermissionInfo] = &[
    PermissionInfo {
        permission: FILES_READ,
        meaning: "See and download files of the projects and portals one works on, and one's own.",
        roles: &["owner", "admin", "manager", "member", "viewer"],
    },
    PermissionInfo {
        permission: FILES_READ_ALL,
        meaning: "See and download every file of the workspace.",
        roles: &["owner", "admin", "manager", "viewer"],
    },
    PermissionInfo {
        permission: FILES_UPLOAD,
        meaning: "Upload files and new versions of them.",
        roles: &["owner", "admin", "manager", "member"],
    },
    PermissionInfo {
        permission: FILES_DELETE,
        meaning: "Delete files.",
        roles: &["owner", "admin", "manager"],
    },
];
