//! Argon2id, at most two at once, a short queue before the door.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version,
    password_hash::{SaltString, rand_core::OsRng},
};
use rapport_base::{Error, Kind, Refusal, Result};
use tokio::sync::Semaphore;

const AT_ONCE: usize = 2;
const WAITING: usize = 32;
const PATIENCE: Duration = Duration::from_secs(3);

/// Hashes and verifies passwords without letting a crowd of them take the machine. One of the parts.
#[derive(Clone)]
pub(crate) struct Hasher {
    room: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

fn argon() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("OWASP's parameters are valid");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

// Verified against when there is no account, so that it takes as long as when there is one.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash_now("nobody signs in with this").expect("a constant can be hashed"));

pub(crate) fn hash_now(password: &str) -> Result<String> {
    let salt = SaltString::generate(&mut OsRng);
    argon()
        .hash_password(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|e| Error::message(format!("hashing failed: {e}")))
}

impl Hasher {
    /// With all its room free.
    pub(crate) fn new() -> Self {
        Self { room: Arc::new(Semaphore::new(AT_ONCE)), waiting: Arc::default() }
    }

    /// The hash to be stored.
    ///
    /// # Errors
    /// Busy when too many wait.
    pub(crate) async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.work(move || hash_now(&password)).await?
    }

    /// Whether a password is the one of a hash; as slow without a hash, and never true then.
    ///
    /// # Errors
    /// Busy when too many wait.
    pub(crate) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let (password, hash) = (password.to_owned(), hash.map(str::to_owned));
        self.work(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.clone());
            let parsed = PasswordHash::new(&hash)
                .map_err(|e| Error::message(format!("a stored hash is unreadable: {e}")))?;
            Ok(argon().verify_password(password.as_bytes(), &parsed).is_ok() && known)
        })
        .await?
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let busy = || {
            Refusal::new(Kind::Busy, "busy", "Many people are signing in right now. Try again in a moment.")
                .retry_after(PATIENCE)
        };
        let queued = Queued::join(&self.waiting).ok_or_else(busy)?;
        let room = tokio::time::timeout(PATIENCE, self.room.clone().acquire_owned()).await;
        drop(queued);
        let room = room.map_err(|_| busy())??;
        // The room is given back when the work ends, even if nobody waits for it any more.
        Ok(tokio::task::spawn_blocking(move || {
            let result = work();
            drop(room);
            result
        })
        .await?)
    }
}

struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn join(waiting: &'a AtomicUsize) -> Option<Self> {
        let before = waiting.fetch_add(1, Ordering::AcqRel);
        let queued = Self(waiting);
        (before < WAITING).then_some(queued)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_verifies_its_own_password_and_no_other() {
        let hasher = Hasher::new();
        let hash = hasher.hash("correct horse battery").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hasher.verify("correct horse battery", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("correct horse batterx", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("nobody signs in with this", None).await.unwrap());
    }

    #[tokio::test]
    async fn all_128_characters_of_a_password_count() {
        let hasher = Hasher::new();
        let long = "x".repeat(128);
        let hash = hasher.hash(&long).await.unwrap();
        assert!(!hasher.verify(&long[..127], Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn beyond_a_short_queue_the_door_says_busy() {
        let hasher = Hasher::new();
        let _all = hasher.room.clone().acquire_many_owned(2).await.unwrap();
        let crowd: Vec<_> = (0..WAITING)
            .map(|_| {
                tokio::spawn({
                    let hasher = hasher.clone();
                    async move { hasher.hash("whatever it may be").await }
                })
            })
            .collect();
        while hasher.waiting.load(Ordering::Acquire) < WAITING {
            tokio::task::yield_now().await;
        }
        assert!(hasher.hash("whatever it may be").await.unwrap_err().is("busy"));
        for task in crowd {
            task.abort();
        }
    }
}
