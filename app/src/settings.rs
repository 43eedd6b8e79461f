//! Settings: from the environment, from a TOML file, or their defaults.
//!
//! The file (`RAPPORT_CONFIG`) has the same names in lower case. Unknown names
//! are errors, in the file and among `RAPPORT_…` of the environment.

use std::{collections::BTreeMap, fmt::Write, net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use anyhow::{Context, Result, bail};
use rapport_base::Secret;

/// One setting that exists.
struct Known {
    name: &'static str,
    default: &'static str,
    secret: bool,
    meaning: &'static str,
}

const fn plain(name: &'static str, default: &'static str, meaning: &'static str) -> Known {
    Known { name, default, secret: false, meaning }
}

const fn secret(name: &'static str, meaning: &'static str) -> Known {
    Known { name, default: "", secret: true, meaning }
}

const KNOWN: &[Known] = &[
    plain("RAPPORT_LISTEN", "127.0.0.1:8080", "address for browsers and the API"),
    plain(
        "RAPPORT_ADMIN_LISTEN",
        "127.0.0.1:9090",
        "address for health, metrics and the mail outbox; keep it private",
    ),
    plain(
        "RAPPORT_PUBLIC_URL",
        "http://localhost:8080",
        "where browsers reach it; https demands secure cookies",
    ),
    plain("RAPPORT_DATA_DIR", "./data", "private database, files, keys"),
    plain(
        "RAPPORT_PG_BIN",
        "",
        "folder of PostgreSQL's programs for the private database; searched for when empty",
    ),
    secret(
        "DATABASE_URL",
        "an own PostgreSQL, as the application's role; add ?sslmode=verify-full over a network, pgbouncer=true behind a pooler",
    ),
    secret("DATABASE_OWNER_URL", "the same database as its owner, for migrations"),
    secret("DATABASE_LISTEN_URL", "the same database past the pooler, for notices; polling without"),
    secret(
        "DATABASE_REPLICA_URL",
        "a server that follows that database, as the application's role: reports are read there while it is close behind",
    ),
    plain("DATABASE_CONNECTIONS", "24", "connections at most, to each server"),
    plain(
        "RAPPORT_SLOW_STATEMENT_MS",
        "250",
        "a statement that takes this long is logged with its text, never with its values",
    ),
    secret("S3_URL", "file store: s3://key:secret@host/bucket?region=…; a folder without"),
    secret("SMTP_URL", "mail server: smtps://user:password@host; without, mail stays in the outbox"),
    secret("SMTP_FALLBACK_URL", "second mail server, taken when the first fails"),
    plain("MAIL_FROM", "Rapport <rapport@localhost>", "who mail comes from"),
    secret("STRIPE_SECRET_KEY", "card payments; without, invoices show the bank details"),
    secret(
        "STRIPE_WEBHOOK_SECRET",
        "proves that a webhook is Stripe's; two, separated by a comma, while rotating",
    ),
    plain("STRIPE_API_BASE", "https://api.stripe.com", "Stripe's address; another one in tests"),
    plain(
        "RAPPORT_DRAIN_NOTICE",
        "0",
        "seconds to go on accepting after SIGTERM, no longer ready, until a load balancer has noticed",
    ),
    plain("RAPPORT_TRUSTED_PROXIES", "", "networks whose X-Forwarded-For is believed, separated by commas"),
    plain(
        "RAPPORT_ALLOW_PRIVATE_TARGETS",
        "false",
        "let typed addresses point into private networks; development only",
    ),
    plain(
        "RAPPORT_API_PER_MINUTE",
        "200",
        "API calls of one member in a minute; ten times that for a workspace",
    ),
    secret(
        "RAPPORT_BACKUP_TO",
        "where backups go: a folder, or s3://key:secret@host/bucket/prefix?region=…; the data directory when empty",
    ),
    secret("RAPPORT_BACKUP_PASSPHRASE", "closes and opens backups; 12 characters at least"),
    plain(
        "RAPPORT_BACKUP_RECIPIENT",
        "",
        "closes backups instead of the passphrase: an age recipient (age1…), whose identity is kept elsewhere",
    ),
    plain("RAPPORT_BACKUP_IDENTITY", "", "file with the age identity that opens such backups"),
    plain(
        "RAPPORT_ARCHIVE_SECONDS",
        "0",
        "point in time: the private database's log goes where backups go, every so many seconds; 0 for never",
    ),
    plain("RAPPORT_LOG", "info", "what is logged: a level, or filters such as rapport=debug,info"),
    plain("RAPPORT_LOG_FORMAT", "text", "text or json"),
    plain(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "",
        "where traces go: an OpenTelemetry collector that takes OTLP over HTTP, such as http://localhost:4318; none without",
    ),
    secret("OTEL_EXPORTER_OTLP_HEADERS", "what the collector asks for: name=value, separated by commas"),
    plain("OTEL_SERVICE_NAME", "rapport", "name of this program in traces"),
    plain("OTEL_TRACES_SAMPLER_ARG", "1.0", "share of requests and jobs that are traced, from 0 to 1"),
    secret(
        "RAPPORT_MASTER_KEY",
        "64 hex digits that seal secrets, or several as 1:hex,2:hex of which the last seals; made in the data directory when empty",
    ),
];

/// Names that belong to tests and to the choice of the file.
const ELSEWHERE: &[&str] = &[
    "RAPPORT_CONFIG",
    "RAPPORT_TEST_CLUSTER",
    "RAPPORT_TEST_POOLER",
    "RAPPORT_TEST_PG_PACKAGE",
    "RAPPORT_TARGET_DIR",
];

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Settings {
    values: BTreeMap<&'static str, String>,
}

impl Settings {
    /// From the environment and the file it names.
    pub fn load() -> Result<Self> {
        let file = match std::env::var("RAPPORT_CONFIG") {
            Ok(path) => std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?,
            Err(_) => String::new(),
        };
        Self::read(&file, std::env::vars())
    }

    /// From a file's text and an environment.
    pub fn read(file: &str, environment: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let mut values: BTreeMap<&'static str, String> =
            KNOWN.iter().map(|k| (k.name, k.default.to_owned())).collect();
        let table: toml::Table = file.parse().context("the configuration file is not TOML")?;
        for (name, value) in table {
            let known = KNOWN.iter().find(|known| known.name.eq_ignore_ascii_case(&name));
            let Some(known) = known else {
                bail!("the configuration file has an unknown setting: {name}{}", nearest(&name))
            };
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Array(list) => list
                    .iter()
                    .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
                    .collect::<Vec<_>>()
                    .join(","),
                other => other.to_string(),
            };
            values.insert(known.name, text);
        }
        for (name, value) in environment {
            match KNOWN.iter().find(|known| known.name == name) {
                Some(known) => {
                    values.insert(known.name, value);
                }
                None if name.starts_with("RAPPORT_") && !ELSEWHERE.contains(&name.as_str()) => {
                    bail!("the environment has an unknown setting: {name}{}", nearest(&name));
                }
                None => {}
            }
        }
        let settings = Self { values };
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<()> {
        self.listen()?;
        self.admin_listen()?;
        self.public_url()?;
        self.parse::<usize>("DATABASE_CONNECTIONS")?;
        self.parse::<u32>("RAPPORT_API_PER_MINUTE")?;
        self.parse::<u64>("RAPPORT_SLOW_STATEMENT_MS")?;
        self.archive_every()?;
        self.drain_notice()?;
        self.parse::<bool>("RAPPORT_ALLOW_PRIVATE_TARGETS")?;
        self.proxies()?;
        if !matches!(self.text("RAPPORT_LOG_FORMAT"), "text" | "json") {
            bail!("RAPPORT_LOG_FORMAT is text or json");
        }
        Ok(())
    }

    /// A setting's text; empty when it is not set.
    pub fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// A setting's text, if it is set.
    pub fn find(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// A secret, if it is set.
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.find(name).map(Secret::new)
    }

    /// A setting read as something else than text.
    pub fn parse<T: FromStr>(&self, name: &str) -> Result<T>
    where
        T::Err: std::fmt::Display,
    {
        let text = self.text(name);
        text.parse().map_err(|error| anyhow::anyhow!("{name} cannot be {text:?}: {error}"))
    }

    /// Address for browsers.
    pub fn listen(&self) -> Result<SocketAddr> {
        self.parse("RAPPORT_LISTEN")
    }

    /// Address for the operator.
    pub fn admin_listen(&self) -> Result<SocketAddr> {
        self.parse("RAPPORT_ADMIN_LISTEN")
    }

    /// Where browsers reach it.
    pub fn public_url(&self) -> Result<url::Url> {
        let url: url::Url = self.parse("RAPPORT_PUBLIC_URL")?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            bail!("RAPPORT_PUBLIC_URL is an http or https address");
        }
        Ok(url)
    }

    /// The data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.text("RAPPORT_DATA_DIR").into()
    }

    /// How long to go on accepting once told to stop.
    pub fn drain_notice(&self) -> Result<Duration> {
        Ok(Duration::from_secs(self.parse("RAPPORT_DRAIN_NOTICE")?))
    }

    /// How often the log of the private database goes to the backups, if it does.
    pub fn archive_every(&self) -> Result<Option<Duration>> {
        let seconds: u64 = self.parse("RAPPORT_ARCHIVE_SECONDS")?;
        Ok((seconds > 0).then(|| Duration::from_secs(seconds)))
    }

    /// Networks of trusted proxies.
    pub fn proxies(&self) -> Result<Vec<ipnet::IpNet>> {
        self.text("RAPPORT_TRUSTED_PROXIES")
            .split(',')
            .map(str::trim)
            .filter(|network| !network.is_empty())
            .map(|network| {
                let single = || network.parse::<std::net::IpAddr>().map(ipnet::IpNet::from).ok();
                network
                    .parse()
                    .ok()
                    .or_else(single)
                    .with_context(|| format!("RAPPORT_TRUSTED_PROXIES: {network:?} is not a network"))
            })
            .collect()
    }

    /// Every setting on a line, secrets masked.
    pub fn printed(&self) -> String {
        KNOWN.iter().fold(String::new(), |mut text, known| {
            let value = self.text(known.name);
            let shown = if known.secret && !value.is_empty() { "***" } else { value };
            let _ = writeln!(text, "{} = {shown:?}", known.name.to_lowercase());
            text
        })
    }
}

