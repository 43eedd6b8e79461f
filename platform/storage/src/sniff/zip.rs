//! The table of contents of a ZIP file, read without unpacking anything.

use super::Limits;

/// The end record is at most this far from the end of the file.
pub const TAIL: u64 = 22 + 65_535;
/// A table of contents longer than this is refused unread.
pub const LONGEST_DIRECTORY: u64 = 8 * 1024 * 1024;

const END_MARK: &[u8] = b"PK\x05\x06";
const ENTRY_MARK: &[u8] = b"PK\x01\x02";
const END_LEN: usize = 22;
const ENTRY_LEN: usize = 46;

/// Where the table of contents lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Offset from the start of the file.
    pub offset: u64,
    /// Length in bytes.
    pub len: u64,
    /// Entries promised.
    pub entries: u32,
}

/// What the table of contents says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Directory {
    /// Entries listed.
    pub entries: u32,
    /// Bytes as stored.
    pub packed: u64,
    /// Bytes after unpacking.
    pub unpacked: u64,
    /// Names of the first entries, enough to tell office files apart.
    pub names: Vec<String>,
    /// An office macro is among the entries.
    pub macros: bool,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// Find the end record in the last bytes of a file of `size` bytes. ZIP64 and archives in several
/// volumes are not understood: no file within our limits needs them.
pub fn end(tail: &[u8], size: u64) -> Option<End> {
    let last = tail.len().checked_sub(END_LEN)?;
    let at = (0..=last).rev().find(|at| {
        tail[*at..].starts_with(END_MARK)
            && u16_at(tail, at + 20).is_some_and(|len| at + END_LEN + usize::from(len) == tail.len())
    })?;
    let entries = u16_at(tail, at + 10)?;
    let len = u64::from(u32_at(tail, at + 12)?);
    let offset = u64::from(u32_at(tail, at + 16)?);
    let end_record = size - (tail.len() - at) as u64;
    let one_volume = u16_at(tail, at + 4)? == 0 && u16_at(tail, at + 8)? == entries;
    (one_volume && entries != u16::MAX && offset + len <= end_record).then_some(End {
        offset,
        len,
        entries: u32::from(entries),
    })
}

/// Read the table of contents.
pub fn directory(bytes: &[u8], end: End) -> Option<Directory> {
    let mut found = Directory::default();
    let mut rest = bytes;
    while !rest.is_empty() {
        if !rest.starts_with(ENTRY_MARK) {
            return None;
        }
        let packed = u32_at(rest, 20)?;
        let unpacked = u32_at(rest, 24)?;
        let name_len = usize::from(u16_at(rest, 28)?);
        let more = usize::from(u16_at(rest, 30)?) + usize::from(u16_at(rest, 32)?);
        let name = rest.get(ENTRY_LEN..ENTRY_LEN + name_len)?;
        found.entries += 1;
        found.packed += u64::from(packed);
        found.unpacked += u64::from(unpacked);
        found.macros |= name.to_ascii_lowercase().ends_with(b"vbaproject.bin");
        if found.names.len() < 1_000 {
            found.names.push(String::from_utf8_lossy(name).into_owned());
        }
        rest = rest.get(ENTRY_LEN + name_len + more..)?;
    }
    (found.entries == end.entries).then_some(found)
}

impl Directory {
    /// Whether there is an entry of that name.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|entry| entry == name)
    }

    pub(super) fn is_too_many(&self, limits: &Limits) -> bool {
        self.entries > limits.zip_entries
    }

    /// A bomb unpacks to more than the limit, or to much more than it weighs. Small archives may
    /// pack as well as they like.
    pub(super) fn is_bomb(&self, size: u64, limits: &Limits) -> bool {
        const SMALL: u64 = 32 * 1024 * 1024;
        self.unpacked > limits.zip_unpacked
            || (self.unpacked > SMALL && self.unpacked / size.max(1) > limits.zip_ratio)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A ZIP file with entries whose stated sizes need not be true.
    pub(crate) fn archive(entries: &[(&str, u32)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut table = Vec::new();
        for (name, unpacked) in entries {
            let offset = bytes.len() as u32;
            bytes.extend(b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0");
            bytes.extend(3u32.to_le_bytes());
            bytes.extend(unpacked.to_le_bytes());
            bytes.extend((name.len() as u16).to_le_bytes());
            bytes.extend([0, 0]);
            bytes.extend(name.as_bytes());
            bytes.extend([0x4b, 0x04, 0x00]);
            table.extend(b"PK\x01\x02\x14\0\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0");
            table.extend(3u32.to_le_bytes());
            table.extend(unpacked.to_le_bytes());
            table.extend((name.len() as u16).to_le_bytes());
            table.extend([0; 12]);
            table.extend(offset.to_le_bytes());
            table.extend(name.as_bytes());
        }
        let offset = bytes.len() as u32;
        bytes.extend(&table);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend((entries.len() as u16).to_le_bytes());
        bytes.extend((entries.len() as u16).to_le_bytes());
        bytes.extend((table.len() as u32).to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend([0, 0]);
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Directory> {
        let end = end(bytes, bytes.len() as u64)?;
        directory(&bytes[end.offset as usize..(end.offset + end.len) as usize], end)
    }

    #[test]
    fn the_table_of_contents_is_read_from_the_tail() {
        let found = read(&archive(&[("a.txt", 10), ("word/vbaProject.bin", 20)])).unwrap();
        assert_eq!((found.entries, found.unpacked, found.macros), (2, 30, true));
        assert!(found.has("a.txt"));
    }

    #[test]
    fn an_archive_that_does_not_add_up_is_refused() {
        let good = archive(&[("a.txt", 10), ("b.txt", 10)]);
        let end_at = good.len() - END_LEN;
        let mut fewer = good.clone();
        fewer[end_at + 8] = 1;
        fewer[end_at + 10] = 1;
        assert_eq!(read(&fewer), None);
        let mut beyond = good.clone();
        beyond[end_at + 16..end_at + 20].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(read(&beyond), None);
        assert_eq!(read(&good[..good.len() - 1]), None);
        assert_eq!(read(b"PK\x03\x04"), None);
    }
}
