//! Rapport: one binary to serve, work, migrate, check and explain itself.

use clap::{Parser, Subcommand};

use rapport::{
    commands, serve,
    settings::{self, Settings},
    telemetry,
};

/// One system in which a business wins, serves, bills and keeps its clients.
#[derive(Parser)]
#[command(name = "rapport", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve pages and API, and do background work.
    Serve {
        /// Leave background work to `rapport worker`.
        #[arg(long)]
        no_worker: bool,
    },
    /// Do background work only.
    Worker,
    /// Bring the database up to date.
    Migrate,
    /// Rebuild every maintained figure and compare.
    Check,
    /// Say what is wrong with this installation, and what to do.
    Doctor,
    /// The settings in force, secrets masked.
    Config {
        /// An example file with every setting instead.
        #[arg(long)]
        example: bool,
    },
    /// Every route with its method, module and access.
    Routes {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// The OpenAPI document.
    Openapi,
    /// Generated listings (routes, events, permissions, schema) into a folder.
    Listings {
        /// The folder.
        folder: std::path::PathBuf,
    },
    /// Sample data of a workspace.
    Demo {
        #[command(subcommand)]
        what: commands::demo::Demo,
    },
    /// Background jobs laid aside.
    Jobs {
        #[command(subcommand)]
        what: commands::jobs::Jobs,
    },
    /// Make, list and prove backups.
    Backup(commands::backup::Backup),
    /// Restore a backup.
    Restore(commands::restore::Restore),
    /// Write everything of a workspace into one file.
    Export(commands::transfer::Export),
    /// Make a workspace of such a file.
    Import(commands::transfer::Import),
    /// The master keys that seal secrets.
    Keys {
        #[command(subcommand)]
        what: commands::keys::MasterKeys,
    },
    /// Erase again whom a restored database has forgotten to have erased.
    EraseAgain,
    /// The audit log.
    Audit {
        #[command(subcommand)]
        what: commands::audit::Audit,
    },
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(Arguments::parse().command).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rapport: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Config { example: true } => {
            print!("{}", settings::example());
            return Ok(());
        }
        Command::Routes { json } => return commands::listings::print_routes(json),
        Command::Openapi => return commands::listings::print_openapi(),
        Command::Listings { folder } => return commands::listings::write(&folder),
        _ => {}
    }
    let settings = Settings::load()?;
    let _telemetry = telemetry::start(&settings)?;
    match command {
        Command::Serve { no_worker } => serve::serve(settings, !no_worker).await,
        Command::Worker => serve::work(settings).await,
        Command::Migrate => commands::migrate(settings).await,
        Command::Check => commands::check::run(settings).await,
        Command::Doctor => commands::doctor::run(settings).await,
        Command::Demo { what } => commands::demo::run(settings, what).await,
        Command::Jobs { what } => commands::jobs::run(settings, what).await,
        Command::Backup(command) => commands::backup::run(settings, command).await,
        Command::Restore(command) => commands::restore::run(settings, command).await,
        Command::Export(command) => commands::transfer::export(settings, command).await,
        Command::Import(command) => commands::transfer::import(settings, command).await,
        Command::Keys { what } => commands::keys::run(settings, what).await,
        Command::EraseAgain => commands::erase_again(settings).await,
        Command::Audit { what } => commands::audit::run(settings, what).await,
        Command::Config { .. } => {
            print!("{}", settings.printed());
            Ok(())
        }
        Command::Routes { .. } | Command::Openapi | Command::Listings { .. } => Ok(()),
    }
}
