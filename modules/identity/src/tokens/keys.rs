//! Keys that sign access tokens: made when needed, sealed in the database, changed every month.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

use ed25519_dalek::SigningKey;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rapport_base::{Error, Keys, Result, Token, UserId, WorkspaceId};
use rapport_db::App;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ACCESS, store};

const SIGNS_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
const AUDIENCE: &str = "rapport-api";

/// What an access token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// The person.
    pub sub: UserId,
    /// The workspace.
    pub wid: WorkspaceId,
    /// The client that is signed in: all refresh tokens that follow from one sign-in.
    #[serde(rename = "fam")]
    pub family: Uuid,
    /// Who made it.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// Made at.
    pub iat: i64,
    /// Ends at.
    pub exp: i64,
}

#[derive(Clone)]
struct Key {
    id: Uuid,
    verify: DecodingKey,
    sign: EncodingKey,
    signs_until: Timestamp,
    retires_at: Timestamp,
}

/// Signatures that are remembered at most, before all are forgotten.
const REMEMBERED: usize = 10_000;

/// The keys this process knows, and the tokens whose signatures it has seen to be theirs: a signature
/// does not change, and proving it again costs more than all else that is computed for a small read.
/// Whether the key and the token still hold is asked every time. One of the parts.
#[derive(Clone, Default)]
pub(crate) struct SigningKeys {
    known: Arc<RwLock<Vec<Key>>>,
    proven: Arc<RwLock<HashMap<Vec<u8>, Proven>>>,
}

/// A token whose signature is that of a key.
#[derive(Clone)]
struct Proven {
    key: Uuid,
    claims: Claims,
}

impl SigningKeys {
    /// A signed access token.
    ///
    /// # Errors
    /// A bug when no key can be had.
    pub(crate) async fn sign(
        &self,
        app: &App,
        user: UserId,
        workspace: WorkspaceId,
        family: Uuid,
    ) -> Result<String> {
        let now = app.clock.now();
        let key = match self.newest(now) {
            Some(key) => key,
            None => {
                self.load(app, true).await?;
                self.newest(now).ok_or_else(|| Error::message("no key to sign access tokens with"))?
            }
        };
        let header = Header { kid: Some(key.id.to_string()), ..Header::new(Algorithm::EdDSA) };
        let claims = Claims {
            sub: user,
            wid: workspace,
            family,
            iss: app.public_url.to_string(),
            aud: AUDIENCE.into(),
            iat: now.as_second(),
            exp: (now + ACCESS).as_second(),
        };
        Ok(jsonwebtoken::encode(&header, &claims, &key.sign)?)
    }

    /// What a token says, when it was signed here, for here, and has not ended.
    ///
    /// # Errors
    /// A bug when keys cannot be loaded.
    pub(crate) async fn read(&self, app: &App, token: &str) -> Result<Option<Claims>> {
        let hash = Token::hash_of(token);
        let seen = self.proven.read().expect("no panic while tokens are held").get(&hash).cloned();
        let proven = match seen {
            Some(proven) => proven,
            None => match self.prove(app, token).await? {
                Some(proven) => self.remember(hash, proven),
                None => return Ok(None),
            },
        };
        let now = app.clock.now();
        let holds = self.is_in_use(proven.key, now);
        Ok((holds && proven.claims.exp > now.as_second()).then_some(proven.claims))
    }

    /// The token, if one of the keys signed it for this place; whether it still holds is not asked.
    async fn prove(&self, app: &App, token: &str) -> Result<Option<Proven>> {
        let Ok(header) = jsonwebtoken::decode_header(token) else { return Ok(None) };
        let Some(id) = header.kid.and_then(|kid| kid.parse::<Uuid>().ok()) else { return Ok(None) };
        let key = match self.by_id(id) {
            Some(key) => key,
            None => {
                self.load(app, false).await?;
                let Some(key) = self.by_id(id) else { return Ok(None) };
                key
            }
        };
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_audience(&[AUDIENCE]);
        rules.set_issuer(&[app.public_url.as_ref()]);
        // The house's clock decides, not the machine's.
        rules.validate_exp = false;
        let signed = jsonwebtoken::decode::<Claims>(token, &key.verify, &rules);
        Ok(signed.ok().map(|token| Proven { key: id, claims: token.claims }))
    }

    fn remember(&self, hash: Vec<u8>, token: Proven) -> Proven {
        let mut proven = self.proven.write().expect("no panic while tokens are held");
        if proven.len() >= REMEMBERED {
            proven.clear();
        }
        proven.insert(hash, token.clone());
        token
    }

