//! The world of one test.

use axum::Router;
use rapport_base::{Clock, Keys, Parts};
use rapport_db::{App, Db, DbConfig};
use rapport_storage::Store;
use rapport_web::{House, Module};

use crate::{Http, cluster::Database};

/// A house of some modules over a database of its own, at 10:00 UTC on 20 November 2026.
pub struct World {
    /// The house.
    pub app: App,
    /// Its clock, which stands still until moved.
    pub clock: Clock,
    /// URL of the database's owner, for looking behind the wall.
    pub owner_url: String,
    router: Router,
    _database: Database,
    _folder: tempfile::TempDir,
}

impl World {
    /// Puts the modules together over a fresh database.
    ///
    /// # Panics
    /// When the test cluster cannot be reached.
    pub async fn start(modules: Vec<Module>) -> Self {
        Self::start_with(modules, |parts| parts).await
    }

    /// As [`World::start`], with further services.
    ///
    /// # Panics
    /// As [`World::start`].
    pub async fn start_with(modules: Vec<Module>, more: impl FnOnce(Parts) -> Parts) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let database = Database::create().await.expect("a test database");
        let clock = Clock::frozen("2026-11-20T10:00:00Z".parse().expect("an instant"));
        let config = DbConfig { connections: 8, ..DbConfig::new(&database.app_url) };
        let db = Db::new(&config, clock.clone()).expect("a pool");
        let folder = tempfile::tempdir().expect("a folder");
        let parts = Parts::default()
            .with(Keys::try_new(vec![(1, [42; 32])]).expect("a key"))
            .with(Store::local(folder.path()).expect("a store"))
            .with(rapport_mail::Transport::outbox())
            .with(rapport_outbox::Sender(rapport_mail::Party::new("Rapport", "rapport@localhost")));
        let app = rapport_web::assemble(db, clock.clone(), "http://localhost:8080", more(parts), modules);
        let router = rapport_web::router(app.clone());
        Self {
            app,
            clock,
            owner_url: database.owner_url.clone(),
            router,
            _database: database,
            _folder: folder,
        }
    }

    /// The same world with further services, for those who come from now on.
    #[must_use]
    pub fn with_parts(mut self, parts: Parts) -> Self {
        self.app.parts = parts;
        self.router = rapport_web::router(self.app.clone());
        self
    }

    /// The same world behind further layers (those of the network), for those who come from now on.
    #[must_use]
    pub fn behind(mut self, layers: impl FnOnce(Router) -> Router) -> Self {
        self.router = layers(self.router);
        self
    }

    /// A caller of this world as it was before [`World::behind`], in front of its layers now.
    #[must_use]
    pub fn in_front(&self, caller: Http) -> Http {
        caller.of(self.router.clone())
    }

    /// A browser or program that has not signed in.
    #[must_use]
    pub fn http(&self) -> Http {
        Http::new(self.router.clone())
    }

    /// Delivers every event to its listeners and runs every job that is due, until nothing is left.
    ///
    /// # Panics
    /// When a job failed.
    pub async fn settle(&self) {
        let house: House = self.app.parts.get();
        rapport_queue::drain(&self.app, &house.work()).await.expect("every job runs");
    }

    /// A connection as the database's owner, who stands above the wall.
    ///
    /// # Panics
    /// When the test cluster cannot be reached.
    pub async fn owner(&self) -> tokio_postgres::Client {
        let (client, connection) = tokio_postgres::connect(&self.owner_url, tokio_postgres::NoTls)
            .await
            .expect("the owner's connection");
        tokio::spawn(connection);
        client
    }
}
