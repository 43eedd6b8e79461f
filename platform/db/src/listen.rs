//! Waking up when another connection says so.

use std::time::Duration;

use futures::{StreamExt, stream};
use tokio::sync::watch;
use tokio_postgres::AsyncMessage;

use crate::Address;

/// Notices of a channel, with polling as the fallback when they cannot be heard
/// (behind a pooler, or while the database is away).
#[derive(Clone)]
pub struct Wake {
    heard: watch::Receiver<u64>,
    poll: Duration,
}

impl Wake {
    /// Listens on `channel` from a connection of its own, which heals itself; without a URL it only polls.
    #[must_use]
    pub fn listen(url: Option<&str>, channel: &'static str, poll: Duration) -> Self {
        let (sender, heard) = watch::channel(0);
        let address = url.map(Address::parse).transpose();
        let Some(address) = address.unwrap_or_else(|error| {
            tracing::warn!(error = format!("{error:#}"), channel, "notices are not heard, but polled for");
            None
        }) else {
            return Self { heard, poll };
        };
        tokio::spawn(async move {
            while !sender.is_closed() {
                if let Err(error) = hear(&address, channel, &sender).await {
                    tracing::debug!(%error, channel, "not listening");
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        });
        Self { heard, poll }
    }

    /// Returns at the next notice, or after the polling interval.
    pub async fn next(&mut self) {
        let _ = tokio::time::timeout(self.poll, self.heard.changed()).await;
    }
}

async fn hear(
    address: &Address,
    channel: &str,
    sender: &watch::Sender<u64>,
) -> Result<(), tokio_postgres::Error> {
    let (client, mut connection) = address.connect().await?;
    let mut messages = stream::poll_fn(move |context| connection.poll_message(context));
    let bump = |sender: &watch::Sender<u64>| sender.send_modify(|n| *n = n.wrapping_add(1));
    let listen = format!("LISTEN {channel}");
    let mut listening = std::pin::pin!(client.batch_execute(&listen));
    let mut ready = false;
    loop {
        tokio::select! {
            result = &mut listening, if !ready => {
                result?;
                ready = true;
                bump(sender);
            }
            message = messages.next() => match message {
                Some(Ok(AsyncMessage::Notification(_))) => bump(sender),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            },
            () = sender.closed() => return Ok(()),
        }
    }
}
