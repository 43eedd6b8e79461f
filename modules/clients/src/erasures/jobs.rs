//! Erasures are remembered outside the database as well: a database restored from a backup has
//! forgotten those that came after it, and they are done again.

use bytes::Bytes;
use futures::TryStreamExt;
use rapport_base::{Error, Result, WorkspaceId};
use rapport_db::{App, Origin};
use rapport_queue::{Job, JobCx, JobInfo, Outcome};
use rapport_storage::{Area, Key, Store};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AskedBy, actions, store};

const AREA: Area = Area::new("erasures");
const LIMIT: u64 = 4096;

/// All of them.
pub fn jobs() -> Vec<JobInfo> {
    vec![JobInfo::of::<RememberErasure>()]
}

/// Writes beside the files that someone was erased. It holds ids only.
#[derive(Serialize, Deserialize)]
pub struct RememberErasure {
    /// Who.
    pub contact_id: Uuid,
    /// At whose wish.
    pub asked_by: AskedBy,
}

impl Job for RememberErasure {
    const NAME: &'static str = "clients.remember_erasure";

    async fn run(self, cx: JobCx) -> Result<Outcome> {
        let workspace = cx.workspace.ok_or_else(|| Error::message("an erasure belongs to a workspace"))?;
        let store: Store = cx.app.parts.get();
        let key = Key::new(workspace.uuid(), AREA, self.contact_id, 1);
        store.put(&key, Bytes::from(serde_json::to_vec(&self)?)).await.map_err(Error::bug)?;
        Ok(Outcome::Done)
    }
}

/// Erases again whom a restored database has forgotten to have erased; how many that were.
///
/// # Errors
/// A bug when the store or the database refuses.
pub async fn erase_again(app: &App) -> Result<usize> {
    let files: Store = app.parts.get();
    let area = format!("/{}/", AREA.name());
    let mut remembered = files.list_all().map_err(Error::bug);
    let mut again = 0;
    while let Some(object) = remembered.try_next().await? {
        if !object.key.as_str().contains(&area) {
            continue;
        }
        let bytes = files.get_bytes(&object.key, LIMIT).await.map_err(Error::bug)?;
        let erasure: RememberErasure = serde_json::from_slice(&bytes)?;
        let tx = app.db.begin(WorkspaceId(object.key.workspace_id()), Origin::system()).await?;
        let contact = erasure.contact_id.into();
        match store::subject(&tx, contact).await {
            Ok(subject) if !subject.is_erased => {}
            Ok(_) => continue,
            Err(Error::Refusal(_)) => continue,
            Err(error) => return Err(error),
        }
        actions::erase_in(app, &tx, contact, erasure.asked_by, None).await?;
        tx.commit().await?;
        again += 1;
    }
    Ok(again)
}
