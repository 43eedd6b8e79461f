//! From settings to a running house: database, migrations, services.

use std::{os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use rapport_base::{Clock, Keys, Parts};
use rapport_db::{App, Db, DbConfig};
use rapport_embedded::{Cluster, Neighbour, Options};
use rapport_gateways::stripe::Stripe;
use rapport_mail::{Party, Transport};
use rapport_outbox::Sender;
use rapport_storage::Store;
use rapport_web::{
    ApiQuota,
    security::rate::{Budgets, PostgresRateStore, WaysIn},
};

use crate::{house, keys, settings::Settings};

/// The name of the private database.
pub const DATABASE: &str = "rapport";

/// The assembled house, and its private database if it has one.
pub struct Started {
    /// The house.
    pub app: App,
    /// The private PostgreSQL.
    pub cluster: Option<Cluster>,
}

impl Started {
    /// Stops the private database, if there is one.
    pub async fn stop(self) -> Result<()> {
        match self.cluster {
            Some(cluster) => cluster.stop().await,
            None => Ok(()),
        }
    }
}

/// Where the database is.
pub struct Addresses {
    /// The private PostgreSQL, if none was named.
    pub cluster: Option<Cluster>,
    /// As the application's role.
    pub app: String,
    /// As the owner, when known.
    pub owner: Option<String>,
}

impl Addresses {
    /// Stops the private database, if it was started for this.
    pub async fn stop(self) -> Result<()> {
        match self.cluster {
            Some(cluster) => cluster.stop().await,
            None => Ok(()),
        }
    }
}

/// Starts the private database, or takes the one that was named.
pub async fn database(settings: &Settings) -> Result<Addresses> {
    if let Some(url) = settings.find("DATABASE_URL") {
        return Ok(Addresses {
            cluster: None,
            app: url.to_owned(),
            owner: settings.find("DATABASE_OWNER_URL").map(str::to_owned),
        });
    }
    let folder = data_dir(settings)?.join("postgres");
    // A worker beside `serve --no-worker`, or a command while it serves.
    if let Some(running) = Neighbour::find(&folder) {
        tracing::info!("using the private PostgreSQL that another process runs");
        return Ok(Addresses {
            cluster: None,
            app: running.app_url(DATABASE),
            owner: Some(running.owner_url(DATABASE)),
        });
    }
    let cluster = Cluster::start(cluster_options(settings, folder))
        .await
        .context("the private database did not start")?;
    cluster.create_database(DATABASE).await?;
    Ok(Addresses {
        app: cluster.app_url(DATABASE),
        owner: Some(cluster.owner_url(DATABASE)),
        cluster: Some(cluster),
    })
}

/// How the private PostgreSQL runs.
pub fn cluster_options(settings: &Settings, folder: PathBuf) -> Options {
    Options {
        data_dir: folder,
        binaries: settings.find("RAPPORT_PG_BIN").map(PathBuf::from),
        durable: true,
        search: std::env::current_exe()
            .ok()
            .and_then(|exe| exe.parent().map(PathBuf::from))
            .into_iter()
            .collect(),
        ..Options::default()
    }
}

/// The data directory, made if missing. Others may pass through to what is
/// theirs (the database's user), and see nothing.
pub fn data_dir(settings: &Settings) -> Result<PathBuf> {
    let folder = settings.data_dir();
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o711))?;
    Ok(folder.canonicalize()?)
}

/// Everything up to date and put together.
pub async fn start(settings: &Settings) -> Result<Started> {
    let addresses = database(settings).await?;
    match &addresses.owner {
        Some(owner) => {
            for name in rapport_db::migrate(owner).await? {
                tracing::info!(name, "migrated");
            }
        }
        None => up_to_date(settings, &addresses).await?,
    }
    let app = assemble(settings, &addresses, keys::load)?;
    keys::keep_fresh(app.parts.get());
    Ok(Started { app, cluster: addresses.cluster })
}

