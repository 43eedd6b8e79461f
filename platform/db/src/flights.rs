//! How often a request waits for the database. Statements sent before any answer to one of them
//! came are one flight: a page may take two, one to know who asks and one for what it shows.

use std::{
    cell::Cell,
    sync::atomic::{AtomicBool, Ordering},
};

tokio::task_local! {
    static TRAFFIC: Cell<Traffic>;
}

/// What something asked of the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Times it waited.
    pub flights: u32,
    /// Statements it sent.
    pub statements: u32,
}

/// Runs something and counts what its own task asked of the database.
pub async fn counted<F: Future>(work: F) -> (F::Output, Traffic) {
    TRAFFIC
        .scope(Cell::default(), async {
            let done = work.await;
            (done, TRAFFIC.with(Cell::get))
        })
        .await
}

/// One connection's statements, told apart by the answers between them.
#[derive(Debug, Default)]
pub(crate) struct Runway {
    under_way: AtomicBool,
}

impl Runway {
    /// A statement goes out.
    pub(crate) fn sent(&self) {
        let first = !self.under_way.swap(true, Ordering::AcqRel);
        // Work outside any request is not counted.
        let _ = TRAFFIC.try_with(|traffic| {
            let Traffic { flights, statements } = traffic.get();
            traffic.set(Traffic { flights: flights + u32::from(first), statements: statements + 1 });
        });
    }

    /// An answer came: what goes out now is another flight.
    pub(crate) fn answered(&self) {
        self.under_way.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::{Runway, Traffic, counted};

    #[tokio::test]
    async fn statements_sent_before_an_answer_are_one_flight() {
        let runway = Runway::default();
        let ((), traffic) = counted(async {
            runway.sent();
            runway.sent();
            runway.answered();
            runway.answered();
            runway.sent();
            runway.answered();
        })
        .await;
        assert_eq!(traffic, Traffic { flights: 2, statements: 3 });
    }
}
