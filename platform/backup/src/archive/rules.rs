//! Decisions about the log: places in it, pieces of it, and how far they lead.

use anyhow::{Context, Result};
use jiff::Timestamp;

/// Reads a place in the log as PostgreSQL writes it, such as `0/16B3748`.
///
/// # Errors
/// When it is none.
pub(crate) fn parse_lsn(text: &str) -> Result<u64> {
    let (high, low) = text.split_once('/').with_context(|| format!("{text:?} is no place in the log"))?;
    Ok((u64::from_str_radix(high, 16)? << 32) | u64::from(u32::from_str_radix(low, 16)?))
}

/// Writes it.
pub(crate) fn show_lsn(lsn: u64) -> String {
    format!("{:X}/{:X}", lsn >> 32, lsn & 0xFFFF_FFFF)
}

/// Where the segment with this place begins.
pub(crate) fn segment_start(lsn: u64, segment: u64) -> u64 {
    lsn - lsn % segment
}

/// The file PostgreSQL keeps a place of the log in.
pub(crate) fn segment_name(timeline: u32, lsn: u64, segment: u64) -> String {
    let number = lsn / segment;
    let per_file = 0x1_0000_0000 / segment;
    format!("{timeline:08X}{:08X}{:08X}", number / per_file, number % per_file)
}

/// A stretch of the log in the place; its name says which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Its first byte.
    pub from: u64,
    /// The byte after its last.
    pub to: u64,
    /// Everything committed before this instant lies in it or before it.
    pub through: Timestamp,
}

impl Piece {
    /// Its name.
    pub(crate) fn name(&self) -> String {
        format!("{:016x}-{:016x}-{}", self.from, self.to, self.through.as_millisecond())
    }

    /// Reads a name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let mut parts = name.split('-');
        let mut place = || u64::from_str_radix(parts.next()?, 16).ok();
        let (from, to) = (place()?, place()?);
        let through = Timestamp::from_millisecond(parts.next()?.parse().ok()?).ok()?;
        (from < to && parts.next().is_none()).then_some(Self { from, to, through })
    }
}

/// The pieces that lead on from a place without a gap, and how far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    /// In their order.
    pub pieces: Vec<Piece>,
    /// The byte after the last.
    pub to: u64,
    /// Everything committed before this instant is there.
    pub through: Option<Timestamp>,
    /// Whether there are pieces behind a gap.
    pub gap: bool,
}

/// Follows pieces from a place until something is missing.
pub(crate) fn chain(mut pieces: Vec<Piece>, from: u64) -> Chain {
    pieces.sort_by_key(|piece| (piece.from, piece.to));
    let mut chain = Chain { pieces: Vec::new(), to: from, through: None, gap: false };
    for piece in pieces {
        if piece.to <= chain.to {
            continue;
        }
        if piece.from > chain.to {
            chain.gap = true;
            break;
        }
        chain.to = piece.to;
        chain.through = chain.through.max(Some(piece.through));
        chain.pieces.push(piece);
    }
    chain
}

/// Pieces that no restore needs: they end before every base begins, or no base is
/// there for them although they are a day old.
pub(crate) fn is_needless(piece: &Piece, oldest_base: Option<u64>, is_old: bool) -> bool {
    oldest_base.map_or(is_old, |base| piece.to <= base)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEGMENT: u64 = 16 * 1024 * 1024;

    fn piece(from: u64, to: u64, second: i64) -> Piece {
        Piece { from, to, through: Timestamp::from_second(second).unwrap() }
    }

    #[test]
    fn places_and_files_are_named_as_postgresql_does() {
        assert_eq!(parse_lsn("1/16B3748").unwrap(), 0x1_016B_3748);
        assert_eq!(show_lsn(0x1_016B_3748), "1/16B3748");
        assert!(parse_lsn("16B3748").is_err());
        assert_eq!(segment_name(1, 0x1_016B_3748, SEGMENT), "000000010000000100000001");
        assert_eq!(segment_name(2, 0xFF00_0000, SEGMENT), "0000000200000000000000FF");
        assert_eq!(segment_start(0x1_016B_3748, SEGMENT), 0x1_0100_0000);
    }

    #[test]
    fn a_piece_is_read_from_its_name_and_what_is_none_is_not() {
        let one = piece(0x100, 0x200, 1_700_000_000);
        assert_eq!(Piece::parse(&one.name()), Some(one));
        for name in ["", "a", "1-2", "2-1-5", "1-2-3-4", "x-2-3"] {
            assert_eq!(Piece::parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_chain_ends_where_a_piece_is_missing_and_says_so() {
        let all = vec![piece(30, 40, 3), piece(10, 20, 1), piece(20, 30, 2), piece(50, 60, 5)];
        let chain = chain(all, 15);
        assert_eq!((chain.to, chain.gap, chain.pieces.len()), (40, true, 3));
        assert_eq!(chain.through, Some(Timestamp::from_second(3).unwrap()));
    }

    #[test]
    fn a_piece_that_was_sent_twice_with_more_behind_it_does_no_harm() {
        let chain = chain(vec![piece(10, 20, 1), piece(10, 30, 2), piece(20, 40, 3)], 10);
        assert_eq!((chain.to, chain.gap), (40, false));
    }

    #[test]
    fn a_chain_that_begins_too_late_is_empty() {
        let chain = chain(vec![piece(10, 20, 1)], 5);
        assert_eq!((chain.to, chain.gap, chain.through), (5, true, None));
    }

    #[test]
    fn what_lies_before_the_oldest_base_is_needless_and_what_waits_for_one_is_not() {
        assert!(is_needless(&piece(0, 10, 0), Some(10), false));
        assert!(!is_needless(&piece(0, 11, 0), Some(10), true));
        assert!(!is_needless(&piece(0, 10, 0), None, false));
        assert!(is_needless(&piece(0, 10, 0), None, true));
    }
}
