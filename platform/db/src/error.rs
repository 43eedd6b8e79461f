//! What the database said, for those who decide on it.

use std::time::Duration;

use rapport_base::{Error, Kind, Refusal};
use tokio_postgres::error::SqlState;

fn database_error(error: &Error) -> Option<&tokio_postgres::error::DbError> {
    error.cause::<tokio_postgres::Error>().and_then(tokio_postgres::Error::as_db_error)
}

/// The name of the constraint that was violated, if that is what happened.
#[must_use]
pub fn constraint(error: &Error) -> Option<&str> {
    database_error(error).and_then(tokio_postgres::error::DbError::constraint)
}

/// Whether a unique constraint was violated.
#[must_use]
pub fn is_unique_violation(error: &Error) -> bool {
    database_error(error).is_some_and(|e| *e.code() == SqlState::UNIQUE_VIOLATION)
}

/// Whether a statement failed only because one before it in its transaction had.
pub(crate) fn follows_a_failure(error: &Error) -> bool {
    database_error(error).is_some_and(|e| *e.code() == SqlState::IN_FAILED_SQL_TRANSACTION)
}

/// What is said while the database cannot be had.
pub(crate) fn busy() -> Error {
    Refusal::new(Kind::Busy, "busy", "The system is busy for a moment. Try again shortly.")
        .retry_after(Duration::from_secs(2))
        .into()
}

/// An error as the house knows it: what passes by itself is no bug of ours.
pub(crate) fn told(error: tokio_postgres::Error) -> Error {
    if !passes(&error) {
        return error.into();
    }
    tracing::warn!(%error, "the database is busy, or was lost for a moment");
    busy()
}

/// Whether the connection went, the server is on its way out or in, its disk is full, or someone
/// else was in the way for too long.
fn passes(error: &tokio_postgres::Error) -> bool {
    use std::error::Error as _;
    let passing = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        SqlState::QUERY_CANCELED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::DISK_FULL,
        SqlState::TOO_MANY_CONNECTIONS,
    ];
    match error.code() {
        Some(code) => passing.contains(code) || code.code().starts_with("08"),
        None => error.is_closed() || error.source().is_some_and(|source| source.is::<std::io::Error>()),
    }
}
