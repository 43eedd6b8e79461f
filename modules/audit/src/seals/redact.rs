//! Taking a person out of events, within the transaction that erases them.

use rapport_base::Result;
use rapport_db::TenantTx;
use rapport_web::personal::Person;
use uuid::Uuid;

use super::{redactions, store};

/// What was redacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redacted {
    /// Events.
    pub events: i64,
    /// Hash over the notes of them; an audited event `contact.erased` with `erasure_id` and this
    /// hash as `redacted` vouches for them.
    pub hash: [u8; 32],
}

/// Takes a person out of all events of the workspace, and notes the hashes of each before and since.
/// The transaction must have written the certificate already.
///
/// # Errors
/// A bug when the database refuses.
pub async fn redact(tx: &TenantTx, erasure: Uuid, person: &Person) -> Result<Redacted> {
    let mut rows = store::redact(tx, erasure, person).await?;
    rows.sort_by_key(|row| row.event_id);
    let events = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    Ok(Redacted { events, hash: redactions::hash(&rows) })
}
