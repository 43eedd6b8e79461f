//! The pool of connections.

use std::{sync::Arc, time::Duration};

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod};
use rapport_base::{Clock, Error, Result, WorkspaceId};

use crate::{Address, Origin, SystemTx, TenantTx, address::take, connection::Connection, pulse::Pulse};

/// How statements are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Statements {
    /// Prepared once per connection: the quickest.
    #[default]
    Prepared,
    /// Unnamed each time: needed behind a pooler in transaction mode.
    Unnamed,
}

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct DbConfig {
    /// URL of the application's role.
    pub url: String,
    /// Connections at most.
    pub connections: usize,
    /// How statements are sent.
    pub statements: Statements,
    /// Where notices are heard; without, they are polled for. A pooler in transaction mode passes none on.
    pub listen: Option<String>,
    /// A statement that takes this long is told of.
    pub slow: Duration,
}

impl DbConfig {
    /// A URL with 16 connections; `pgbouncer=true` in it chooses unnamed statements, and polling.
    #[must_use]
    pub fn new(url: &str) -> Self {
        let (url, pooled) = take(url, "pgbouncer");
        let statements = match pooled.as_deref() {
            Some("true") => Statements::Unnamed,
            _ => Statements::Prepared,
        };
        let listen = (statements == Statements::Prepared).then(|| url.clone());
        Self { url, connections: 16, statements, listen, slow: Duration::from_millis(250) }
    }
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool,
    pulse: Arc<Pulse>,
    config: DbConfig,
    clock: Clock,
}

const ACQUIRE: Duration = Duration::from_secs(3);
const SETTINGS: &str = "statement_timeout = '8s'; SET LOCAL lock_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = '15s'";

impl Db {
    /// A pool that connects when first used.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn new(config: &DbConfig, clock: Clock) -> Result<Self> {
        let mut address = Address::parse(&config.url).map_err(Error::bug)?;
        address.config.connect_timeout(Duration::from_secs(3)).application_name("rapport");
        if config.statements == Statements::Prepared {
            address.config.options(
                "-c statement_timeout=8s -c lock_timeout=5s -c idle_in_transaction_session_timeout=15s -c timezone=UTC",
            );
        }
        let pulse = Pulse::new(address.clone());
        let trusted = pulse.clone();
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(address.config, address.tls, recycling);
        let pool = Pool::builder(manager)
            .max_size(config.connections)
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
        Ok(Self { pool, pulse, config: config.clone(), clock })
    }

    /// A transaction in one workspace, by one actor. Nothing is sent before its first statement.
    ///
    /// # Errors
    /// Busy when no connection is to be had in time.
    pub async fn begin(&self, workspace: WorkspaceId, origin: Origin) -> Result<TenantTx> {
        self.tenant(workspace, origin, "BEGIN").await
    }

    /// A read-only transaction in one workspace; dropping it ends it.
    ///
    /// # Errors
    /// As [`Db::begin`].
    pub async fn read(&self, workspace: WorkspaceId) -> Result<TenantTx> {
        self.tenant(workspace, Origin::system(), "BEGIN READ ONLY").await
    }

    /// A transaction beyond the workspaces: sign-in look-ups, relay, provider's webhooks.
    ///
    /// # Errors
    /// As [`Db::begin`].
    pub async fn system(&self) -> Result<SystemTx> {
        let opening = self.opening("BEGIN", "SET LOCAL ROLE rapport_system");
        Ok(SystemTx::new(self.connection(opening).await?, self.clock.clone()))
    }

    /// The URL of the application's role, for the parts that keep connections of their own.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.config.url
    }

    /// The URL at which notices are heard, if there is one.
    #[must_use]
    pub fn listen_url(&self) -> Option<&str> {
        self.config.listen.as_deref()
    }

    /// How it is reached, for the parts that keep a pool of their own.
    #[must_use]
    pub fn config(&self) -> &DbConfig {
        &self.config
    }

    /// Connections in use and in all.
    #[must_use]
    pub fn usage(&self) -> (usize, usize) {
        let status = self.pool.status();
        (status.size.saturating_sub(status.available), status.max_size)
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    async fn tenant(&self, workspace: WorkspaceId, origin: Origin, begin: &str) -> Result<TenantTx> {
        let opening = self.opening(begin, &format!("SET LOCAL app.workspace_id = '{workspace}'"));
        Ok(TenantTx::new(self.connection(opening).await?, workspace, origin, self.clock.clone()))
    }

    fn opening(&self, begin: &str, who: &str) -> String {
        match self.config.statements {
            Statements::Prepared => format!("{begin}; {who}"),
            Statements::Unnamed => format!("{begin}; {who}; SET LOCAL {SETTINGS}"),
        }
    }

    pub(crate) async fn connection(&self, opening: String) -> Result<Connection> {
        Ok(Connection::new(
            self.acquire().await?,
            self.pulse.clone(),
            self.config.statements,
            self.config.slow,
            opening,
        ))
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
