//! Pure decisions: how a seal is made, and whether a chain holds.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use rapport_base::WorkspaceId;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What stands before the first seal.
pub(crate) const BEGINNING: [u8; 32] = [0; 32];

/// The hash of a seal: over the workspace, its number, the seal before, and its events' hashes in order.
pub(crate) fn hash<'a>(
    workspace: WorkspaceId,
    number: i64,
    previous: &[u8],
    events: impl IntoIterator<Item = &'a [u8]>,
) -> [u8; 32] {
    let head = Sha256::new()
        .chain_update(workspace.uuid().as_bytes())
        .chain_update(number.to_be_bytes())
        .chain_update(previous);
    events.into_iter().fold(head, |digest, event| digest.chain_update(event)).finalize().into()
}

/// From the first to the last event under a seal.
pub(crate) type Span = (Timestamp, Timestamp);

/// Something wrong with the log, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A seal is missing, or the chain was tied anew: this one does not follow the one before.
    Broken {
        /// The seal.
        number: i64,
        /// When its events happened.
        span: Span,
    },
    /// As many events as sealed, but not the same.
    Changed {
        /// The seal.
        number: i64,
        /// When its events happened.
        span: Span,
    },
    /// Events that were sealed are gone.
    Removed {
        /// The seal.
        number: i64,
        /// How many.
        count: i64,
        /// When its events happened.
        span: Span,
    },
    /// Events lie among the sealed ones that were not there.
    Inserted {
        /// The seal.
        number: i64,
        /// How many.
        count: i64,
        /// When its events happened.
        span: Span,
    },
    /// An event from which a person was taken out was changed since.
    Redacted {
        /// The event.
        event: Uuid,
        /// When it happened.
        at: Timestamp,
    },
    /// Events were redacted, and no event in the log vouches for just these.
    Unvouched {
        /// The erasure they are noted under.
        erasure: Uuid,
    },
    /// No seal has the hash that was kept elsewhere: the end was cut off, or the chain made anew.
    Unknown {
        /// The newest seal there is.
        newest: i64,
    },
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Broken { number, span: (from, to) } => {
                write!(f, "seal {number} ({from} to {to}) does not follow the seal before it")
            }
            Fault::Changed { number, span: (from, to) } => {
                write!(f, "events under seal {number} ({from} to {to}) were changed")
            }
            Fault::Removed { number, count, span: (from, to) } => {
                write!(f, "{count} events under seal {number} ({from} to {to}) are gone")
            }
            Fault::Inserted { number, count, span: (from, to) } => {
                write!(f, "{count} events were slipped in under seal {number} ({from} to {to})")
            }
            Fault::Redacted { event, at } => {
                write!(f, "event {event} of {at} was changed after a person was taken out of it")
            }
            Fault::Unvouched { erasure } => {
                write!(f, "the events redacted under the erasure {erasure} are not those it vouches for")
            }
            Fault::Unknown { newest } => {
                write!(
                    f,
                    "no seal up to the newest, {newest}, has the hash that was kept: the end was cut off or made anew"
                )
            }
        }
    }
}

/// What a check of one workspace's audit log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// Seals looked at.
    pub seals: i64,
    /// Events under them.
    pub events: i64,
    /// Events that came since the last seal.
    pub unsealed: i64,
    /// Hash of the newest seal: kept elsewhere, it proves that the end was not cut off.
    pub newest: Option<[u8; 32]>,
    /// What is wrong.
    pub faults: Vec<Fault>,
    missed: Option<[u8; 32]>,
}

impl Report {
    /// A report before anything was looked at, for a hash that was kept elsewhere, if any.
    pub(crate) fn new(workspace_id: WorkspaceId, kept: Option<[u8; 32]>) -> Self {
        Self {
            workspace_id,
            seals: 0,
            events: 0,
            unsealed: 0,
            newest: None,
            faults: Vec::new(),
            missed: kept,
        }
    }
    /// Whether nothing was tampered with.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.faults.is_empty()
    }
    /// Takes a seal into account with the events that lie under it now.
    pub(crate) fn look(&mut self, seal: &Sealed, span: Span, events: &[Vec<u8>]) {
        let (number, last, before) = (seal.number, self.seals, self.newest.unwrap_or(BEGINNING));
        if number != last + 1 || seal.previous != before {
            self.faults.push(Fault::Broken { number, span });
        }
        let found = i64::try_from(events.len()).unwrap_or(i64::MAX);
        let sealed = i64::from(seal.events);
        let now = hash(self.workspace_id, number, &seal.previous, events.iter().map(Vec::as_slice));
        if seal.hash != now {
            self.faults.push(match found - sealed {
                0 => Fault::Changed { number, span },
                more @ 1.. => Fault::Inserted { number, count: more, span },
                fewer => Fault::Removed { number, count: -fewer, span },
            });
        }
        self.seals = number;
        self.events += found;
        self.newest = seal.hash.as_slice().try_into().ok();
        if self.missed == self.newest {
            self.missed = None;
        }
    }
    /// Closes the report after the last seal.
    pub(crate) fn end(&mut self) {
        if self.missed.is_some() {
            self.faults.push(Fault::Unknown { newest: self.seals });
        }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = if self.is_intact() { "intact" } else { "TAMPERED WITH" };
        write!(
            f,
            "{state}: {} events under {} seals, {} not sealed yet",
            self.events, self.seals, self.unsealed
        )?;
        if let Some(newest) = &self.newest {
            write!(f, ", newest seal {}", HEXLOWER.encode(newest))?;
        }
        self.faults.iter().try_for_each(|fault| write!(f, "; {fault}"))
    }
}

