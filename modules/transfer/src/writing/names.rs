//! Names of files in the ZIP: those people know them by, made safe, and no two the same.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

/// The names given so far. Their hashes are kept, not they themselves.
#[derive(Default)]
pub(crate) struct Names(HashSet<u64>);

impl Names {
    /// A name below `files/` that no other file has; `hint` tells it from others of that name.
    pub(crate) fn give(&mut self, folder: &str, name: &str, hint: &str) -> String {
        let pieces = folder.split('/').chain([name]).map(safe).filter(|piece| !piece.is_empty());
        let path: Vec<String> = std::iter::once("files".to_owned()).chain(pieces).collect();
        let path = if path.len() == 1 { "files/file".to_owned() } else { path.join("/") };
        let mut given = with(&path, hint);
        let mut count = 2;
        while !self.0.insert(hash(&given)) {
            given = with(&path, &format!("{hint} ({count})"));
            count += 1;
        }
        given
    }
}

/// `a.pdf` and ` (version 1)` as `a (version 1).pdf`.
fn with(path: &str, hint: &str) -> String {
    match path.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && !stem.ends_with('/') && !ending.contains('/') => {
            format!("{stem}{hint}.{ending}")
        }
        _ => format!("{path}{hint}"),
    }
}

/// One piece of a path as every system can keep it.
fn safe(piece: &str) -> String {
    let clean: String = piece
        .chars()
        .map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c })
        .take(150)
        .collect();
    clean.trim().trim_matches('.').trim().to_owned()
}

/// Systems that do not tell capitals apart count.
fn hash(path: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.to_lowercase().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::unsafe_path;

    #[test]
    fn files_keep_their_names_and_no_two_are_the_same() {
        let mut names = Names::default();
        assert_eq!(names.give("", "Plan.pdf", ""), "files/Plan.pdf");
        assert_eq!(names.give("", "plan.PDF", ""), "files/plan (2).PDF");
        assert_eq!(names.give("", "Plan.pdf", " (version 1)"), "files/Plan (version 1).pdf");
        assert_eq!(names.give("a/b", "no ending", ""), "files/a/b/no ending");
        assert_eq!(names.give("a/b", "no ending", ""), "files/a/b/no ending (2)");
    }

    #[test]
    fn no_name_leads_anywhere_else() {
        let mut names = Names::default();
        for name in ["../../etc/passwd", "..", ".", "", "C:\\x", "a\0b", "/abs", "a\u{7}", "...", "a/../b"] {
            let path = names.give(name, name, "");
            assert!(unsafe_path(&path).is_none() && path.starts_with("files/"), "{name:?} became {path:?}");
        }
    }
}
