//! Tokens for download links: short-lived proof that an access check was passed.
//!
//! A token covers the key it was signed with, a purpose, a subject (what may be fetched, and for
//! whom) and the end of its life. It holds no secret and can be checked without the database.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;

/// A signing key with the short id that travels in the token.
pub struct SigningKey {
    /// Letters and digits; names the key so that it can be replaced.
    pub id: String,
    /// At least 32 random bytes.
    pub secret: SecretSlice<u8>,
}

/// Why a token does not open anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It was good once.
    #[error("the link has expired")]
    Expired,
    /// It never was, or it is for something else.
    #[error("the link is not valid")]
    Invalid,
}

/// Sign with `key`: whoever shows the token before `expires` may do `purpose` with `subject`.
pub fn sign(key: &SigningKey, purpose: &str, subject: &str, expires: Timestamp) -> String {
    let seconds = expires.as_second();
    let tag = mac(key, purpose, subject, seconds).finalize().into_bytes();
    format!("{}.{seconds}.{}", key.id, URL_SAFE_NO_PAD.encode(tag))
}

/// Check a token against every key still in use. The comparison takes the same time for any tag.
pub fn verify(
    keys: &[SigningKey],
    token: &str,
    purpose: &str,
    subject: &str,
    now: Timestamp,
) -> Result<(), Refused> {
    let mut parts = token.split('.');
    let (Some(id), Some(seconds), Some(tag), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Refused::Invalid);
    };
    let key = keys.iter().find(|key| key.id == id).ok_or(Refused::Invalid)?;
    let expires: i64 = seconds.parse().map_err(|_| Refused::Invalid)?;
    let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| Refused::Invalid)?;
    mac(key, purpose, subject, expires).verify_slice(&tag).map_err(|_| Refused::Invalid)?;
    if now.as_second() >= expires {
        return Err(Refused::Expired);
    }
    Ok(())
}

/// Each field goes in with its length, so that no two sets of fields run together alike.
fn mac(key: &SigningKey, purpose: &str, subject: &str, expires: i64) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key.secret.expose_secret())
        .expect("HMAC takes keys of any length");
    for field in [key.id.as_bytes(), purpose.as_bytes(), subject.as_bytes(), &expires.to_be_bytes()] {
        mac.update(&(field.len() as u64).to_be_bytes());
        mac.update(field);
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str, byte: u8) -> SigningKey {
        SigningKey { id: id.into(), secret: vec![byte; 32].into() }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_token_opens_its_own_subject_until_it_ends() {
        let keys = [key("a", 1)];
        let token = sign(&keys[0], "download", "file-1", at(1_000));
        assert_eq!(verify(&keys, &token, "download", "file-1", at(999)), Ok(()));
        assert_eq!(verify(&keys, &token, "download", "file-1", at(1_000)), Err(Refused::Expired));
    }

    #[test]
    fn a_token_opens_nothing_else() {
        let keys = [key("a", 1)];
        let token = sign(&keys[0], "download", "file-1", at(1_000));
        let longer = token.replace(".1000.", ".9999.");
        let cut = &token[..token.len() - 2];
        let check = |token: &str, purpose: &str, subject: &str| {
            verify(&keys, token, purpose, subject, at(1)).unwrap_err()
        };
        assert_eq!(check(&token, "preview", "file-1"), Refused::Invalid);
        assert_eq!(check(&token, "download", "file-2"), Refused::Invalid);
        assert_eq!(check(&token, "downloadf", "ile-1"), Refused::Invalid);
        assert_eq!(check(&longer, "download", "file-1"), Refused::Invalid);
        assert_eq!(check(cut, "download", "file-1"), Refused::Invalid);
        assert_eq!(check("", "download", "file-1"), Refused::Invalid);
        assert_eq!(check("a.1.b.c", "download", "file-1"), Refused::Invalid);
    }

    #[test]
    fn an_old_key_still_opens_while_it_is_listed() {
        let old = sign(&key("a", 1), "download", "f", at(1_000));
        assert_eq!(verify(&[key("b", 2), key("a", 1)], &old, "download", "f", at(1)), Ok(()));
        assert_eq!(verify(&[key("b", 2)], &old, "download", "f", at(1)), Err(Refused::Invalid));
        assert_eq!(verify(&[key("a", 9)], &old, "download", "f", at(1)), Err(Refused::Invalid));
    }
}
