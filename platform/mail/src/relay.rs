//! One SMTP server: a pool of connections, a time limit and a circuit breaker.

use crate::{BadTransport, SendError};
use lettre::address::Envelope;
use lettre::transport::smtp::{Error as SmtpError, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use rapport_breaker::Breaker;
use std::time::Duration;
use url::{Host, Url};

const TIME_LIMIT: Duration = Duration::from_secs(10);
/// Large messages get one more second for each of these.
const BYTES_PER_SECOND: usize = 1024 * 1024;
const FAILURES: u32 = 3;
const REST: Duration = Duration::from_secs(30);
/// Answers that speak of our account with the server, not of the message.
const ACCOUNT_CODES: [u16; 5] = [454, 530, 534, 535, 538];

pub(crate) struct Relay {
    pub(crate) host: String,
    smtp: AsyncSmtpTransport<Tokio1Executor>,
    breaker: Breaker,
    time_limit: Duration,
}

/// How a failed attempt bears on what to do next.
pub(crate) struct Failure {
    pub(crate) error: SendError,
    /// The server is at fault, not the message: another server may do better.
    pub(crate) try_another: bool,
}

impl Relay {
    /// By address: `smtps://user:password@host:465`, `smtp://…?tls=required`,
    /// `smtp://…?tls=opportunistic`, or plain `smtp://host:port`, which takes a password only on
    /// the loopback interface.
    pub(crate) fn new(address: &str) -> Result<Self, BadTransport> {
        let bad = |what: &str| BadTransport(what.to_owned());
        let url = Url::parse(address).map_err(|_| bad("not a URL"))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| bad("host missing"))?;
        let plain = url.scheme() == "smtp" && !url.query_pairs().any(|(name, _)| name == "tls");
        if plain && url.password().is_some() && !is_loopback(&url) {
            return Err(bad("a password would go over the wire in the clear; add ?tls=required"));
        }
        let pool = PoolConfig::new().max_size(4).idle_timeout(Duration::from_secs(30));
        let smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(address)
            .map_err(|_| bad("smtp:// or smtps://, and tls=required or tls=opportunistic, expected"))?
            .timeout(Some(TIME_LIMIT))
            .pool_config(pool)
            .build();
        Ok(Self {
            host: host.to_owned(),
            smtp,
            breaker: Breaker::new("mail server", FAILURES, REST),
            time_limit: TIME_LIMIT,
        })
    }

    #[cfg(test)]
    pub(crate) fn with_time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    pub(crate) async fn send(&self, envelope: &Envelope, mime: &[u8]) -> Result<String, Failure> {
        let Ok(pass) = self.breaker.enter() else {
            let error = SendError::temporary(format!("{} is out, resting", self.host));
            return Err(Failure { error, try_another: true });
        };
        let extra = Duration::from_secs((mime.len() / BYTES_PER_SECOND) as u64);
        let work = self.smtp.send_raw(envelope, mime);
        match tokio::time::timeout(self.time_limit + extra, work).await {
            Ok(Ok(answer)) => {
                pass.answered();
                Ok(answer.message().collect::<Vec<_>>().join(" "))
            }
            Ok(Err(error)) => {
                let failure = self.classify(&error);
                match failure.error.code {
                    Some(_) => pass.answered(),
                    None => pass.failed(),
                }
                Err(failure)
            }
            Err(_) => {
                pass.failed();
                let error = SendError::temporary(format!("{} took too long", self.host));
                Err(Failure { error, try_another: true })
            }
        }
    }

    /// Whether the server answers and takes the password.
    pub(crate) async fn ping(&self) -> Result<(), String> {
        match tokio::time::timeout(self.time_limit, self.smtp.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("it answers, but is not ready".into()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("it took too long".into()),
        }
    }

    fn classify(&self, error: &SmtpError) -> Failure {
        let code = error.status().map(u16::from);
        let account = code.is_some_and(|code| ACCOUNT_CODES.contains(&code));
        let permanent = error.is_permanent() && !account;
        Failure {
            error: SendError { temporary: !permanent, code, detail: format!("{}: {error}", self.host) },
            try_another: !permanent,
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        // A scheme that is not of the web keeps its host as text, numbers included.
        Some(Host::Domain(name)) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        None => false,
    }
}
