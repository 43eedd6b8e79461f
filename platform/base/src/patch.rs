//! Fields of a PATCH: absent, null, or a value.

use serde::{Deserialize, Deserializer};

/// For `#[serde(default, deserialize_with = "rapport_base::patch::some")] pub x: Option<Option<T>>`:
/// absent leaves `None`, `null` gives `Some(None)`, a value gives `Some(Some(value))`.
///
/// # Errors
/// As the value's own reading.
pub fn some<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}
