//! Keys: who can read a backup.
//!
//! Everything is encrypted to one age recipient. With a passphrase the place has a key of its
//! own, closed by the passphrase; with a recipient only the holder of its identity can read.

use std::{
    io::{Read, Write},
    str::FromStr,
    time::Duration,
};

use age::{secrecy::ExposeSecret, x25519};
use anyhow::{Context, Result, bail};
use rapport_base::Secret;

use crate::{place::Place, rules::sha256};

const WORK: u8 = 17;
const MOST_WORK: u8 = 22;
const SHORTEST: usize = 12;
/// Whoever puts this makes the place's key.
const TURN: &str = "keys/being-made";
/// After so long whoever makes it has died.
const OTHERS_TURN: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(250);

/// What the installation was given to close and open backups with.
#[derive(Clone, Default)]
pub struct Credentials {
    /// A passphrase.
    pub passphrase: Option<Secret>,
    /// An age recipient (`age1…`), which can close but not open.
    pub recipient: Option<String>,
    /// The text of an age identity file (`AGE-SECRET-KEY-1…`), which opens.
    pub identity: Option<Secret>,
}

/// What closes new parts.
#[derive(Clone, Debug)]
pub(crate) struct Closing {
    pub recipient: x25519::Recipient,
    pub print: String,
}

impl Closing {
    fn new(recipient: x25519::Recipient) -> Self {
        let print = print_of(&recipient);
        Self { recipient, print }
    }
}

fn print_of(recipient: &x25519::Recipient) -> String {
    sha256(recipient.to_string().as_bytes())[..32].to_owned()
}

impl Credentials {
    /// The key for a new backup.
    pub(crate) async fn closing(&self, place: &Place) -> Result<Closing> {
        if let Some(text) = &self.recipient {
            let recipient = x25519::Recipient::from_str(text.trim())
                .map_err(|error| anyhow::anyhow!("the recipient for backups is not one (age1…): {error}"))?;
            return Ok(Closing::new(recipient));
        }
        let Some(passphrase) = &self.passphrase else {
            bail!(
                "backups are encrypted: set RAPPORT_BACKUP_PASSPHRASE, or RAPPORT_BACKUP_RECIPIENT (age1…)"
            );
        };
        if passphrase.expose().chars().count() < SHORTEST {
            bail!("the passphrase for backups has fewer than {SHORTEST} characters");
        }
        if let Some(closing) = find_key(place, passphrase).await? {
            return Ok(closing);
        }
        // The archive of the log and the first backup may begin at the same time.
        let mut waited = Duration::ZERO;
        while waited < OTHERS_TURN && !place.claim(TURN).await? {
            tokio::time::sleep(PAUSE).await;
            waited += PAUSE;
            if let Some(closing) = find_key(place, passphrase).await? {
                return Ok(closing);
            }
        }
        if let Some(closing) = find_key(place, passphrase).await? {
            return Ok(closing);
        }
        let identity = x25519::Identity::generate();
        let closing = Closing::new(identity.to_public());
        let closed = close_key(passphrase.clone(), &identity).await?;
        place.put(&format!("keys/{}.age", closing.print), closed).await?;
        place.delete(TURN).await?;
        Ok(closing)
    }

    /// The key that opens a backup.
    pub(crate) async fn opening(&self, place: &Place, print: &str) -> Result<x25519::Identity> {
        for line in self.identity.iter().flat_map(|text| text.expose().lines().map(str::to_owned)) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let identity = x25519::Identity::from_str(line.trim()).map_err(|_| {
                anyhow::anyhow!("the identity file holds no age identity (AGE-SECRET-KEY-1…)")
            })?;
            if print_of(&identity.to_public()) == print {
                return Ok(identity);
            }
        }
        match (place.find(&format!("keys/{print}.age")).await?, &self.passphrase) {
            (Some(closed), Some(passphrase)) => open_key(passphrase.clone(), closed.to_vec())
                .await?
                .filter(|identity| print_of(&identity.to_public()) == print)
                .context("the passphrase is wrong: it does not open this backup"),
            (Some(_), None) => bail!("this backup is closed by a passphrase: set RAPPORT_BACKUP_PASSPHRASE"),
            (None, _) if self.identity.is_some() => {
                bail!("the identity does not belong to the recipient this backup was made for")
            }
            (None, _) => bail!(
                "this backup was made for a recipient: set RAPPORT_BACKUP_IDENTITY to the file with its identity"
            ),
        }
    }
}

/// The place's key, if it has one.
async fn find_key(place: &Place, passphrase: &Secret) -> Result<Option<Closing>> {
    let mut keys = place.list("keys").await?;
    keys.retain(|key| key.path.ends_with(".age"));
    for key in &keys {
        let closed = place.find(&key.path).await?.with_context(|| format!("{} is gone", key.path))?;
        if let Some(identity) = open_key(passphrase.clone(), closed.to_vec()).await? {
            return Ok(Some(Closing::new(identity.to_public())));
        }
    }
    if !keys.is_empty() {
        bail!(
            "the passphrase is not the one the backups in {} were made with; use that one, or another folder",
            place.shown()
        );
    }
    Ok(None)
}

/// A new identity: the text of its file, and the recipient.
#[must_use]
pub fn new_identity() -> (Secret, String) {
    let identity = x25519::Identity::generate();
    let recipient = identity.to_public().to_string();
    (Secret::new(format!("# recipient: {recipient}\n{}\n", identity.to_string().expose_secret())), recipient)
}

async fn close_key(passphrase: Secret, identity: &x25519::Identity) -> Result<Vec<u8>> {
    let text = identity.to_string();
    tokio::task::spawn_blocking(move || {
        let mut recipient = age::scrypt::Recipient::new(passphrase.expose().to_owned().into());
        recipient.set_work_factor(WORK);
        let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))?;
        let mut closed = Vec::new();
        let mut writer = encryptor.wrap_output(&mut closed)?;
        writer.write_all(text.expose_secret().as_bytes())?;
        writer.finish()?;
        Ok(closed)
    })
    .await?
}

/// The key, if the passphrase opens it.
async fn open_key(passphrase: Secret, closed: Vec<u8>) -> Result<Option<x25519::Identity>> {
    tokio::task::spawn_blocking(move || {
        let mut opener = age::scrypt::Identity::new(passphrase.expose().to_owned().into());
        opener.set_max_work_factor(MOST_WORK);
        let decryptor = age::Decryptor::new(&closed[..])
            .map_err(|_| anyhow::anyhow!("the key of the place is damaged"))?;
        let mut reader = match decryptor.decrypt(std::iter::once(&opener as &dyn age::Identity)) {
            Ok(reader) => reader,
            Err(
                age::DecryptError::DecryptionFailed
                | age::DecryptError::KeyDecryptionFailed
                | age::DecryptError::NoMatchingKeys,
            ) => return Ok(None),
            Err(error) => bail!("the key of the place is damaged: {error}"),
        };
        let mut text = String::new();
        reader.read_to_string(&mut text).context("the key of the place is damaged")?;
        let identity = x25519::Identity::from_str(text.trim())
            .map_err(|_| anyhow::anyhow!("the key of the place is damaged"))?;
        Ok(Some(identity))
    })
    .await?
}
