//! Databases for tests: one migrated template, copied for each test.

use std::sync::LazyLock;

use anyhow::{Context, Result};
use data_encoding::HEXLOWER;
use rapport_embedded::{Cluster, Options};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls};

static TEMPLATE: OnceCell<Template> = OnceCell::const_new();

// The cluster outlives the runtime of the test that started it.
static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
});

struct Template {
    owner_url: String,
    name: String,
    _own: Option<(Cluster, tempfile::TempDir)>,
}

/// One test's database; dropped with it.
pub(crate) struct Database {
    name: String,
    cluster_url: String,
    /// URL of the owner.
    pub owner_url: String,
    /// URL of the application's role.
    pub app_url: String,
}

impl Database {
    /// A fresh copy of the template.
    pub(crate) async fn create() -> Result<Self> {
        let template = TEMPLATE.get_or_try_init(|| async { RUNTIME.spawn(prepare()).await? }).await?;
        let name = format!("t_{}", uuid::Uuid::new_v4().simple());
        let client = connect(&template.owner_url).await?;
        client
            .batch_execute(&format!("create database {name} template {}", template.name))
            .await
            .context("copy the template")?;
        let owner_url = with_database(&template.owner_url, &name);
        let app_url = match std::env::var("RAPPORT_TEST_POOLER") {
            Ok(pooler) => format!("postgresql://rapport_app@{pooler}/{name}?pgbouncer=true"),
            Err(_) => owner_url.replacen("rapport_owner@", "rapport_app@", 1),
        };
        Ok(Self { name, cluster_url: template.owner_url.clone(), owner_url, app_url })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (url, name) = (self.cluster_url.clone(), self.name.clone());
        RUNTIME.spawn(async move {
            if let Ok(client) = connect(&url).await {
                let _ = client.batch_execute(&format!("drop database if exists {name} with (force)")).await;
            }
        });
    }
}

async fn prepare() -> Result<Template> {
    let (owner_url, own) = match std::env::var("RAPPORT_TEST_CLUSTER") {
        Ok(url) => (url, None),
        Err(_) => {
            let folder = tempfile::tempdir()?;
            let options = Options {
                data_dir: folder.path().join("cluster"),
                binaries: std::env::var_os("RAPPORT_PG_BIN").map(Into::into),
                settings: vec![("max_connections".into(), "300".into())],
                ..Options::default()
            };
            let cluster = Cluster::start(options).await?;
            (cluster.owner_url("postgres"), Some((cluster, folder)))
        }
    };
    let name = template_name();
    let client = connect(&owner_url).await?;
    client.batch_execute("select pg_advisory_lock(7240117)").await?;
    let there =
        client.query_opt("select 1 from pg_database where datname = $1 and datistemplate", &[&name]).await?;
    if there.is_none() {
        client.batch_execute(&format!("drop database if exists {name} with (force)")).await?;
        client.batch_execute(&format!("create database {name}")).await?;
        rapport_db::migrate(&with_database(&owner_url, &name)).await?;
        client.batch_execute(&format!("alter database {name} is_template true")).await?;
    }
    client.batch_execute("select pg_advisory_unlock(7240117)").await?;
    Ok(Template { owner_url, name, _own: own })
}

fn template_name() -> String {
    let digest = rapport_db::migrations()
        .fold(Sha256::new(), |digest, migration| {
            digest.chain_update(migration.name).chain_update(migration.sql)
        })
        .finalize();
    format!("rapport_template_{}", HEXLOWER.encode(&digest[..8]))
}

fn with_database(url: &str, name: &str) -> String {
    let (base, _) = url.rsplit_once('/').expect("a database URL has a path");
    format!("{base}/{name}")
}

async fn connect(url: &str) -> Result<Client> {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.context("connect to the test cluster")?;
    tokio::spawn(connection);
    Ok(client)
}
