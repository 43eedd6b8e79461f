//! Secrets that cannot be printed, and tokens that leave the house.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use rand::RngCore;
use sha2::{Digest, Sha256};

/// Text that shows as `***` wherever it is printed.
#[derive(Clone, serde::Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// The secret itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// A bearer token of 256 random bits; only its hash is ever stored.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A new one.
    #[must_use]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let mut bytes = [0u8; 32];
        rand::rng().fill_bytes(&mut bytes);
        Self(BASE64.encode(bytes))
    }
    /// As it goes into a cookie or link.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> Vec<u8> {
        Self::hash_of(&self.0)
    }
    /// What is stored of a token someone presents.
    #[must_use]
    pub fn hash_of(presented: &str) -> Vec<u8> {
        Sha256::digest(presented.as_bytes()).to_vec()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// A code of six digits for typing, from the system's randomness without bias.
#[must_use]
pub fn six_digits() -> String {
    format!("{:06}", rand::Rng::random_range(&mut rand::rng(), 0..1_000_000u32))
}
