//! Finding out which guest asks.

use futures::{FutureExt, future::BoxFuture};
use jiff::SignedDuration;
use rapport_base::{Result, Token};
use rapport_db::{App, Origin};
use rapport_web::{Guest, GuestAuthenticator};
use uuid::Uuid;

use super::{preview, store};

/// A day without a request ends a visit.
pub(crate) const IDLE: SignedDuration = SignedDuration::from_hours(24);
/// However busy, a visit ends after 30 days.
pub(crate) const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 30);
/// How often a visit's last request is noted.
const NOTE_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Knows guests by their cookie.
pub(crate) struct Doorkeeper;

impl GuestAuthenticator for Doorkeeper {
    fn authenticate<'a>(
        &'a self,
        app: &'a App,
        token: &'a str,
        portal: Option<Uuid>,
    ) -> BoxFuture<'a, Result<Option<Guest>>> {
        async move {
            if let Some(looking) = preview::read(app, token, portal) {
                return preview::guest(app, looking, token).await;
            }
            let tx = app.db.system().await?;
            let Some(session) = store::find_session(&tx, &Token::hash_of(token), portal).await? else {
                return Ok(None);
            };
            let tx = tx.enter(session.workspace_id, Origin::system()).await?;
            let contact = store::contact(&tx, session.contact_id).await?;
            if tx.now().duration_since(session.last_seen_at) > NOTE_EVERY {
                store::seen(&tx, session.id, tx.now() + IDLE).await?;
                tx.commit().await?;
            }
            Ok(contact.map(|(name, email)| Guest {
                workspace_id: session.workspace_id,
                portal_id: session.portal_id.uuid(),
                guest_id: session.id,
                contact_id: Some(session.contact_id),
                client_id: session.client_id,
                name,
                email,
                csrf: rapport_web::csrf_proof(app, token),
                preview: false,
            }))
        }
        .boxed()
    }
}
