//! When a client uploads a file, those who look after the client hear of it.

use files::{FILES_READ_ALL, FileUploaded};
use notifications::{NewNotice, notify};
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};

use crate::{kinds, people};

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.client_uploads_file_tell_team", &["file.uploaded"], react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let uploaded: FileUploaded = event.read()?;
    let Some(client) = uploaded.client_id.filter(|_| event.actor_kind == "guest") else { return Ok(()) };
    let notice = NewNotice {
        to: people::of_client(tx, client, &event, FILES_READ_ALL).await?,
        kind: kinds::FILE,
        title: format!("{} uploaded {}", people::actor_name(&event, "A client"), uploaded.name),
        body: String::new(),
        href: format!("files/{}/details", uploaded.file_id),
        key: event.id.to_string(),
    };
    notify(tx, notice).await
}