/// A seal as it lies in the database.
#[derive(Clone, Debug)]
pub(crate) struct Sealed {
    pub number: i64,
    pub events: i32,
    pub hash: Vec<u8>,
    pub previous: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> WorkspaceId {
        WorkspaceId(uuid::Uuid::from_u128(7))
    }

    fn seal(number: i64, previous: [u8; 32], events: &[Vec<u8>]) -> Sealed {
        let hash = hash(workspace(), number, &previous, events.iter().map(Vec::as_slice));
        Sealed {
            number,
            events: i32::try_from(events.len()).unwrap(),
            hash: hash.to_vec(),
            previous: previous.to_vec(),
        }
    }

    fn events(of: &[u8]) -> Vec<Vec<u8>> {
        of.iter().map(|byte| vec![*byte; 32]).collect()
    }

    fn faults(seals: &[(Sealed, Vec<Vec<u8>>)]) -> Vec<Fault> {
        let mut report = Report::new(workspace(), None);
        seals.iter().for_each(|(seal, events)| report.look(seal, SPAN, events));
        report.faults
    }

    const SPAN: Span = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);

    #[test]
    fn a_chain_that_nobody_touched_holds() {
        let one = seal(1, BEGINNING, &events(&[1, 2]));
        let two = seal(2, one.hash.clone().try_into().unwrap(), &events(&[3]));
        assert_eq!(faults(&[(one, events(&[1, 2])), (two, events(&[3]))]), []);
    }

    #[test]
    fn what_was_changed_removed_slipped_in_or_moved_is_told_apart() {
        let one = seal(1, BEGINNING, &events(&[1, 2]));
        assert_eq!(faults(&[(one.clone(), events(&[1, 9]))]), [Fault::Changed { number: 1, span: SPAN }]);
        assert_eq!(faults(&[(one.clone(), events(&[2, 1]))]), [Fault::Changed { number: 1, span: SPAN }]);
        assert_eq!(
            faults(&[(one.clone(), events(&[2]))]),
            [Fault::Removed { number: 1, count: 1, span: SPAN }]
        );
        assert_eq!(
            faults(&[(one, events(&[1, 5, 2]))]),
            [Fault::Inserted { number: 1, count: 1, span: SPAN }]
        );
    }

    #[test]
    fn a_seal_taken_out_breaks_the_chain() {
        let one = seal(1, BEGINNING, &events(&[1]));
        let two = seal(2, one.hash.clone().try_into().unwrap(), &events(&[2]));
        let three = seal(3, two.hash.clone().try_into().unwrap(), &events(&[3]));
        assert_eq!(
            faults(&[(one, events(&[1])), (three, events(&[3]))]),
            [Fault::Broken { number: 3, span: SPAN }]
        );
        assert_eq!(faults(&[(two, events(&[2]))]), [Fault::Broken { number: 2, span: SPAN }]);
    }

    #[test]
    fn a_hash_kept_elsewhere_shows_that_the_end_was_cut_off() {
        let one = seal(1, BEGINNING, &events(&[1]));
        let two = seal(2, one.hash.clone().try_into().unwrap(), &events(&[2]));
        let kept: [u8; 32] = two.hash.clone().try_into().unwrap();
        let look = |seals: &[(&Sealed, u8)]| {
            let mut report = Report::new(workspace(), Some(kept));
            seals.iter().for_each(|(seal, event)| report.look(seal, SPAN, &events(&[*event])));
            report.end();
            report.faults
        };
        assert_eq!(look(&[(&one, 1), (&two, 2)]), []);
        assert_eq!(look(&[(&one, 1)]), [Fault::Unknown { newest: 1 }]);
    }
}