    fn newest(&self, now: Timestamp) -> Option<Key> {
        let keys = self.known.read().expect("no panic while keys are held");
        keys.iter().find(|key| key.signs_until > now).cloned()
    }

    fn is_in_use(&self, id: Uuid, now: Timestamp) -> bool {
        let keys = self.known.read().expect("no panic while keys are held");
        keys.iter().any(|key| key.id == id && key.retires_at > now)
    }

    fn by_id(&self, id: Uuid) -> Option<Key> {
        self.known.read().expect("no panic while keys are held").iter().find(|key| key.id == id).cloned()
    }

    async fn load(&self, app: &App, to_sign: bool) -> Result<()> {
        let seal: Keys = app.parts.get();
        let tx = app.db.system().await?;
        if to_sign {
            store::lock_keys(&tx).await?;
        }
        let now = app.clock.now();
        let rows = store::keys(&tx).await?;
        let mut keys = opened(&seal, &rows);
        if to_sign && !keys.iter().any(|key| key.signs_until > now) {
            let new = make(&seal, now)?;
            store::insert_key(&tx, &new).await?;
            keys.insert(0, open(&seal, &new)?);
        }
        tx.commit().await?;
        *self.known.write().expect("no panic while keys are held") = keys;
        Ok(())
    }
}

/// How many signing keys were sealed with a key ring that is not here.
///
/// # Errors
/// A bug when the database refuses.
pub async fn sealed_elsewhere(app: &App) -> Result<usize> {
    let seal: Keys = app.parts.get();
    let rows = store::keys(&app.db.system().await?).await?;
    Ok(rows.len() - opened(&seal, &rows).len())
}

// Keys from before the key ring was lost are left aside: whoever held their tokens signs in again.
fn opened(seal: &Keys, rows: &[store::KeyRow]) -> Vec<Key> {
    let open = |row: &store::KeyRow| match open(seal, row) {
        Ok(key) => Some(key),
        Err(error) => {
            tracing::warn!(key = %row.id, %error, "a signing key was sealed with another key ring");
            None
        }
    };
    rows.iter().filter_map(open).collect()
}

fn place(id: Uuid) -> String {
    format!("identity/signing_keys/sealed_private_key/{id}")
}

fn make(seal: &Keys, now: Timestamp) -> Result<store::KeyRow> {
    let id = Uuid::now_v7();
    let mut seed = [0u8; 32];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut seed);
    let key = SigningKey::from_bytes(&seed);
    let sealed = seal.seal(&place(id), &seed)?;
    Ok(store::KeyRow {
        id,
        public_key: key.verifying_key().to_bytes().to_vec(),
        seal_key_id: sealed.get(1).copied().unwrap_or_default().to_string(),
        sealed_private_key: sealed,
        active_from: now,
        retires_at: now + SIGNS_FOR + ACCESS + ACCESS,
    })
}

fn open(seal: &Keys, row: &store::KeyRow) -> Result<Key> {
    // An Ed25519 seed in PKCS #8 is always the same sixteen bytes, then the seed.
    const PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let seed = seal.open(&place(row.id), &row.sealed_private_key)?;
    Ok(Key {
        id: row.id,
        verify: DecodingKey::from_ed_der(&row.public_key),
        sign: EncodingKey::from_ed_der(&[PKCS8.as_slice(), &seed].concat()),
        signs_until: row.active_from + SIGNS_FOR,
        retires_at: row.retires_at,
    })
}

#[cfg(test)]
mod tests {
    use rapport_testkit::World;

    use super::*;

    #[tokio::test]
    async fn after_the_key_ring_was_lost_tokens_are_signed_with_a_new_key() {
        let world = World::start(vec![crate::module()]).await;
        let (user, workspace) = (UserId::from(Uuid::now_v7()), WorkspaceId::from(Uuid::now_v7()));
        let before = SigningKeys::default();
        let old = before.sign(&world.app, user, workspace, Uuid::nil()).await.unwrap();
        let other_ring = "update identity.signing_keys set sealed_private_key = decode('00', 'hex')";
        world.owner().await.execute(other_ring, &[]).await.unwrap();
        assert_eq!(sealed_elsewhere(&world.app).await.unwrap(), 1);
        let after = SigningKeys::default();
        assert!(after.read(&world.app, &old).await.unwrap().is_none());
        let new = after.sign(&world.app, user, workspace, Uuid::nil()).await.unwrap();
        assert_eq!(after.read(&world.app, &new).await.unwrap().unwrap().sub, user);
    }
}
