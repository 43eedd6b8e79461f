//! One borrowed connection and the transaction on it.
//!
//! `BEGIN` and its settings go out in the same write as the first statement,
//! and `COMMIT` in the same write as the last: a page is one flight.

use std::sync::atomic::{AtomicBool, Ordering};

use deadpool_postgres::Object;
use futures::FutureExt;
use rapport_base::{Error, Result, sql::Param};
use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

use crate::{FromRow, Params, flights::Runway, pool::Statements};

/// A transaction that opens itself with its first statement and rolls back when dropped.
pub(crate) struct Connection {
    client: Object,
    statements: Statements,
    opening: String,
    opened: AtomicBool,
    failed: AtomicBool,
    finished: AtomicBool,
    runway: Runway,
}

impl Connection {
    pub(crate) fn new(client: Object, statements: Statements, opening: String) -> Self {
        Self {
            client,
            statements,
            opening,
            opened: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            finished: AtomicBool::new(false),
            runway: Runway::default(),
        }
    }

    /// Runs one statement. Several may be in flight at once (`futures::join!`);
    /// they reach the server in the order of their first poll.
    pub(crate) async fn run(&self, sql: &str, params: Params<'_>) -> Result<Vec<Row>> {
        let result = match self.statements {
            Statements::Prepared => {
                let types: Vec<Type> = params.iter().map(|p| p.pg_type()).collect();
                let statement =
                    self.client.prepare_typed_cached(sql, &types).await.map_err(|e| self.fail(e))?;
                let values: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p.sql()).collect();
                let query = self.client.query(&statement, &values);
                self.after_opening(query).await
            }
            Statements::Unnamed => {
                let values: Vec<(&(dyn ToSql + Sync), Type)> =
                    params.iter().map(|p| (p.sql(), p.pg_type())).collect();
                let query = self.client.query_typed(sql, &values);
                self.after_opening(query).await
            }
        };
        result.map_err(|e| self.fail(e))
    }

    pub(crate) async fn rows<T: FromRow>(&self, sql: &str, params: Params<'_>) -> Result<Vec<T>> {
        self.run(sql, params).await?.iter().map(T::from_row).collect()
    }

    /// `None` without a row.
    pub(crate) async fn row<T: FromRow>(&self, sql: &str, params: Params<'_>) -> Result<Option<T>> {
        self.run(sql, params).await?.first().map(T::from_row).transpose()
    }

    /// Rows changed, of a statement without RETURNING.
    pub(crate) async fn execute(&self, sql: &str, params: Params<'_>) -> Result<u64> {
        let result = match self.statements {
            Statements::Prepared => {
                let types: Vec<Type> = params.iter().map(|p| p.pg_type()).collect();
                let statement =
                    self.client.prepare_typed_cached(sql, &types).await.map_err(|e| self.fail(e))?;
                let values: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p.sql()).collect();
                let query = self.client.execute(&statement, &values);
                self.after_opening(query).await
            }
            Statements::Unnamed => {
                let values: Vec<(&(dyn ToSql + Sync), Type)> =
                    params.iter().map(|p| (p.sql(), p.pg_type())).collect();
                let query = self.client.execute_typed(sql, &values);
                self.after_opening(query).await
            }
        };
        result.map_err(|e| self.fail(e))
    }

    /// Runs settings of the transaction: constant text without values or rows.
    pub(crate) async fn batch(&self, sql: &str) -> Result<()> {
        self.after_opening(self.client.batch_execute(sql)).await.map_err(|e| self.fail(e))
    }

    /// Commits.
    pub(crate) async fn commit(&self) -> Result<()> {
        self.commit_after(async { Ok(()) }).await
    }

    /// Commits, with one last statement in the same flight.
    pub(crate) async fn commit_with(&self, sql: &str, params: Params<'_>) -> Result<()> {
        // Prepared first: a statement that still had to be would reach the server after the COMMIT.
        if self.statements == Statements::Prepared {
            let types: Vec<Type> = params.iter().map(|p| p.pg_type()).collect();
            self.client.prepare_typed_cached(sql, &types).await.map_err(|e| self.fail(e))?;
        }
        self.commit_after(async { self.run(sql, params).await.map(drop) }).await
    }

    async fn commit_after(&self, last: impl Future<Output = Result<()>>) -> Result<()> {
        if self.failed.load(Ordering::Acquire) {
            return Err(Error::message("a statement failed before the commit"));
        }
        let (last, committed) = futures::join!(last, async {
            if self.opened.load(Ordering::Acquire) {
                self.runway.sent();
                self.client.batch_execute("COMMIT").await
            } else {
                Ok(())
            }
        });
        self.finished.store(true, Ordering::Release);
        last?;
        committed.map_err(Error::from)
    }

    async fn after_opening<T>(
        &self,
        query: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, tokio_postgres::Error> {
        self.runway.sent();
        let result = if self.opened.swap(true, Ordering::AcqRel) {
            query.await
        } else {
            let (opened, result) = futures::join!(self.client.batch_execute(&self.opening), query);
            opened.and(result)
        };
        self.runway.answered();
        result
    }

    fn fail(&self, error: tokio_postgres::Error) -> Error {
        self.failed.store(true, Ordering::Release);
        error.into()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.opened.load(Ordering::Acquire) && !self.finished.load(Ordering::Acquire) {
            // The first poll writes the message; whoever borrows the connection next queues behind it.
            let _ = self.client.batch_execute("ROLLBACK").now_or_never();
        }
    }
}

/// Parameters built at run time, as a slice of references.
pub(crate) fn references(values: &[Box<dyn Param>]) -> Vec<&dyn Param> {
    values.iter().map(AsRef::as_ref).collect()
}
