//! What happens to files.

use rapport_db::{About, Event, EventInfo};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{FILES_READ, File};

/// A file, or a new version of one, came in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileUploaded {
    /// The file.
    pub file_id: Uuid,
    /// Its name.
    pub name: String,
    /// The version that came in.
    pub number: i32,
    /// `internal` or `client`.
    pub visibility: String,
    /// Whose timeline it belongs to.
    pub client_id: Option<Uuid>,
    /// Project it hangs on.
    pub project_id: Option<Uuid>,
    /// Portal it hangs on.
    pub portal_id: Option<Uuid>,
}

impl FileUploaded {
    pub(crate) fn of(file: &File) -> Self {
        Self {
            file_id: file.id.uuid(),
            name: file.name.clone(),
            number: file.current_version,
            visibility: file.visibility.clone(),
            client_id: file.client_id,
            project_id: file.project_id,
            portal_id: file.portal_id,
        }
    }
}

fn about(id: Uuid, client: Option<Uuid>, project: Option<Uuid>) -> About {
    let about = About::new("file", id).maybe_client(client);
    match project {
        Some(project) => about.project(project),
        None => about,
    }
}

impl Event for FileUploaded {
    const KIND: &'static str = "file.uploaded";
    fn about(&self) -> About {
        about(self.file_id, self.client_id, self.project_id)
    }
    fn summary(&self) -> String {
        match self.number {
            1 => format!("uploaded {}", self.name),
            n => format!("uploaded version {n} of {}", self.name),
        }
    }
}

/// A client's person downloaded a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileDownloaded {
    /// The file.
    pub file_id: Uuid,
    /// Its name.
    pub name: String,
    /// The version fetched.
    pub number: i32,
    /// Whose timeline it belongs to.
    pub client_id: Option<Uuid>,
    /// Project it hangs on.
    pub project_id: Option<Uuid>,
    /// Portal it hangs on.
    pub portal_id: Option<Uuid>,
}

impl Event for FileDownloaded {
    const KIND: &'static str = "file.downloaded";
    fn about(&self) -> About {
        about(self.file_id, self.client_id, self.project_id)
    }
    fn summary(&self) -> String {
        format!("downloaded {}", self.name)
    }
}

/// A file was removed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileDeleted {
    /// The file.
    pub file_id: Uuid,
    /// Its name.
    pub name: String,
    /// Whose timeline it belongs to.
    pub client_id: Option<Uuid>,
    /// Project it hangs on.
    pub project_id: Option<Uuid>,
}

impl Event for FileDeleted {
    const KIND: &'static str = "file.deleted";
    const AUDITED: bool = true;
    fn about(&self) -> About {
        about(self.file_id, self.client_id, self.project_id)
    }
    fn summary(&self) -> String {
        format!("deleted the file {}", self.name)
    }
}

/// All of them.
pub fn all() -> Vec<EventInfo> {
    vec![
        EventInfo::of::<FileUploaded>("File uploaded", "upload", FILES_READ),
        EventInfo::of::<FileDownloaded>("File downloaded", "download", FILES_READ),
        EventInfo::of::<FileDeleted>("File deleted", "trash-2", FILES_READ),
    ]
}
