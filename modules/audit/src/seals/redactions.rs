//! Events from which a person was taken out: their hashes before and since, and who vouches for them.
//!
//! The chain goes on over the hashes from before. That these are true is vouched for by an audited
//! event of the erasure, itself in the chain, which holds the hash of all notes of that erasure.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::store::RedactionRow;

/// The hash an erasure vouches with: over each event's id and its hashes before and since, by id.
pub(crate) fn hash(rows: &[RedactionRow]) -> [u8; 32] {
    let each = |digest: Sha256, row: &RedactionRow| {
        digest.chain_update(row.event_id.as_bytes()).chain_update(&row.was).chain_update(&row.is_since)
    };
    rows.iter().fold(Sha256::new(), each).finalize().into()
}

/// The notes of a workspace while its log is checked.
pub(crate) struct Redactions {
    /// By event: the hash before the first and since the last, or nothing where they do not join.
    events: BTreeMap<Uuid, Option<(Vec<u8>, Vec<u8>)>>,
    /// By erasure: its hash, until an event vouched for it.
    open: BTreeMap<Uuid, [u8; 32]>,
}

impl Redactions {
    /// From rows by erasure, in the order of time.
    pub(crate) fn new(rows: Vec<RedactionRow>) -> Self {
        let mut events: BTreeMap<Uuid, Option<(Vec<u8>, Vec<u8>)>> = BTreeMap::new();
        let mut open = BTreeMap::new();
        for erasure in rows.chunk_by(|one, next| one.erasure_id == next.erasure_id) {
            open.insert(erasure[0].erasure_id, hash(erasure));
            for row in erasure {
                let joined = match events.remove(&row.event_id) {
                    None => Some((row.was.clone(), row.is_since.clone())),
                    Some(Some((first, last))) if last == row.was => Some((first, row.is_since.clone())),
                    Some(_) => None,
                };
                events.insert(row.event_id, joined);
            }
        }
        Self { events, open }
    }

    /// The hash that an event had when it happened; what it is now, when that is not what the notes say.
    pub(crate) fn original(&self, event: Uuid, now: Vec<u8>) -> Result<Vec<u8>, Vec<u8>> {
        match self.events.get(&event) {
            None => Ok(now),
            Some(Some((was, is_since))) if *is_since == now => Ok(was.clone()),
            Some(_) => Err(now),
        }
    }

    /// Takes an audited event into account that vouches for an erasure.
    pub(crate) fn vouch(&mut self, payload: &Value) {
        let field = |name: &str| payload.get(name).and_then(Value::as_str);
        let Some(erasure) = field("erasure_id").and_then(|id| id.parse::<Uuid>().ok()) else { return };
        let Some(hash) = self.open.get(&erasure) else { return };
        if field("redacted") == Some(HEXLOWER.encode(hash).as_str()) {
            self.open.remove(&erasure);
        }
    }

    /// Erasures that nothing vouched for.
    pub(crate) fn unvouched(self) -> impl Iterator<Item = Uuid> {
        self.open.into_keys()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(erasure: u128, event: u128, was: u8, is_since: u8) -> RedactionRow {
        RedactionRow {
            erasure_id: Uuid::from_u128(erasure),
            event_id: Uuid::from_u128(event),
            was: vec![was; 32],
            is_since: vec![is_since; 32],
        }
    }

    #[test]
    fn an_event_redacted_twice_has_the_hash_from_before_the_first_time() {
        let notes = Redactions::new(vec![row(1, 7, 10, 11), row(2, 7, 11, 12)]);
        let event = Uuid::from_u128(7);
        assert_eq!(notes.original(event, vec![12; 32]), Ok(vec![10; 32]));
        assert!(notes.original(event, vec![11; 32]).is_err());
        assert_eq!(notes.original(Uuid::nil(), vec![3; 32]), Ok(vec![3; 32]));
        let torn = Redactions::new(vec![row(1, 7, 10, 11), row(2, 7, 99, 12)]);
        assert!(torn.original(event, vec![12; 32]).is_err());
    }

    #[test]
    fn an_erasure_is_vouched_for_by_the_hash_of_just_its_notes() {
        let rows = vec![row(1, 7, 10, 11)];
        let hex = |rows: &[RedactionRow]| HEXLOWER.encode(&hash(rows));
        let event = |redacted: String| json!({ "erasure_id": Uuid::from_u128(1), "redacted": redacted });
        let mut notes = Redactions::new(rows.clone());
        notes.vouch(&event(hex(&[row(1, 7, 10, 99)])));
        assert_eq!(notes.unvouched().collect::<Vec<_>>(), [Uuid::from_u128(1)]);
        let mut notes = Redactions::new(rows.clone());
        notes.vouch(&event(hex(&rows)));
        assert_eq!(notes.unvouched().count(), 0);
    }
}
