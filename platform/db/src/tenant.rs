//! A transaction in one workspace.

use std::sync::Mutex;

use rapport_base::{Clock, Error, Limit, Refusal, Result, WorkspaceId};

use crate::{
    Event, FromRow, Origin, Params,
    connection::{Connection, references},
    event::Pending,
};

/// A transaction that sees one workspace's rows and no others.
///
/// Dropping it rolls back. Statements name `workspace_id` themselves as well:
/// the policy is the second wall, not the first.
pub struct TenantTx {
    connection: Connection,
    workspace: WorkspaceId,
    origin: Origin,
    clock: Clock,
    events: Mutex<Vec<Pending>>,
}

impl TenantTx {
    pub(crate) fn new(connection: Connection, workspace: WorkspaceId, origin: Origin, clock: Clock) -> Self {
        Self { connection, workspace, origin, clock, events: Mutex::default() }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The workspace, for `workspace_id = $1`.
    #[must_use]
    pub fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    /// Who acts.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The same transaction from here on in the name of someone found out within it.
    #[must_use]
    pub fn acting_as(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// Now, by the house's clock.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// All rows.
    ///
    /// # Errors
    /// A bug with the database's error as its cause.
    pub async fn query<T: FromRow>(&self, sql: &'static str, params: Params<'_>) -> Result<Vec<T>> {
        self.connection.rows(sql, params).await
    }

    /// All rows of a statement put together from constants.
    ///
    /// # Errors
    /// As [`TenantTx::query`].
    pub async fn query_built<T: FromRow>(&self, sql: &Built) -> Result<Vec<T>> {
        self.connection.rows(&sql.text, &references(&sql.values)).await
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`TenantTx::query`].
    pub async fn find<T: FromRow>(&self, sql: &'static str, params: Params<'_>) -> Result<Option<T>> {
        self.connection.row(sql, params).await
    }

    /// The first row; not found without one.
    ///
    /// # Errors
    /// [`Refusal::not_found`], or as [`TenantTx::query`].
    pub async fn get<T: FromRow>(&self, sql: &'static str, params: Params<'_>) -> Result<T> {
        self.find(sql, params).await?.ok_or_else(|| Refusal::not_found().into())
    }

    /// The one value of the one row (a count, a sum, `exists`).
    ///
    /// # Errors
    /// As [`TenantTx::query`].
    pub async fn scalar<T>(&self, sql: &'static str, params: Params<'_>) -> Result<T>
    where
        T: for<'a> tokio_postgres::types::FromSql<'a>,
    {
        let row: Option<(T,)> = self.connection.row(sql, params).await?;
        row.map(|(value,)| value).ok_or_else(|| Error::message("a statement for one value gave no row"))
    }

    /// Rows changed.
    ///
    /// # Errors
    /// As [`TenantTx::query`].
    pub async fn execute(&self, sql: &'static str, params: Params<'_>) -> Result<u64> {
        self.connection.execute(sql, params).await
    }

    /// Appends an event to the spine with this transaction's commit.
    pub fn publish<E: Event>(&self, event: &E) {
        self.push(Pending::new(event, None, None, self.now()));
    }

    /// As [`TenantTx::publish`], with what was and what is, for the audit log.
    pub fn publish_change<E: Event>(
        &self,
        event: &E,
        before: Option<serde_json::Value>,
        after: Option<serde_json::Value>,
    ) {
        self.push(Pending::new(event, before, after, self.now()));
    }

    fn push(&self, pending: Pending) {
        self.events.lock().expect("no panic while events are pushed").push(pending);
    }

    /// Commits, appending the published events in the same flight.
    ///
    /// # Errors
    /// A bug when the database refuses, or the claim's own when it comes late
    /// (see [`crate::claiming`]); nothing is kept then.
    pub async fn commit(self) -> Result<()> {
        crate::claim::make(&self.connection).await?;
        let events = std::mem::take(&mut *self.events.lock().expect("no panic while events are pushed"));
        if events.is_empty() {
            return self.connection.commit().await;
        }
        crate::event::append_and_commit(&self.connection, self.workspace, &self.origin, events).await
    }
}

/// A statement put together from constant pieces, with its values numbered as they are added.
#[derive(Default)]
pub struct Built {
    text: String,
    values: Vec<Box<dyn rapport_base::sql::Param>>,
}

impl Built {
    /// Begins with a piece of SQL.
    #[must_use]
    pub fn new(piece: &'static str) -> Self {
        Self { text: piece.to_owned(), values: Vec::new() }
    }
    /// Adds a piece of SQL.
    #[must_use]
    pub fn sql(mut self, piece: &'static str) -> Self {
        self.text.push_str(piece);
        self
    }
    /// Ends a page. That of the usual page stands there as a number: of one that is a value PostgreSQL
    /// reckons a tenth of all rows, finds that dear, and plans anew each time.
    #[must_use]
    pub fn limit(self, limit: Limit) -> Self {
        const USUAL: &str = " limit 51";
        if limit == Limit::default() { self.sql(USUAL) } else { self.sql(" limit ").bind(limit.fetch()) }
    }
    /// Adds a value: its number (`$3`) is written here.
    #[must_use]
    pub fn bind(mut self, value: impl rapport_base::sql::Param + 'static) -> Self {
        self.values.push(Box::new(value));
        self.text.push_str(&format!("${}", self.values.len()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_page_is_cut_where_every_other_is_by_a_constant() {
        let usual = Built::new("select 1").limit(Limit::default());
        assert_eq!(usual.text, format!("select 1 limit {}", Limit::default().fetch()));
        let other = Built::new("select 1").limit(Limit::try_new(Some(7)).unwrap());
        assert_eq!((other.text.as_str(), other.values.len()), ("select 1 limit $1", 1));
    }
}
