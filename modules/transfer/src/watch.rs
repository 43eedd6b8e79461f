//! Who looks on while a file is written: how far it is, and whether it is still wanted.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use rapport_base::WorkspaceId;
use rapport_db::App;

use crate::{
    exports::{ExportId, store},
    writing::told,
};

/// How often it is written down.
const EVERY: Duration = Duration::from_secs(1);

/// What is said to stop the work.
pub(crate) const NOT_WANTED: &str = "the export is not wanted any more";

/// How far the work is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Far {
    pub tables: i32,
    pub of_tables: i32,
    pub rows: i64,
    pub files: i64,
}

/// Who looks on.
pub(crate) struct Watch {
    far: Far,
    last: Instant,
    export: Option<(App, WorkspaceId, ExportId)>,
}

impl Watch {
    /// Nobody.
    pub(crate) fn nobody() -> Self {
        Self { far: Far::default(), last: Instant::now(), export: None }
    }
    /// Those who look at an export's page.
    pub(crate) fn of(app: &App, workspace: WorkspaceId, export: ExportId) -> Self {
        Self { export: Some((app.clone(), workspace, export)), ..Self::nobody() }
    }
    pub(crate) async fn begins(&mut self, tables: usize) -> Result<()> {
        self.far.of_tables = i32::try_from(tables).unwrap_or(i32::MAX);
        self.note().await
    }
    pub(crate) async fn rows(&mut self, count: i64) -> Result<()> {
        self.far.rows += count;
        if self.last.elapsed() < EVERY { Ok(()) } else { self.note().await }
    }
    pub(crate) async fn table_done(&mut self) -> Result<()> {
        self.far.tables += 1;
        self.rows(0).await
    }
    pub(crate) async fn file_done(&mut self) -> Result<()> {
        self.far.files += 1;
        self.rows(0).await
    }
    pub(crate) async fn ends(&mut self) -> Result<()> {
        self.note().await
    }

    /// Writes down how far it is.
    async fn note(&mut self) -> Result<()> {
        self.last = Instant::now();
        let Some((app, workspace, export)) = &self.export else { return Ok(()) };
        let tx = app.db.begin(*workspace, rapport_db::Origin::system()).await.map_err(told)?;
        if !store::note_progress(&tx, *export, self.far).await.map_err(told)? {
            bail!(NOT_WANTED);
        }
        tx.commit().await.map_err(told)
    }
}
