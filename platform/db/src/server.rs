//! One PostgreSQL: its pool of connections, and whether it is to be heard.

use std::{sync::Arc, time::Duration};

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod};
use rapport_base::{Error, Result};

use crate::{Address, Statements, address::take, connection::Connection, pulse::Pulse};

const ACQUIRE: Duration = Duration::from_secs(3);
const SETTINGS: &str = "statement_timeout = '8s'; SET LOCAL lock_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = '15s'";

/// An address without `pgbouncer`, and how statements are sent there.
pub(crate) fn spoken_to(url: &str) -> (String, Statements) {
    let (url, pooled) = take(url, "pgbouncer");
    let statements = match pooled.as_deref() {
        Some("true") => Statements::Unnamed,
        _ => Statements::Prepared,
    };
    (url, statements)
}

/// One server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Server {
    pool: Pool,
    pulse: Arc<Pulse>,
    statements: Statements,
    slow: Duration,
}

impl Server {
    /// A pool that connects when first used.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub(crate) fn new(url: &str, statements: Statements, connections: usize, slow: Duration) -> Result<Self> {
        let mut address = Address::parse(url).map_err(Error::bug)?;
        address.config.connect_timeout(Duration::from_secs(3)).application_name("rapport");
        if statements == Statements::Prepared {
            address.config.options(
                "-c statement_timeout=8s -c lock_timeout=5s -c idle_in_transaction_session_timeout=15s -c timezone=UTC",
            );
        }
        let pulse = Pulse::new(address.clone(), statements);
        let trusted = pulse.clone();
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(address.config, address.tls, recycling);
        let pool = Pool::builder(manager)
            .max_size(connections)
            .wait_timeout(Some(ACQUIRE))
            .create_timeout(Some(ACQUIRE))
            .recycle_timeout(Some(Duration::from_secs(1)))
            .pre_recycle(Hook::sync_fn(move |_, metrics| {
                if trusted.trusts(metrics.created) {
                    Ok(())
                } else {
                    Err(HookError::message("not trusted any more"))
                }
            }))
            .runtime(deadpool_postgres::Runtime::Tokio1)
            .build()?;
        Ok(Self { pool, pulse, statements, slow })
    }

    /// A connection whose transaction begins with `begin` and then `who`.
    pub(crate) async fn connection(&self, begin: &str, who: &str) -> Result<Connection> {
        let opening = match self.statements {
            Statements::Prepared => format!("{begin}; {who}"),
            Statements::Unnamed => format!("{begin}; {who}; SET LOCAL {SETTINGS}"),
        };
        let client = self.acquire().await?;
        Ok(Connection::new(client, self.pulse.clone(), self.statements, self.slow, opening))
    }

    /// Connections in use and in all.
    pub(crate) fn usage(&self) -> (usize, usize) {
        let status = self.pool.status();
        (status.size.saturating_sub(status.available), status.max_size)
    }

    async fn acquire(&self) -> Result<Object> {
        self.pulse.check()?;
        self.pool.get().await.map_err(|error| match error {
            PoolError::Timeout(_) | PoolError::Backend(_) => {
                tracing::warn!(%error, "no database connection");
                crate::error::busy()
            }
            other => other.into(),
        })
    }
}
