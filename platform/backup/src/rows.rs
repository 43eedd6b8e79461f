//! Counting rows in PostgreSQL's text format, and a checksum that does not depend on their order.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How many rows, and the sum of their hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowSum {
    /// How many.
    pub rows: u64,
    /// The sum of the first 16 bytes of each row's SHA-256, as hex.
    pub digest: String,
}

/// Adds up rows as they stream by. A row is a line: line breaks within values are escaped.
#[derive(Default)]
pub(crate) struct Adding {
    rows: u64,
    sum: u128,
    open: Vec<u8>,
}

impl Adding {
    /// Takes the next bytes.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = bytes.split_at(end + 1);
            if self.open.is_empty() {
                self.add(line);
            } else {
                self.open.extend_from_slice(line);
                let whole = std::mem::take(&mut self.open);
                self.add(&whole);
            }
            bytes = rest;
        }
        self.open.extend_from_slice(bytes);
    }

    fn add(&mut self, line: &[u8]) {
        let hash: [u8; 32] = Sha256::digest(line).into();
        let first: [u8; 16] = hash[..16].try_into().expect("16 of 32 bytes");
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(first));
        self.rows += 1;
    }

    /// The sum of all that came.
    pub(crate) fn done(mut self) -> RowSum {
        if !self.open.is_empty() {
            let rest = std::mem::take(&mut self.open);
            self.add(&rest);
        }
        RowSum { rows: self.rows, digest: format!("{:032x}", self.sum) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(pieces: &[&str]) -> RowSum {
        let mut adding = Adding::default();
        pieces.iter().for_each(|piece| adding.push(piece.as_bytes()));
        adding.done()
    }

    #[test]
    fn order_and_cuts_do_not_matter_but_every_byte_does() {
        let whole = sum(&["1\ta\n2\tb\n3\tc\n"]);
        assert_eq!(whole.rows, 3);
        assert_eq!(whole, sum(&["3\tc\n", "1\ta\n2", "\tb\n"]));
        assert_ne!(whole, sum(&["1\ta\n2\tb\n3\td\n"]));
    }

    #[test]
    fn the_same_row_twice_is_not_the_same_as_not_at_all() {
        assert_ne!(sum(&["1\n1\n"]).digest, sum(&["2\n2\n"]).digest);
        assert_ne!(sum(&["1\n1\n"]).digest, sum(&[]).digest);
    }
}
