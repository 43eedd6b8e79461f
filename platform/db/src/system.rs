//! A transaction beyond the workspaces.

use rapport_base::{Clock, Refusal, Result, WorkspaceId};

use crate::{FromRow, Origin, Params, TenantTx, connection::Connection};

/// A transaction as the role `rapport_system`: global tables, and those rows of
/// tenant tables that the wall opens to it. Dropping it rolls back.
pub struct SystemTx {
    connection: Connection,
    clock: Clock,
}

impl SystemTx {
    pub(crate) fn new(connection: Connection, clock: Clock) -> Self {
        Self { connection, clock }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Now, by the house's clock.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }
    /// Goes on within one workspace, in the same transaction and without the system's rights:
    /// what was done so far and what follows is committed together or not at all.
    ///
    /// # Errors
    /// A bug when the database refuses.
    pub async fn enter(self, workspace: WorkspaceId, origin: Origin) -> Result<TenantTx> {
        let settings = format!("SET LOCAL ROLE none; SET LOCAL app.workspace_id = '{workspace}'");
        self.connection.batch(&settings).await?;
        Ok(TenantTx::new(self.connection, workspace, origin, self.clock))
    }
    /// All rows.
    ///
    /// # Errors
    /// A bug with the database's error as its cause.
    pub async fn query<T: FromRow>(&self, sql: &'static str, params: Params<'_>) -> Result<Vec<T>> {
        self.connection.rows(sql, params).await
    }
    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`SystemTx::query`].
    pub async fn find<T: FromRow>(&self, sql: &'static str, params: Params<'_>) -> Result<Option<T>> {
        self.connection.row(sql, params).await
    }
    /// The first row; not found without one.
    ///
    /// # Errors
    /// [`Refusal::not_found`], or as [`SystemTx::query`].
    pub async fn get<T: FromRow>(&self, sql: &'static str, params: Params<'_>) -> Result<T> {
        self.find(sql, params).await?.ok_or_else(|| Refusal::not_found().into())
    }
    /// Rows changed.
    ///
    /// # Errors
    /// As [`SystemTx::query`].
    pub async fn execute(&self, sql: &'static str, params: Params<'_>) -> Result<u64> {
        self.connection.execute(sql, params).await
    }
    /// Commits.
    ///
    /// # Errors
    /// A bug when the database refuses; nothing is kept then.
    pub async fn commit(self) -> Result<()> {
        self.connection.commit().await
    }
}
