//! Storage keys. They are made of ids and chance, never of a name somebody typed.

use crate::StorageError;
use object_store::path::Path;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// A room of the store, such as `portal` or `receipts`: a constant of the module that owns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area(&'static str);

impl Area {
    /// Name a room: lower-case letters and hyphens. A wrong name in a constant fails to compile.
    pub const fn new(name: &'static str) -> Self {
        assert!(is_area(name.as_bytes()), "an area is lower-case letters and hyphens");
        Self(name)
    }

    /// The name.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

const fn is_area(name: &[u8]) -> bool {
    if name.is_empty() || name.len() > 40 {
        return false;
    }
    let mut i = 0;
    while i < name.len() {
        if !(name[i].is_ascii_lowercase() || name[i] == b'-') {
            return false;
        }
        i += 1;
    }
    true
}

/// Where one version of one file rests:
/// `{workspace_id}/{area}/{file_id}/{version}/{128 random bits}`.
///
/// The random part makes keys unguessable and means that no upload ever writes over another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(String);

impl Key {
    /// A fresh key for a version of a file.
    pub fn new(workspace_id: Uuid, area: Area, file_id: Uuid, version: u32) -> Self {
        let random = rand::random::<u128>();
        Self(format!("{workspace_id}/{}/{file_id}/{version}/{random:032x}", area.0))
    }

    /// The key as text, to be kept in the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The workspace the object belongs to.
    pub fn workspace_id(&self) -> Uuid {
        let first = self.0.split('/').next().unwrap_or_default();
        Uuid::parse_str(first).unwrap_or_default()
    }

    pub(crate) fn path(&self) -> Path {
        Path::from(self.0.as_str())
    }
}

impl FromStr for Key {
    type Err = StorageError;

    /// Read a key back; anything this program would not have made is refused.
    fn from_str(text: &str) -> Result<Self, StorageError> {
        let parts: Vec<&str> = text.split('/').collect();
        let [workspace, area, file, version, random] = parts[..] else {
            return Err(StorageError::BadKey);
        };
        let is_id = |text: &str| Uuid::parse_str(text).is_ok_and(|id| id.to_string() == text);
        let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let good = is_id(workspace)
            && is_area(area.as_bytes())
            && is_id(file)
            && version.parse::<u32>().is_ok_and(|number| number.to_string() == version)
            && random.len() == 32
            && random.bytes().all(is_hex);
        if good { Ok(Self(text.to_owned())) } else { Err(StorageError::BadKey) }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Area = Area::new("portal-files");

    #[test]
    fn a_key_survives_the_way_through_the_database() {
        let workspace = Uuid::now_v7();
        let key = Key::new(workspace, AREA, Uuid::now_v7(), 3);
        assert_eq!(key.as_str().parse::<Key>().unwrap(), key);
        assert_eq!(key.workspace_id(), workspace);
    }

    #[test]
    fn two_keys_for_the_same_version_differ() {
        let (workspace, file) = (Uuid::now_v7(), Uuid::now_v7());
        assert_ne!(Key::new(workspace, AREA, file, 1), Key::new(workspace, AREA, file, 1));
    }

    #[test]
    fn text_that_is_not_a_key_is_refused() {
        let good = Key::new(Uuid::now_v7(), AREA, Uuid::now_v7(), 1).to_string();
        let bad = [
            String::new(),
            "../../etc/passwd".into(),
            format!("{good}/x"),
            good.replace("portal-files", ".."),
            good.replace("portal-files", "a%2f"),
            good.replace("/1/", "/01/"),
            good.to_uppercase(),
            format!("{good}\0"),
        ];
        for text in bad {
            assert!(text.parse::<Key>().is_err(), "{text:?}");
        }
    }
}
