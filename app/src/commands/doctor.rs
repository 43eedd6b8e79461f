//! `rapport doctor`: what is wrong with this installation, and what to do.

use anyhow::{Result, bail};
use rapport_storage::Store;

use crate::{settings::Settings, start};

/// Looks at every part in turn and says what it finds.
pub async fn run(settings: Settings) -> Result<()> {
    let mut broken = 0;
    let mut say = |name: &str, found: Result<String>| match found {
        Ok(text) => println!("ok      {name}: {text}"),
        Err(error) => {
            broken += 1;
            println!("BROKEN  {name}: {error:#}");
        }
    };
    say("settings", Ok(format!("{} lines, no unknown names", settings.printed().lines().count())));
    say("data directory", start::data_dir(&settings).map(|folder| folder.display().to_string()));
    if settings.public_url()?.scheme() == "http" && !settings.text("RAPPORT_PUBLIC_URL").contains("localhost")
    {
        println!("notice  RAPPORT_PUBLIC_URL is http: cookies travel in the clear; put it behind https");
    }
    match start::start(&settings).await {
        Err(error) => say(
            "database",
            Err(error.context("it cannot be reached or migrated; see DATABASE_URL and `rapport migrate`")),
        ),
        Ok(started) => {
            let app = &started.app;
            let version = async {
                let tx = app.db.system().await?;
                let (version,): (String,) = tx.get("select version()", &[]).await?;
                Ok::<_, rapport_base::Error>(version)
            };
            say("database", version.await.map_err(start::told));
            let store: Store = app.parts.get();
            say("files", store.ping().await.map(|()| "writable".into()).map_err(Into::into));
            say("background jobs", waiting(app).await);
            let mail = app.parts.get::<rapport_mail::Transport>();
            println!(
                "{}",
                if mail.delivers() {
                    "ok      mail: SMTP"
                } else {
                    "notice  mail: no SMTP_URL; mail stays in the outbox of the admin address"
                }
            );
            println!(
                "{}",
                if settings.find("STRIPE_SECRET_KEY").is_some() {
                    "ok      payments: Stripe"
                } else {
                    "notice  payments: no STRIPE_SECRET_KEY; invoices show the bank details"
                }
            );
            started.stop().await?;
        }
    }
    if broken > 0 {
        bail!("{broken} broken");
    }
    Ok(())
}

async fn waiting(app: &rapport_db::App) -> Result<String> {
    let loads = rapport_queue::load(&app.db).await.map_err(start::told)?;
    let dead: i64 = loads.iter().map(|load| load.dead).sum();
    let oldest = loads.iter().map(|load| load.oldest_seconds).fold(0.0, f64::max);
    if dead > 0 {
        bail!("{dead} were laid aside; see `rapport jobs dead`");
    }
    if oldest > 300.0 {
        bail!("the oldest has waited {oldest:.0} s; is a worker running?");
    }
    Ok("none laid aside".into())
}
