//! What the database said, for those who decide on it.

use rapport_base::Error;
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
