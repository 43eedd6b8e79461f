//! An export into a file of this machine, for the operator.

use std::path::Path;

use anyhow::{Context, Result, bail};
use futures::StreamExt;
use rapport_base::WorkspaceId;
use rapport_db::App;
use tokio::io::AsyncWriteExt;

use crate::{
    manifest::Manifest,
    watch::Watch,
    writing::{self, Pack},
};

/// Writes everything of a workspace into a new file that only this user may read. It has its name once it is whole.
///
/// # Errors
/// When the file is there already, or anything cannot be read or written.
pub async fn to_file(app: &App, workspace: WorkspaceId, path: &Path) -> Result<Manifest> {
    if path.exists() {
        bail!("{} is there already", path.display());
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let unfinished = tempfile::Builder::new()
        .prefix(".rapport-export-")
        .tempfile_in(folder)
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    let mut file = tokio::fs::File::from_std(unfinished.reopen()?);
    let (pack, mut bytes) = Pack::new();
    let mut watch = Watch::nobody();
    let taking = async {
        while let Some(piece) = bytes.next().await {
            file.write_all(&piece?).await?;
        }
        file.sync_all().await?;
        anyhow::Ok(())
    };
    let (manifest, taken) = futures::join!(writing::write(app, workspace, pack, &mut watch), taking);
    let manifest = manifest?;
    taken.with_context(|| format!("cannot write {}", path.display()))?;
    unfinished.persist_noclobber(path).with_context(|| format!("cannot name the file {}", path.display()))?;
    Ok(manifest)
}
