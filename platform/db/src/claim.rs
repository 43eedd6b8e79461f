//! Doing a thing once. What says that it was done is written by the transaction that does it, so
//! that neither can be there without the other, wherever the process ends.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use rapport_base::{Error, Result};

use crate::{
    Param,
    connection::{Connection, references},
};

tokio::task_local! {
    static CLAIM: Arc<Claim>;
}

/// A statement, run as `rapport_system`, that changes exactly one row for whoever comes first.
pub struct Claim {
    sql: &'static str,
    values: Vec<Box<dyn Param>>,
    late: fn() -> Error,
    made: AtomicBool,
}

impl Claim {
    /// A claim; whoever comes late commits nothing and gets the error.
    #[must_use]
    pub fn new(sql: &'static str, values: Vec<Box<dyn Param>>, late: fn() -> Error) -> Self {
        Self { sql, values, late, made: AtomicBool::new(false) }
    }
}

/// Runs something whose first commit within a workspace makes the claim.
pub async fn claiming<F: Future>(claim: Claim, work: F) -> F::Output {
    CLAIM.scope(Arc::new(claim), work).await
}

/// Makes the claim of this task, if there is one yet to be made.
pub(crate) async fn make(connection: &Connection) -> Result<()> {
    let Ok(claim) = CLAIM.try_with(Arc::clone) else { return Ok(()) };
    if !connection.is_open() || claim.made.swap(true, Ordering::AcqRel) {
        return Ok(());
    }
    let changed = connection.as_system(claim.sql, &references(&claim.values)).await;
    match changed {
        Ok(1) => Ok(()),
        Ok(_) => Err((claim.late)()),
        Err(error) => Err(error),
    }
}
