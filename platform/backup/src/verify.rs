//! Proving a backup by restoring it.

use anyhow::Result;

use crate::{
    database, files,
    manifest::Figure,
    progress::Progress,
    restore::{Restore, Source, restore},
    rules::{Line, size},
};

/// Restores a backup into a scratch database of the same server, compares, lets the caller look at
/// it (its name is given), reads every file, and drops the database again.
///
/// # Errors
/// In words, when it cannot be restored; what differs is told in the lines.
pub async fn verify(
    source: &Source,
    owner_url: &str,
    figures: &[Figure],
    progress: &Progress,
    look: impl AsyncFnOnce(&str) -> Result<Vec<Line>>,
) -> Result<Vec<Line>> {
    let server = database::connect(owner_url).await?;
    let scratch = format!("rapport_verify_{:016x}", rand::random::<u64>());
    database::create(&server, &scratch).await?;
    let tried = async {
        let owner_url = database::with_name(owner_url, &scratch)?;
        let order = Restore { source, owner_url: &owner_url, store: None, figures, then: &[], progress };
        let mut lines = restore(order).await?.lines;
        lines.extend(look(&scratch).await?);
        Ok::<_, anyhow::Error>(lines)
    }
    .await;
    let dropped = database::drop(&server, &scratch).await;
    let mut lines = tried?;
    dropped?;
    let list = &source.manifest.files;
    let (whole, bytes, wrong) = files::read_all(&source.place, list, &source.identity, progress).await?;
    lines.push(Line::new(
        "files",
        format!("{} files, {}", list.count, size(list.bytes)),
        format!("{whole} files, {}", size(bytes)),
    ));
    lines.extend(wrong.into_iter().map(|text| Line::new("a file", "whole", text)));
    Ok(lines)
}
