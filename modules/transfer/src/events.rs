//! What happens to exports, and that a workspace came in.

use rapport_base::WorkspaceId;
use rapport_db::{About, Event, EventInfo};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::permissions::WORKSPACE_EXPORT;

macro_rules! event {
    ($(#[$meta:meta])* $name:ident $kind:literal audited $audited:literal {
        $($field:ident : $ty:ty),* $(,)?
    } about($this:ident) $about:expr; summary $summary:expr;) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[allow(missing_docs)]
        pub struct $name { $(pub $field: $ty),* }
        impl Event for $name {
            const KIND: &'static str = $kind;
            const AUDITED: bool = $audited;
            fn about(&self) -> About { let $this = self; $about }
            fn summary(&self) -> String { let $this = self; let _ = $this; $summary }
        }
    };
}

event! {
    /// Someone asked for an export.
    ExportRequested "export.requested" audited true { export_id: Uuid }
    about(e) About::new("export", e.export_id); summary "asked for an export of the workspace".into();
}
event! {
    /// It can be downloaded.
    ExportReady "export.ready" audited true { export_id: Uuid, bytes: i64, sha256: String }
    about(e) About::new("export", e.export_id); summary "made the export of the workspace ready".into();
}
event! {
    /// It could not be made.
    ExportFailed "export.failed" audited false { export_id: Uuid }
    about(e) About::new("export", e.export_id); summary "could not make the export of the workspace".into();
}
event! {
    /// Someone took it back, or had its file removed.
    ExportCancelled "export.cancelled" audited true { export_id: Uuid }
    about(e) About::new("export", e.export_id); summary "took the export of the workspace back".into();
}
event! {
    /// Someone fetched it.
    ExportDownloaded "export.downloaded" audited true { export_id: Uuid }
    about(e) About::new("export", e.export_id); summary "downloaded the export of the workspace".into();
}
event! {
    /// The workspace came in with a file; what happened before that did so elsewhere.
    WorkspaceImported "workspace.imported" audited true {
        workspace_id: WorkspaceId, from_workspace: Uuid, from_slug: String, exported_at: String, written_by: String,
        manifest_sha256: String, rows: u64, events: u64,
    } about(e) About::new("workspace", e.workspace_id);
    summary format!("imported the workspace from an export of {} made on {}, {} events of its history included",
        e.from_slug, e.exported_at.get(..10).unwrap_or(&e.exported_at), e.events);
}

/// All of them.
pub(crate) fn all() -> Vec<EventInfo> {
    vec![
        EventInfo::of::<ExportRequested>("Export asked for", "package", WORKSPACE_EXPORT),
        EventInfo::of::<ExportReady>("Export ready", "package-check", WORKSPACE_EXPORT),
        EventInfo::of::<ExportFailed>("Export failed", "package-x", WORKSPACE_EXPORT),
        EventInfo::of::<ExportCancelled>("Export taken back", "package-x", WORKSPACE_EXPORT),
        EventInfo::of::<ExportDownloaded>("Export downloaded", "download", WORKSPACE_EXPORT),
        EventInfo::of::<WorkspaceImported>("Workspace imported", "package-open", WORKSPACE_EXPORT),
    ]
}
