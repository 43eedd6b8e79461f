//! Who asks: one statement per request, nothing cached, so that a changed role or an ended
//! session holds from the next request on.

use std::{net::IpAddr, sync::Arc};

use futures::{FutureExt, future::BoxFuture};
use jiff::SignedDuration;
use rapport_base::{PermissionSet, Result, Token, WorkspaceId};
use rapport_db::{App, SystemTx};
use rapport_web::{Authenticator, Credentials, Member, Session, SignedIn, User, Workspace, csrf_proof};

use super::store::{self, Found};
use crate::{api_keys, limits, tokens::SigningKeys};

const TOUCH: SignedDuration = SignedDuration::from_secs(60);

/// Finds out who is signed in.
pub(crate) struct Doorkeeper;

impl Authenticator for Doorkeeper {
    fn authenticate<'a>(
        &'a self,
        app: &'a App,
        credentials: Credentials<'a>,
        slug: Option<&'a str>,
        ip: &'a str,
    ) -> BoxFuture<'a, Result<Option<SignedIn>>> {
        async move {
            let tx = app.db.system().await?;
            let found = match credentials {
                Credentials::Session(token) => store::by_session(&tx, &Token::hash_of(token), slug).await?,
                Credentials::Bearer(key) if key.starts_with(api_keys::BEGINNING) => {
                    store::by_key(&tx, &Token::hash_of(key), slug)
                        .await?
                        .filter(|found| may_come_from(found, ip))
                }
                Credentials::Bearer(token) => {
                    let keys: SigningKeys = app.parts.get();
                    match keys.read(app, token).await? {
                        Some(claims) => store::by_family(&tx, claims.family, slug).await?,
                        None => None,
                    }
                }
            };
            let Some(found) = found else {
                drop(tx);
                if let Credentials::Bearer(_) = credentials {
                    limits::attempt(app, &limits::TOKEN, ip, None).await?;
                }
                return Ok(None);
            };
            touch(tx, &found, ip).await;
            let csrf = match credentials {
                Credentials::Session(token) => csrf_proof(app, token),
                Credentials::Bearer(_) => String::new(),
            };
            Ok(Some(signed_in(app, found, csrf)))
        }
        .boxed()
    }
}

/// The workspace's first owner, for what the program itself does in their name.
///
/// # Errors
/// Not found when the workspace has no active owner.
pub async fn owner_of(app: &App, workspace: WorkspaceId) -> Result<SignedIn> {
    let tx = app.db.system().await?;
    let found = store::oldest_owner(&tx, workspace).await?.ok_or_else(rapport_base::Refusal::not_found)?;
    Ok(signed_in(app, found, String::new()))
}

fn may_come_from(found: &Found, ip: &str) -> bool {
    let allowed = found.allowed_ips.as_deref().unwrap_or_default();
    let Ok(ip) = ip.parse::<IpAddr>() else { return allowed.is_empty() };
    allowed.is_empty()
        || allowed
            .iter()
            .any(|line| api_keys::rules::network(line).is_some_and(|net| net.contains(&ip.to_canonical())))
}

/// Notes the use, at most once a minute; a request does not fail for it.
async fn touch(tx: SystemTx, found: &Found, ip: &str) {
    let now = tx.now();
    let due = found.seen_at.is_none_or(|at| now.duration_since(at) >= TOUCH);
    let here = found.member_id.and(found.workspace_id);
    let noted = match (found.session_id, found.key_id, found.current) {
        (Some(session), ..) if due || here.is_some_and(|here| Some(here) != found.current) => {
            store::seen(&tx, session, here, ip).await
        }
        (_, Some(key), Some(workspace)) if due => store::key_used(&tx, workspace, key, ip).await,
        _ => return,
    };
    let noted = match noted {
        Ok(()) => tx.commit().await,
        Err(error) => Err(error),
    };
    if let Err(error) = noted {
        tracing::warn!(%error, "the use of a session could not be noted");
    }
}

fn signed_in(app: &App, found: Found, csrf: String) -> SignedIn {
    let member = member(app, &found);
    let names = found.names.unwrap_or_default();
    SignedIn {
        user: User {
            id: found.user_id,
            name: found.name,
            email: found.email,
            email_verified: found.email_verified,
            locale: found.locale,
            timezone: found.timezone,
        },
        session: Session {
            id: found.session_id,
            csrf,
            sudo: found.sudo_until.is_some_and(|until| until > app.clock.now()),
        },
        member,
        workspaces: names.into_iter().zip(found.slugs.unwrap_or_default()).collect(),
    }
}

fn member(app: &App, found: &Found) -> Option<Member> {
    // A key is for its own workspace and no other of its maker's.
    if found.scope.is_some() && found.workspace_id != found.current {
        return None;
    }
    let role = found.role.clone()?;
    let lent = found.lent_roles.iter().flatten();
    let held = lent.fold(PermissionSet::of_role(&role, &app.permissions), |held, lender| {
        held.lent_by(lender, &app.permissions, &app.lendable)
    });
    let permissions = match &found.scope {
        Some(scope) => held.intersect(scope),
        None => held,
    };
    Some(Member {
        id: found.member_id?,
        role,
        permissions,
        workspace: Arc::new(Workspace {
            id: found.workspace_id?,
            slug: found.slug.clone()?,
            name: found.workspace_name.clone()?,
            currency: found.currency?,
            timezone: found.workspace_timezone.clone()?,
            locale: found.workspace_locale.clone()?,
            week_start: i8::try_from(found.week_start?).unwrap_or(1),
            brand_color: found.brand_color.clone(),
            has_logo: found.has_logo.unwrap_or_default(),
        }),
    })
}
