//! Whether the database is to be heard. A network that swallows everything closes no connection:
//! without this, requests would wait in it for as long as it lasts.
//!
//! Whoever waits long for an answer has a fresh connection tried. If that is not heard either, the
//! database counts as silent: everyone who waits is told so at once, everyone who comes is told so
//! at once, until a trial is heard again. Connections from before are not used any more.

use std::{
    pin::pin,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use rapport_base::Result;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use crate::{
    Address, Statements,
    error::{busy, told},
};

/// How long an answer is waited for before a trial is made, and how long the trial may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Longer than any statement may run: that connection has died alone.
const LONGEST: Duration = Duration::from_secs(9);
/// Between trials while nothing is heard.
const PAUSE: Duration = Duration::from_millis(250);

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Heard,
    OnTrial,
    Silent,
}

/// The pulse of one database.
pub(crate) struct Pulse {
    address: Address,
    statements: Statements,
    state: watch::Sender<State>,
    trusted_since: Mutex<Option<Instant>>,
}

impl Pulse {
    pub(crate) fn new(address: Address, statements: Statements) -> Arc<Self> {
        let state = watch::Sender::new(State::Heard);
        Arc::new(Self { address, statements, state, trusted_since: Mutex::default() })
    }

    /// Busy while nothing is heard.
    pub(crate) fn check(&self) -> Result<()> {
        if *self.state.borrow() == State::Silent { Err(busy()) } else { Ok(()) }
    }

    /// Whether a connection made at that time may be used.
    pub(crate) fn trusts(&self, made: Instant) -> bool {
        self.trusted_since.lock().expect("no panic while held").is_none_or(|since| made >= since)
    }

    /// Waits for an answer, for as long as the database is to be heard at all.
    pub(crate) async fn answer<T>(
        self: &Arc<Self>,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        let mut answer = pin!(answer);
        let mut state = self.state.subscribe();
        let began = Instant::now();
        loop {
            tokio::select! {
                biased;
                answer = &mut answer => return answer.map_err(told),
                _ = state.wait_for(|state| *state == State::Silent) => return Err(busy()),
                () = sleep(PATIENCE) => {
                    if began.elapsed() >= LONGEST {
                        tracing::warn!("a database connection gives no answer; it is given up");
                        self.distrust();
                        return Err(busy());
                    }
                    self.doubt();
                }
            }
        }
    }

    /// Makes a trial, unless one is being made.
    fn doubt(self: &Arc<Self>) {
        let begun = self.state.send_if_modified(|state| {
            let heard = *state == State::Heard;
            if heard {
                *state = State::OnTrial;
            }
            heard
        });
        if begun {
            tokio::spawn(self.clone().trial());
        }
    }

    async fn trial(self: Arc<Self>) {
        while timeout(PATIENCE, self.try_once()).await.is_err() {
            if self.state.send_replace(State::Silent) != State::Silent {
                tracing::error!("the database is not to be heard");
                self.distrust();
            }
            sleep(PAUSE).await;
        }
        if self.state.send_replace(State::Heard) == State::Silent {
            tracing::warn!("the database is to be heard again");
        }
    }

    /// Any word counts, a refusal too. A pooler's greeting says nothing of the server behind it, so
    /// that one is asked something.
    async fn try_once(&self) {
        let Ok((client, connection)) = self.address.connect().await else { return };
        if self.statements == Statements::Unnamed {
            tokio::select! {
                _ = connection => {}
                _ = client.simple_query("select 1") => {}
            }
        }
    }

    fn distrust(&self) {
        *self.trusted_since.lock().expect("no panic while held") = Some(Instant::now());
    }
}
