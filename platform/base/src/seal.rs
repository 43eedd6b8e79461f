//! The installation's keys: secrets sealed at rest, and short proofs (CSRF, signed links).

use std::sync::{Arc, RwLock};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chacha20poly1305::{
    AeadCore, KeyInit, XChaCha20Poly1305,
    aead::{Aead, OsRng, Payload},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::error::{Error, Result};

/// The keys of a ring with their ids: the last one seals, all of them open.
pub type Ring = Vec<(u8, [u8; 32])>;

/// Looks whether the ring was changed where it is kept; `None` when it was not, or cannot be read.
pub type Look = dyn Fn() -> Option<Ring> + Send + Sync;

/// A ring of 256-bit master keys; the last one seals, all of them open. Clones share it.
#[derive(Clone)]
pub struct Keys(Arc<Shared>);

struct Shared {
    ring: RwLock<Arc<Ring>>,
    look: Option<Box<Look>>,
}

impl Keys {
    /// From `(id, key)` pairs, oldest first.
    ///
    /// # Errors
    /// A bug when the ring is empty.
    pub fn try_new(ring: Ring) -> Result<Self> {
        Self::put_together(ring, None)
    }

    /// A ring that is looked at again by [`Keys::refresh`], and whenever a key is missed.
    ///
    /// # Errors
    /// As [`Keys::try_new`].
    pub fn watching(ring: Ring, look: Box<Look>) -> Result<Self> {
        Self::put_together(ring, Some(look))
    }

    fn put_together(ring: Ring, look: Option<Box<Look>>) -> Result<Self> {
        if ring.is_empty() {
            return Err(Error::message("the key ring is empty"));
        }
        Ok(Self(Arc::new(Shared { ring: RwLock::new(Arc::new(ring)), look })))
    }

    /// Takes over a ring that was changed where it is kept; whether it was.
    pub fn refresh(&self) -> bool {
        let Some(ring) = self.0.look.as_ref().and_then(|look| look()).filter(|ring| !ring.is_empty()) else {
            return false;
        };
        *self.0.ring.write().expect("no panic while the ring is held") = Arc::new(ring);
        true
    }

    /// The id of the key that seals.
    #[must_use]
    pub fn seals_with(&self) -> u8 {
        self.newest().0
    }

    /// Seals a secret, bound to where it is kept (`workspace/table/column/row`):
    /// the sealed bytes open nowhere else.
    ///
    /// # Errors
    /// A bug when the cipher refuses.
    pub fn seal(&self, place: &str, secret: &[u8]) -> Result<Vec<u8>> {
        let (id, _) = self.newest();
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let body = self
            .cipher(id)?
            .encrypt(&nonce, Payload { msg: secret, aad: place.as_bytes() })
            .map_err(|_| Error::message("sealing failed"))?;
        Ok([&[1, id], &nonce[..], &body].concat())
    }

    /// Opens what [`Keys::seal`] sealed for the same place.
    ///
    /// # Errors
    /// A bug when it was sealed elsewhere, by an unknown key, or was changed.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let [1, id, rest @ ..] = sealed else { return Err(Error::message("not a sealed secret")) };
        let (nonce, body) =
            rest.split_at_checked(24).ok_or_else(|| Error::message("a sealed secret was cut off"))?;
        self.cipher(*id)?
            .decrypt(nonce.into(), Payload { msg: body, aad: place.as_bytes() })
            .map_err(|_| Error::message("a sealed secret does not open here"))
    }

    /// A proof that only this installation can make, for one purpose.
    #[must_use]
    pub fn proof(&self, purpose: &str, data: &[u8]) -> String {
        BASE64.encode(Self::mac(&self.newest().1, purpose, data))
    }

    /// Whether a proof was made here, by any key of the ring; constant in time.
    #[must_use]
    pub fn proves(&self, purpose: &str, data: &[u8], proof: &str) -> bool {
        let Ok(proof) = BASE64.decode(proof) else { return false };
        let any = || {
            let fits = |key: &[u8; 32]| bool::from(Self::mac(key, purpose, data).as_slice().ct_eq(&proof));
            self.ring().iter().any(|(_, key)| fits(key))
        };
        any() || (self.refresh() && any())
    }

    /// A key for one purpose, derived from the newest master key.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        Self::mac(&self.newest().1, "derive", purpose.as_bytes()).try_into().expect("SHA-256 gives 32 bytes")
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.0.ring.read().expect("no panic while the ring is held"))
    }

    fn newest(&self) -> (u8, [u8; 32]) {
        *self.ring().last().expect("the ring is not empty")
    }

    fn find(&self, id: u8) -> Option<[u8; 32]> {
        self.ring().iter().find(|(known, _)| *known == id).map(|(_, key)| *key)
    }

    fn cipher(&self, id: u8) -> Result<XChaCha20Poly1305> {
        let key = self
            .find(id)
            .or_else(|| self.refresh().then(|| self.find(id)).flatten())
            .ok_or_else(|| Error::message("sealed by a key that is not in the ring"))?;
        XChaCha20Poly1305::new_from_slice(&Self::mac(&key, "seal", b""))
            .map_err(|_| Error::message("a key of the ring has a wrong length"))
    }

    fn mac(key: &[u8; 32], purpose: &str, data: &[u8]) -> Vec<u8> {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(&(purpose.len() as u64).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(data);
        mac.finalize().into_bytes().to_vec()
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({} in the ring)", self.ring().len())
    }
}

#[cfg(test)]
mod tests {
    use super::Keys;

    #[test]
    fn a_sealed_secret_opens_only_where_it_was_sealed() {
        let old = Keys::try_new(vec![(1, [7; 32])]).unwrap();
        let sealed = old.seal("w/t/c/1", b"hush").unwrap();
        let rotated = Keys::try_new(vec![(1, [7; 32]), (2, [9; 32])]).unwrap();
        assert_eq!(rotated.open("w/t/c/1", &sealed).unwrap(), b"hush");
        assert!(rotated.open("w/t/c/2", &sealed).is_err());
        assert!(Keys::try_new(vec![(2, [9; 32])]).unwrap().open("w/t/c/1", &sealed).is_err());
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(old.open("w/t/c/1", &changed).is_err());
    }

    #[test]
    fn a_ring_that_is_watched_learns_of_a_new_key_when_it_misses_one() {
        let (one, two) = ((1, [7; 32]), (2, [9; 32]));
        let before = Keys::watching(vec![one], Box::new(move || Some(vec![one, two]))).unwrap();
        let rotated = Keys::try_new(vec![one, two]).unwrap();
        assert_eq!(before.seals_with(), 1);
        let sealed = rotated.seal("w/t/c/1", b"hush").unwrap();
        assert_eq!(before.open("w/t/c/1", &sealed).unwrap(), b"hush");
        assert_eq!(before.seals_with(), 2);
        let late = Keys::watching(vec![one], Box::new(move || Some(vec![one, two]))).unwrap();
        assert!(late.proves("csrf", b"session", &rotated.proof("csrf", b"session")));
    }

    #[test]
    fn a_proof_is_for_one_purpose_and_one_thing() {
        let keys = Keys::try_new(vec![(1, [7; 32])]).unwrap();
        let proof = keys.proof("csrf", b"session");
        assert!(keys.proves("csrf", b"session", &proof));
        assert!(!keys.proves("link", b"session", &proof) && !keys.proves("csrf", b"other", &proof));
    }
}
