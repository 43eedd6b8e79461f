//! The database: how it is reached, and transactions on it.

use std::{sync::Arc, time::Duration};

use rapport_base::{Clock, Result, WorkspaceId};

use crate::{
    Origin, SystemTx, TenantTx,
    connection::Connection,
    replica::Replica,
    server::{Server, spoken_to},
};

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
    /// URL of the application's role at a server that follows this one, for reports.
    pub replica: Option<String>,
    /// A statement that takes this long is told of.
    pub slow: Duration,
}

impl DbConfig {
    /// A URL with 16 connections; `pgbouncer=true` in it chooses unnamed statements, and polling.
    #[must_use]
    pub fn new(url: &str) -> Self {
        let (url, statements) = spoken_to(url);
        let listen = (statements == Statements::Prepared).then(|| url.clone());
        Self { url, connections: 16, statements, listen, replica: None, slow: Duration::from_millis(250) }
    }
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    server: Server,
    replica: Option<Arc<Replica>>,
    config: DbConfig,
    clock: Clock,
}

impl Db {
    /// Pools that connect when first used.
    ///
    /// # Errors
    /// When a URL cannot be read.
    pub fn new(config: &DbConfig, clock: Clock) -> Result<Self> {
        let server = Server::new(&config.url, config.statements, config.connections, config.slow)?;
        let replica = config.replica.as_deref().map(|url| {
            let (url, statements) = spoken_to(url);
            Server::new(&url, statements, config.connections, config.slow)
        });
        let replica = replica.transpose()?.map(|server| Arc::new(Replica::new(server)));
        Ok(Self { server, replica, config: config.clone(), clock })
    }

    /// A transaction in one workspace, by one actor. Nothing is sent before its first statement.
    ///
    /// # Errors
    /// Busy when no connection is to be had in time.
    pub async fn begin(&self, workspace: WorkspaceId, origin: Origin) -> Result<TenantTx> {
        self.tenant(&self.server, workspace, origin, "BEGIN").await
    }

    /// A read-only transaction in one workspace; dropping it ends it.
    ///
    /// # Errors
    /// As [`Db::begin`].
    pub async fn read(&self, workspace: WorkspaceId) -> Result<TenantTx> {
        self.reading(&self.server, workspace).await
    }

    /// A transaction beyond the workspaces: sign-in look-ups, relay, provider's webhooks.
    ///
    /// # Errors
    /// As [`Db::begin`].
    pub async fn system(&self) -> Result<SystemTx> {
        let connection = self.connection("BEGIN", "SET LOCAL ROLE rapport_system").await?;
        Ok(SystemTx::new(connection, self.clock.clone()))
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
        self.server.usage()
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn replica(&self) -> Option<&Replica> {
        self.replica.as_deref()
    }

    pub(crate) async fn reading(&self, server: &Server, workspace: WorkspaceId) -> Result<TenantTx> {
        self.tenant(server, workspace, Origin::system(), "BEGIN READ ONLY").await
    }

    async fn tenant(
        &self,
        server: &Server,
        workspace: WorkspaceId,
        origin: Origin,
        begin: &str,
    ) -> Result<TenantTx> {
        let wall = format!("SET LOCAL app.workspace_id = '{workspace}'");
        let connection = server.connection(begin, &wall).await?;
        Ok(TenantTx::new(connection, workspace, origin, self.clock.clone()))
    }

    pub(crate) async fn connection(&self, begin: &str, who: &str) -> Result<Connection> {
        self.server.connection(begin, who).await
    }
}