/// An example file with every setting, commented out.
pub fn example() -> String {
    let head = "# Settings of Rapport. Every one may also come from the environment, in capitals.\n";
    KNOWN.iter().fold(head.to_owned(), |mut text, known| {
        let _ =
            write!(text, "\n# {}\n# {} = {:?}\n", known.meaning, known.name.to_lowercase(), known.default);
        text
    })
}

fn nearest(name: &str) -> String {
    let name = name.to_uppercase();
    let shared = |known: &str| known.chars().zip(name.chars()).take_while(|(a, b)| a == b).count();
    KNOWN
        .iter()
        .max_by_key(|known| shared(known.name))
        .filter(|known| shared(known.name) > 8)
        .map(|known| format!(" (did you mean {}?)", known.name))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str, environment: &[(&str, &str)]) -> Result<Settings> {
        Settings::read(file, environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_the_default() {
        let settings = read(
            "rapport_listen = \"127.0.0.1:1\"\nmail_from = \"a@b.co\"",
            &[("RAPPORT_LISTEN", "127.0.0.1:2")],
        )
        .unwrap();
        assert_eq!(settings.text("RAPPORT_LISTEN"), "127.0.0.1:2");
        assert_eq!(settings.text("MAIL_FROM"), "a@b.co");
        assert_eq!(settings.text("RAPPORT_DATA_DIR"), "./data");
    }

    #[test]
    fn unknown_names_and_unreadable_values_are_errors_that_name_themselves() {
        assert!(read("", &[("RAPPORT_LISTEM", "x")]).unwrap_err().to_string().contains("RAPPORT_LISTEN?"));
        assert!(read("colour = 1", &[]).unwrap_err().to_string().contains("colour"));
        assert!(
            read("", &[("RAPPORT_LISTEN", "nowhere")]).unwrap_err().to_string().contains("RAPPORT_LISTEN")
        );
        assert!(read("", &[("RAPPORT_PUBLIC_URL", "ftp://x")]).is_err());
        assert!(read("", &[("RAPPORT_DRAIN_NOTICE", "-1")]).is_err());
    }

    #[test]
    fn printing_masks_secrets() {
        let settings = read("", &[("STRIPE_SECRET_KEY", "sk_live_1")]).unwrap();
        assert!(!settings.printed().contains("sk_live_1"));
        assert!(!format!("{:?}", settings.secret("STRIPE_SECRET_KEY")).contains("sk_live_1"));
    }

    #[test]
    fn the_example_file_holds_every_setting_and_reads_as_the_defaults() {
        let uncommented: String = example()
            .lines()
            .map(|line| line.strip_prefix("# ").unwrap_or(line))
            .filter(|l| l.contains(" = "))
            .map(|l| format!("{l}\n"))
            .collect();
        let settings = read(&uncommented, &[]).unwrap();
        assert_eq!(settings.printed(), read("", &[]).unwrap().printed());
    }
}
