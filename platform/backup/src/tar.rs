//! The plain `tar` format, as far as a copy of a cluster's folder needs it: so that
//! `age -d base | zstd -d | tar -x` opens it without this program.

use anyhow::{Context, Result, bail};

/// Everything is a multiple of this.
pub(crate) const BLOCK: usize = 512;
const NAME: usize = 100;
const LARGEST: u64 = 0o77_777_777_777;

/// One entry's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Where it goes, below the folder.
    pub name: String,
    /// Its bytes; 0 for folders.
    pub bytes: u64,
    /// Whether it is a folder.
    pub folder: bool,
}

impl Entry {
    /// A file.
    pub(crate) fn file(name: impl Into<String>, bytes: u64) -> Self {
        Self { name: name.into(), bytes, folder: false }
    }
    /// A folder.
    pub(crate) fn folder(name: impl Into<String>) -> Self {
        Self { name: name.into(), bytes: 0, folder: true }
    }

    /// The head as a block.
    ///
    /// # Errors
    /// When the name or the file is too long for the format.
    pub(crate) fn head(&self) -> Result<[u8; BLOCK]> {
        let slash = if self.folder { "/" } else { "" };
        let name = format!("{}{slash}", self.name);
        if name.len() > NAME || self.bytes > LARGEST {
            bail!("{name} does not fit into an archive");
        }
        let mut head = [0; BLOCK];
        let mut put = |at: usize, bytes: &[u8]| head[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, name.as_bytes());
        put(100, if self.folder { b"0000700\0" } else { b"0000600\0" });
        put(108, b"0000000\0");
        put(116, b"0000000\0");
        put(124, format!("{:011o}\0", self.bytes).as_bytes());
        put(136, b"00000000000\0");
        put(156, if self.folder { b"5" } else { b"0" });
        put(257, b"ustar\x0000");
        put(148, b"        ");
        let sum = format!("{:06o}\0 ", sum(&head));
        head[148..156].copy_from_slice(sum.as_bytes());
        Ok(head)
    }

    /// Reads a head; none for a block of zeros, which ends the archive.
    ///
    /// # Errors
    /// When it is damaged, or would lead out of the folder.
    pub(crate) fn read(head: &[u8; BLOCK]) -> Result<Option<Self>> {
        if head.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let text = |range: std::ops::Range<usize>| -> Result<String> {
            let field = head[range].split(|byte| *byte == 0).next().unwrap_or_default();
            Ok(std::str::from_utf8(field)?.trim().to_owned())
        };
        let octal = |range| -> Result<u64> { Ok(u64::from_str_radix(&text(range)?, 8)?) };
        let mut summed = *head;
        summed[148..156].fill(b' ');
        if octal(148..156)? != sum(&summed) {
            bail!("an entry of the archive is damaged");
        }
        let name = text(0..NAME)?.trim_end_matches('/').to_owned();
        let plain = |part: std::path::Component<'_>| matches!(part, std::path::Component::Normal(_));
        if name.is_empty() || !std::path::Path::new(&name).components().all(plain) {
            bail!("an entry of the archive leads elsewhere: {name:?}");
        }
        match head[156] {
            b'0' => Ok(Some(Self::file(name, octal(124..136).context("an entry has no size")?))),
            b'5' => Ok(Some(Self::folder(name))),
            other => bail!("{name} is neither a file nor a folder (type {other})"),
        }
    }

    /// Zeros behind its bytes.
    pub(crate) fn padding(&self) -> usize {
        usize::try_from(self.bytes.next_multiple_of(BLOCK as u64) - self.bytes).expect("less than a block")
    }
}

fn sum(head: &[u8; BLOCK]) -> u64 {
    head.iter().map(|byte| u64::from(*byte)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for entry in
            [Entry::file("base/16384/2619_fsm", 24_576), Entry::folder("pg_wal"), Entry::file("big", 1 << 30)]
        {
            assert_eq!(Entry::read(&entry.head().unwrap()).unwrap(), Some(entry));
        }
        assert_eq!(Entry::read(&[0; BLOCK]).unwrap(), None);
        assert_eq!((Entry::file("a", 513).padding(), Entry::file("a", 512).padding()), (511, 0));
    }

    #[test]
    fn a_damaged_entry_and_one_that_leads_elsewhere_are_refused() {
        let mut head = Entry::file("a", 1).head().unwrap();
        head[0] = b'b';
        assert!(Entry::read(&head).is_err());
        for name in ["../a", "/etc/passwd", ""] {
            assert!(Entry::read(&Entry::file(name, 1).head().unwrap()).is_err(), "{name}");
        }
        assert!(Entry::file("a".repeat(101), 1).head().is_err());
    }

    #[test]
    fn the_tar_program_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = Entry::folder("pg_wal").head().unwrap().to_vec();
        let entry = Entry::file("pg_wal/name", 5);
        bytes.extend(entry.head().unwrap());
        bytes.extend(b"hello");
        bytes.resize(bytes.len() + entry.padding() + 2 * BLOCK, 0);
        std::fs::write(folder.path().join("it.tar"), &bytes).unwrap();
        let ran = std::process::Command::new("tar")
            .args(["-x", "-f", "it.tar"])
            .current_dir(folder.path())
            .status()
            .unwrap();
        assert!(ran.success());
        assert_eq!(std::fs::read(folder.path().join("pg_wal/name")).unwrap(), b"hello");
    }
}
