//! The ways out.

use crate::relay::{Failure, Relay};
use crate::{BadTransport, Message, SendError};
use std::sync::Arc;

/// How messages leave. Cheap to clone.
#[derive(Clone)]
pub struct Transport(Way);

#[derive(Clone)]
enum Way {
    Smtp(Arc<[Relay]>),
    Outbox,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// A server took it.
    Sent {
        /// Its `Message-ID`.
        message_id: String,
        /// Which server.
        via: String,
        /// What the server said, often its own number for the message.
        answer: String,
    },
    /// No server is configured: it is shown in the browser only.
    Kept {
        /// Its `Message-ID`.
        message_id: String,
    },
}

impl Transport {
    /// Mail is built and checked, but only kept.
    pub fn outbox() -> Self {
        Self(Way::Outbox)
    }

    /// By SMTP: `smtps://user:password@host`, `smtp://…?tls=required|opportunistic`, or plain
    /// `smtp://` for a relay without a password. The second server takes over when the first fails.
    /// To be called inside the runtime, which the pool of connections needs.
    pub fn smtp(address: &str, fallback: Option<&str>) -> Result<Self, BadTransport> {
        let mut relays = vec![Relay::new(address)?];
        if let Some(address) = fallback {
            relays.push(Relay::new(address)?);
        }
        Ok(Self(Way::Smtp(relays.into())))
    }

    /// As configured: SMTP when an address is given, else the outbox.
    pub fn configured(address: Option<&str>, fallback: Option<&str>) -> Result<Self, BadTransport> {
        match address.filter(|address| !address.is_empty()) {
            Some(address) => Self::smtp(address, fallback.filter(|address| !address.is_empty())),
            None => Ok(Self::outbox()),
        }
    }

    /// Whether messages leave this machine.
    pub fn delivers(&self) -> bool {
        matches!(self.0, Way::Smtp(_))
    }

    /// Each mail server by its host, with what is wrong with it, if anything is; none for the outbox.
    pub async fn ping(&self) -> Vec<(String, Result<(), String>)> {
        let Way::Smtp(relays) = &self.0 else { return Vec::new() };
        let mut found = Vec::new();
        for relay in relays.iter() {
            found.push((relay.host.clone(), relay.ping().await));
        }
        found
    }

    /// Send a message, by the second server when the first one fails.
    pub async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let mime = message.build()?;
        let message_id = message.message_id();
        let Way::Smtp(relays) = &self.0 else {
            return Ok(Receipt::Kept { message_id });
        };
        let bytes = mime.formatted();
        let mut last = SendError::temporary("no mail server");
        for relay in relays.iter() {
            match relay.send(mime.envelope(), &bytes).await {
                Ok(answer) => {
                    return Ok(Receipt::Sent { message_id, via: relay.host.clone(), answer });
                }
                Err(Failure { error, try_another }) => {
                    tracing::warn!(server = relay.host, code = error.code, "mail was not taken");
                    last = error;
                    if !try_another {
                        break;
                    }
                }
            }
        }
        Err(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn addresses_that_make_no_sense_are_refused_without_showing_the_password() {
        let table = [
            "not a url",
            "http://user:topsecret@mail.example",
            "smtp://user:topsecret@mail.example",
            "smtp://user:topsecret@mail.example?tls=maybe",
            "smtps://",
        ];
        for address in table {
            let error = Transport::smtp(address, None).err().unwrap_or_else(|| panic!("{address}"));
            assert!(!error.to_string().contains("topsecret"), "{error}");
        }
        for address in [
            "smtps://u:p@mail.example",
            "smtp://u:p@mail.example?tls=required",
            "smtp://u:p@127.0.0.1:2525",
            "smtp://u:p@[::1]:2525",
            "smtp://relay:25",
        ] {
            assert!(Transport::smtp(address, None).is_ok(), "{address}");
        }
    }

    #[tokio::test]
    async fn a_server_that_never_answers_is_given_up() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("smtp://{}", listener.local_addr().unwrap());
        let relay = Relay::new(&address).unwrap().with_time_limit(Duration::from_millis(200));
        let envelope = lettre::address::Envelope::new(None, vec!["a@b.example".parse().unwrap()]);
        let failure = relay.send(&envelope.unwrap(), b"x").await.err().unwrap();
        assert!(failure.error.temporary && failure.try_another);
        drop(listener);
    }
}
