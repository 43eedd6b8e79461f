//! A server that follows the primary, where reports are read.
//!
//! A report is never older than its request: the primary says how far it has written, and the replica
//! is read once it has come as far. One that is away or behind is left alone for a while; reports are
//! read at the primary meanwhile.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use rapport_base::{Error, Result, WorkspaceId};

use crate::{Db, SystemTx, TenantTx, server::Server};

/// Milliseconds to wait for it, one look after the other.
const LOOKS: [u64; 6] = [0, 5, 10, 20, 50, 100];
/// How long it is left alone.
const REST: Duration = Duration::from_secs(10);

const WRITTEN: &str = "select pg_current_wal_lsn()::text";
const FOLLOWED: &str =
    "select pg_is_in_recovery() and coalesce(pg_last_wal_replay_lsn() >= $1::text::pg_lsn, false)";
const BEHIND: &str = "select case when pg_is_in_recovery()
    then greatest(pg_wal_lsn_diff($1::text::pg_lsn, pg_last_wal_replay_lsn()), 0)::bigint end";

/// The replica, and until when it is left alone.
pub(crate) struct Replica {
    server: Server,
    rests_until: Mutex<Option<Instant>>,
}

impl Replica {
    pub(crate) fn new(server: Server) -> Self {
        Self { server, rests_until: Mutex::default() }
    }

    fn rests(&self) -> bool {
        self.rests_until.lock().expect("no panic while held").is_some_and(|until| Instant::now() < until)
    }

    fn rest(&self) {
        *self.rests_until.lock().expect("no panic while held") = Some(Instant::now() + REST);
    }

    /// A transaction there that sees what was written until `written`.
    async fn read(&self, db: &Db, workspace: WorkspaceId, written: &str) -> Result<TenantTx> {
        let tx = db.reading(&self.server, workspace).await?;
        for pause in LOOKS {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            if tx.scalar(FOLLOWED, &[&written]).await? {
                return Ok(tx);
            }
        }
        Err(Error::message("it is behind, or follows nobody"))
    }
}

impl Db {
    /// Bytes of the primary's log that the replica has still to play back; none without a replica.
    ///
    /// # Errors
    /// When one of them cannot be asked, or the replica follows nobody.
    pub async fn replica_behind(&self) -> Result<Option<i64>> {
        let Some(replica) = self.replica() else { return Ok(None) };
        let (written,): (String,) = self.system().await?.get(WRITTEN, &[]).await?;
        let connection =
            replica.server.connection("BEGIN READ ONLY", "SET LOCAL ROLE rapport_system").await?;
        let tx = SystemTx::new(connection, self.clock().clone());
        let (behind,): (Option<i64>,) = tx.get(BEHIND, &[&written]).await?;
        behind.map(Some).ok_or_else(|| Error::message("it follows nobody: it takes writes itself"))
    }

    /// A read-only transaction for figures over many rows: at the replica if there is one that has all
    /// that was written until now, else at the primary.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn report(&self, workspace: WorkspaceId) -> Result<TenantTx> {
        let Some(replica) = self.replica() else { return self.read(workspace).await };
        let tx = self.read(workspace).await?;
        if !replica.rests() {
            let written: String = tx.scalar(WRITTEN, &[]).await?;
            match replica.read(self, workspace, &written).await {
                Ok(report) => {
                    metrics::counter!("db_reports_total", "server" => "replica").increment(1);
                    return Ok(report);
                }
                Err(error) => {
                    tracing::warn!(%error, "the replica is left alone, reports are read at the primary");
                    replica.rest();
                }
            }
        }
        metrics::counter!("db_reports_total", "server" => "primary").increment(1);
        Ok(tx)
    }
}
