//! One borrowed connection and the transaction on it.
//!
//! `BEGIN` and its settings go out in the same write as the first statement,
//! and `COMMIT` in the same write as the last: a page is one flight.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use deadpool_postgres::Object;
use futures::FutureExt;
use rapport_base::{Error, Result, sql::Param};
use tokio_postgres::{
    Row, Statement,
    types::{ToSql, Type},
};

use crate::{
    FromRow, Params,
    error::{busy, follows_a_failure},
    flights::Runway,
    pool::Statements,
    pulse::Pulse,
    slow::watched,
};

/// What the first statement to fail in a transaction failed of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    /// Of what passes by itself: a lock that others held, a connection that went.
    Passing,
    /// Of itself.
    Lasting,
}

/// A transaction that opens itself with its first statement and rolls back when dropped.
pub(crate) struct Connection {
    client: Object,
    pulse: Arc<Pulse>,
    statements: Statements,
    slow: Duration,
    opening: String,
    opened: AtomicBool,
    failed: OnceLock<Failure>,
    finished: AtomicBool,
    runway: Runway,
}

impl Connection {
    pub(crate) fn new(
        client: Object,
        pulse: Arc<Pulse>,
        statements: Statements,
        slow: Duration,
        opening: String,
    ) -> Self {
        Self {
            client,
            pulse,
            statements,
            slow,
            opening,
            opened: AtomicBool::new(false),
            failed: OnceLock::new(),
            finished: AtomicBool::new(false),
            runway: Runway::default(),
        }
    }

    /// Runs one statement. Several may be in flight at once (`futures::join!`);
    /// they reach the server in the order of their first poll.
    pub(crate) async fn run(&self, sql: &str, params: Params<'_>) -> Result<Vec<Row>> {
        // In a box: what waits for several statements at once would otherwise hold them all by value.
        watched(sql, self.slow, Box::pin(self.sent(sql, params))).await
    }

    async fn sent(&self, sql: &str, params: Params<'_>) -> Result<Vec<Row>> {
        match self.statements {
            Statements::Prepared => {
                let statement = self.prepare(sql, params).await?;
                let values: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p.sql()).collect();
                self.after_opening(self.client.query(&statement, &values)).await
            }
            Statements::Unnamed => {
                let values: Vec<(&(dyn ToSql + Sync), Type)> =
                    params.iter().map(|p| (p.sql(), p.pg_type())).collect();
                self.after_opening(self.client.query_typed(sql, &values)).await
            }
        }
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
        watched(sql, self.slow, Box::pin(self.executed(sql, params))).await
    }

    async fn executed(&self, sql: &str, params: Params<'_>) -> Result<u64> {
        match self.statements {
            Statements::Prepared => {
                let statement = self.prepare(sql, params).await?;
                let values: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p.sql()).collect();
                self.after_opening(self.client.execute(&statement, &values)).await
            }
            Statements::Unnamed => {
                let values: Vec<(&(dyn ToSql + Sync), Type)> =
                    params.iter().map(|p| (p.sql(), p.pg_type())).collect();
                self.after_opening(self.client.execute_typed(sql, &values)).await
            }
        }
    }

    /// Runs one statement without values; its rows are taken from the wire as they are asked for.
    pub(crate) async fn stream(&self, sql: &str) -> Result<tokio_postgres::RowStream> {
        let none: [(&(dyn ToSql + Sync), Type); 0] = [];
        self.after_opening(self.client.query_typed_raw(sql, none)).await
    }

    /// Runs settings of the transaction: constant text without values or rows.
    pub(crate) async fn batch(&self, sql: &str) -> Result<()> {
        Box::pin(self.after_opening(self.client.batch_execute(sql))).await
    }

    /// Commits.
    pub(crate) async fn commit(&self) -> Result<()> {
        self.commit_after(async { Ok(()) }).await
    }

    /// Commits, with one last statement in the same flight.
    pub(crate) async fn commit_with(&self, sql: &str, params: Params<'_>) -> Result<()> {
        // A statement that still had to be prepared would reach the server after the COMMIT.
        self.prepared(sql, params).await?;
        self.commit_after(async { self.run(sql, params).await.map(drop) }).await
    }

    /// Whether a statement has been sent.
    pub(crate) fn is_open(&self) -> bool {
        self.opened.load(Ordering::Acquire)
    }

    /// Runs one statement of an open transaction with the system's rights, in one flight, and
    /// goes on with the rights it had. Rows changed.
    pub(crate) async fn as_system(&self, sql: &str, params: Params<'_>) -> Result<u64> {
        self.prepared(sql, params).await?;
        let (taken, changed, given_back) = futures::join!(
            self.batch("SET LOCAL ROLE rapport_system"),
            self.execute(sql, params),
            self.batch("SET LOCAL ROLE none"),
        );
        taken?;
        // The first to fail says why; what follows it only says that something failed.
        let changed = changed?;
        given_back?;
        Ok(changed)
    }

    /// Makes sure that a statement goes out as soon as it is run.
    async fn prepared(&self, sql: &str, params: Params<'_>) -> Result<()> {
        match self.statements {
            Statements::Prepared => self.prepare(sql, params).await.map(drop),
            Statements::Unnamed => Ok(()),
        }
    }

    async fn prepare(&self, sql: &str, params: Params<'_>) -> Result<Statement> {
        let types: Vec<Type> = params.iter().map(|p| p.pg_type()).collect();
        let prepared = self.pulse.answer(self.client.prepare_typed_cached(sql, &types)).await;
        prepared.map_err(|error| self.fail(error))
    }

    async fn commit_after(&self, last: impl Future<Output = Result<()>>) -> Result<()> {
        match self.failed.get() {
            None => {}
            Some(Failure::Passing) => return Err(busy()),
            Some(Failure::Lasting) => return Err(Error::message("a statement failed before the commit")),
        }
        let (last, committed) = futures::join!(last, async {
            if self.opened.load(Ordering::Acquire) {
                self.runway.sent();
                Box::pin(self.pulse.answer(self.client.batch_execute("COMMIT"))).await
            } else {
                Ok(())
            }
        });
        self.finished.store(true, Ordering::Release);
        last?;
        committed
    }

    async fn after_opening<T>(
        &self,
        query: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        self.runway.sent();
        let result = if self.opened.swap(true, Ordering::AcqRel) {
            self.pulse.answer(query).await
        } else {
            let opening = self.client.batch_execute(&self.opening);
            let opened = async {
                let (opened, result) = futures::join!(opening, query);
                opened.and(result)
            };
            self.pulse.answer(opened).await
        };
        self.runway.answered();
        result.map_err(|error| self.fail(error))
    }

    /// What is told of a failed statement. Statements of the same flight that come after the first to
    /// fail are only told that something did, so they are told its reason where that passes.
    fn fail(&self, error: Error) -> Error {
        let kind = || if error.is("busy") { Failure::Passing } else { Failure::Lasting };
        let first = self.failed.get_or_init(kind);
        match first {
            Failure::Passing if follows_a_failure(&error) => busy(),
            _ => error,
        }
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