/// Refuses a database that is older than the program, where it may not migrate it itself.
async fn up_to_date(settings: &Settings, addresses: &Addresses) -> Result<()> {
    let waiting = rapport_db::look(&config(settings, addresses)?).await?.waiting;
    if !waiting.is_empty() {
        bail!(
            "the database is older than this program, {} migrations wait ({} first): \
             set DATABASE_OWNER_URL, or run `rapport migrate` with it",
            waiting.len(),
            waiting[0]
        );
    }
    Ok(())
}

/// How to reach the database as the application's role.
pub fn config(settings: &Settings, addresses: &Addresses) -> Result<DbConfig> {
    let mut config = DbConfig {
        connections: settings.parse("DATABASE_CONNECTIONS")?,
        replica: settings.find("DATABASE_REPLICA_URL").map(str::to_owned),
        slow: Duration::from_millis(settings.parse("RAPPORT_SLOW_STATEMENT_MS")?),
        ..DbConfig::new(&addresses.app)
    };
    if let Some(url) = settings.find("DATABASE_LISTEN_URL") {
        config.listen = Some(url.to_owned());
    }
    Ok(config)
}

/// The house, put together around a database that is as it should be, with the key ring that `keys` finds.
pub fn assemble(
    settings: &Settings,
    addresses: &Addresses,
    keys: fn(&Settings) -> Result<Keys>,
) -> Result<App> {
    let data = data_dir(settings)?;
    let clock = Clock::system();
    let db = Db::new(&config(settings, addresses)?, clock.clone()).map_err(told)?;
    let parts = parts(settings, &data, &db, keys(settings)?)?;
    Ok(rapport_web::assemble(db, clock, settings.public_url()?.as_str(), parts, house::modules()))
}

/// The file store.
pub fn store(settings: &Settings, data: &std::path::Path) -> Result<Store> {
    Ok(match settings.find("S3_URL") {
        Some(url) => Store::s3(url)?,
        None => Store::local(data.join("files"))?,
    })
}

fn parts(settings: &Settings, data: &std::path::Path, db: &Db, keys: Keys) -> Result<Parts> {
    let store = store(settings, data)?;
    let transport = Transport::configured(settings.find("SMTP_URL"), settings.find("SMTP_FALLBACK_URL"))?;
    if !transport.delivers() {
        tracing::info!("SMTP_URL is not set: mail stays in the outbox of the admin address");
    }
    let per_member: u32 = settings.parse("RAPPORT_API_PER_MINUTE")?;
    let mut parts = Parts::default()
        .with(keys)
        .with(store)
        .with(transport)
        .with(Sender(sender(settings.text("MAIL_FROM"))))
        .with(Arc::new(WaysIn::new(Arc::new(PostgresRateStore::new(db.clone())))))
        .with(Arc::new(Budgets::shared()))
        .with(ApiQuota { member: per_member, workspace: per_member.saturating_mul(10) });
    if let Some(secret) = settings.secret("STRIPE_SECRET_KEY") {
        parts = parts.with(Stripe::new(secret.expose().into(), settings.text("STRIPE_API_BASE"))?);
    }
    if let Some(secrets) = settings.find("STRIPE_WEBHOOK_SECRET") {
        parts = parts
            .with(invoicing::WebhookSecrets(secrets.split(',').map(rapport_base::Secret::new).collect()));
    }
    Ok(parts)
}

fn sender(text: &str) -> Party {
    match text.split_once('<') {
        Some((name, email)) => Party::new(name.trim(), email.trim_end_matches('>').trim()),
        None => Party::new("", text.trim()),
    }
}

/// An error of the house as one of the program.
pub fn told(error: rapport_base::Error) -> anyhow::Error {
    match error {
        rapport_base::Error::Bug(bug) => bug,
        refusal => anyhow::anyhow!("{refusal}"),
    }
}
