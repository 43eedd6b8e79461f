//! `rapport jobs`: see and retry what was laid aside.

use anyhow::Result;
use clap::Subcommand;
use rapport_queue::dead;

use crate::{
    settings::Settings,
    start::{self, told},
};

/// What to do with jobs laid aside.
#[derive(Subcommand)]
pub enum Jobs {
    /// List them, newest first.
    Dead,
    /// Put one back, or all.
    Retry {
        /// The job's number; all without.
        id: Option<i64>,
    },
    /// Throw one away.
    Discard {
        /// The job's number.
        id: i64,
    },
    /// How much waits and runs, by sort of job.
    Load,
}

/// Runs it.
pub async fn run(settings: Settings, what: Jobs) -> Result<()> {
    let started = start::start(&settings).await?;
    let db = &started.app.db;
    match what {
        Jobs::Dead => {
            let dead = dead::list(db, None, 200).await.map_err(told)?;
            for job in &dead {
                println!(
                    "{}\t{}\t{}\tattempt {}\t{}",
                    job.id,
                    job.died_at,
                    job.name,
                    job.attempt,
                    job.last_error.as_deref().unwrap_or("-")
                );
            }
            println!("{} jobs laid aside", dead.len());
        }
        Jobs::Retry { id: Some(id) } => println!(
            "{}",
            if dead::retry(db, id).await.map_err(told)? { "put back" } else { "no such job is laid aside" }
        ),
        Jobs::Retry { id: None } => println!("{} put back", dead::retry_all(db).await.map_err(told)?),
        Jobs::Discard { id } => println!(
            "{}",
            if dead::discard(db, id).await.map_err(told)? {
                "discarded"
            } else {
                "no such job is laid aside"
            }
        ),
        Jobs::Load => {
            for load in rapport_queue::load(db).await.map_err(told)? {
                println!(
                    "{}\tready {}\tlater {}\trunning {}\tdead {}\toldest {:.1} s",
                    load.name, load.ready, load.later, load.running, load.dead, load.oldest_seconds
                );
            }
        }
    }
    started.stop().await
}
