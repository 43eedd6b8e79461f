//! Work with whole workspaces: statements put together from the catalogue's names, and rows as a stream.

use futures::{Stream, TryStreamExt};
use rapport_base::{Result, WorkspaceId};

use crate::{Db, FromRow, Origin, Params, SystemTx, TenantTx, error::told};

/// For work that is measured in minutes: no limit for a statement, and a long one between them.
const PATIENT: &str =
    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = '10min'";

impl Db {
    /// A transaction that only reads, sees one instant of the workspace, and may take its time.
    ///
    /// # Errors
    /// Busy as [`Db::begin`].
    pub async fn snapshot(&self, workspace: WorkspaceId) -> Result<TenantTx> {
        let wall = format!("SET LOCAL app.workspace_id = '{workspace}'; {PATIENT}");
        let connection = self.connection("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", &wall).await?;
        Ok(TenantTx::new(connection, workspace, Origin::system(), self.clock().clone()))
    }
}

impl SystemTx {
    /// The transaction may take its time from now on.
    ///
    /// # Errors
    /// A bug when the database refuses.
    pub async fn be_patient(&self) -> Result<()> {
        self.connection().batch(PATIENT).await
    }

    /// Runs a statement put together from constant text and quoted names of the catalogue; rows changed.
    /// What anyone typed is bound, never part of the text.
    ///
    /// # Errors
    /// A bug when the database refuses.
    pub async fn execute_composed(&self, sql: &str, params: Params<'_>) -> Result<u64> {
        self.connection().execute(sql, params).await
    }
}

impl TenantTx {
    /// As [`TenantTx::query`], of a statement put together from constant text and quoted names of the
    /// catalogue. What anyone typed is bound, never part of the text.
    ///
    /// # Errors
    /// A bug when the database refuses.
    pub async fn query_composed<T: FromRow>(&self, sql: &str, params: Params<'_>) -> Result<Vec<T>> {
        self.connection().rows(sql, params).await
    }

    /// As [`TenantTx::execute`], of a statement as in [`TenantTx::query_composed`].
    ///
    /// # Errors
    /// A bug when the database refuses.
    pub async fn execute_composed(&self, sql: &str, params: Params<'_>) -> Result<u64> {
        self.connection().execute(sql, params).await
    }

    /// The rows of a statement without values, as in [`TenantTx::query_composed`], while they come: memory
    /// stays small however many there are.
    ///
    /// # Errors
    /// A bug when the database refuses.
    pub async fn stream_composed<T: FromRow>(
        &self,
        sql: &str,
    ) -> Result<impl Stream<Item = Result<T>> + use<T>> {
        let rows = self.connection().stream(sql).await?;
        Ok(rows.map_err(told).and_then(|row| std::future::ready(T::from_row(&row))))
    }
}
