//! The gate of a route: who asks, may they, and was it our page that sent them.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{Method, header},
    middleware::Next,
    response::Response,
};
use rapport_base::{Kind, Refusal, Result, WorkspaceId};
use rapport_db::App;
use uuid::Uuid;

use crate::security::rate::{Budgets, Decision, Quota};
use crate::security::sent_by_a_guests_program;
use crate::{Access, Authenticator, Credentials, GuestAuthenticator, RequestInfo, SignedIn, cookie, csrf};

/// The cookie of a staff session.
pub const SESSION: &str = "rapport";
/// What the cookie of a guest begins with; the portal's id follows.
pub const GUEST: &str = "guest-";

/// The name of a portal's guest cookie.
#[must_use]
pub fn guest_cookie(portal: Uuid) -> String {
    format!("{GUEST}{}", portal.simple())
}

/// Finds and puts in place who asks; refuses those who may not.
pub(crate) async fn layer(
    State((app, access)): State<(App, Access)>,
    request: Request,
    next: Next,
) -> Response {
    use axum::response::IntoResponse;
    match through(&app, access, request).await {
        Ok(Passed::On(request, visitor)) => {
            let budget = spend(&app, &request);
            if let Some(refused) = budget.as_ref().and_then(Decision::refused) {
                return refused;
            }
            let mut response = next.run(request).await;
            if let Some(budget) = budget {
                budget.write_headers(response.headers_mut());
            }
            if let Some(token) = visitor {
                cookie::set(response.headers_mut(), &app, "visitor", &token, None);
            }
            response
        }
        Ok(Passed::Elsewhere(mut response, visitor)) => {
            if let Some(token) = visitor {
                cookie::set(response.headers_mut(), &app, "visitor", &token, None);
            }
            response
        }
        Err(error) => error.into_response(),
    }
}

/// Calls an API client may make in a minute. One of the parts.
#[derive(Clone, Copy, Debug)]
pub struct ApiQuota {
    /// By one member.
    pub member: u32,
    /// By all of a workspace.
    pub workspace: u32,
}

fn spend(app: &App, request: &Request) -> Option<Decision> {
    let member = request.extensions().get::<SignedIn>()?.member.as_ref()?;
    let by_program =
        request.uri().path().starts_with("/api/") && request.headers().contains_key(header::AUTHORIZATION);
    let (budgets, quota) = (app.parts.find::<Arc<Budgets>>()?, app.parts.find::<ApiQuota>()?);
    by_program.then(|| {
        let (one, all) = (format!("member:{}", member.id), format!("workspace:{}", member.workspace.id));
        let keys = [
            (one.as_str(), Quota::per_minute(quota.member)),
            (all.as_str(), Quota::per_minute(quota.workspace)),
        ];
        budgets.take(&keys, app.clock.now())
    })
}

enum Passed {
    On(Request, Option<String>),
    Elsewhere(Response, Option<String>),
}

async fn through(app: &App, access: Access, mut request: Request) -> Result<Passed> {
    let info = request
        .extensions()
        .get::<RequestInfo>()
        .cloned()
        .ok_or_else(|| rapport_base::Error::message("no request info"))?;
    let bearer = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(str::to_owned);
    let session = info.cookie(&cookie::name(app, SESSION)).map(str::to_owned);
    let unsafe_method = !matches!(info.method, Method::GET | Method::HEAD | Method::OPTIONS);

    if access == Access::Provider {
        return Ok(Passed::On(request, None));
    }
    if access == Access::Guest {
        let guest = find_guest(app, &info).await?;
        let Some(guest) = guest else {
            let gone = Refusal::new(
                Kind::Unauthenticated,
                "portal.no_session",
                "Your visit has ended. Open the link you were sent once more, or ask for a new one.",
            );
            return match portal_of(info.uri.path()) {
                Some(portal) if !info.json => {
                    Ok(Passed::Elsewhere(crate::redirect(&format!("/portal/{portal}/enter")), None))
                }
                _ => Err(gone.into()),
            };
        };
        let by_program = sent_by_a_guests_program(info.uri.path(), request.headers());
        if unsafe_method && !by_program {
            request = csrf::check(request, &guest.csrf).await?;
        }
        about(guest.workspace_id);
        request.extensions_mut().insert(csrf::Expected(guest.csrf.clone()));
        request.extensions_mut().insert(guest);
        return Ok(Passed::On(request, None));
    }

    let credentials = match (&bearer, &session) {
        (Some(token), _) => Some(Credentials::Bearer(token)),
        (None, Some(token)) => Some(Credentials::Session(token)),
        (None, None) => None,
    };
    let slug = slug_of(info.uri.path()).map(str::to_owned).or_else(|| {
        request.headers().get("x-workspace").and_then(|value| value.to_str().ok()).map(str::to_owned)
    });
    // Only this process can put extensions into a request: see `Caller`.
    let vouched = request.extensions().get::<SignedIn>().cloned();
    let inside = vouched.is_some();
    let signed_in = match credentials {
        _ if inside => vouched,
        Some(credentials) => {
            let authenticator: Arc<dyn Authenticator> = app.parts.get();
            authenticator.authenticate(app, credentials, slug.as_deref(), &info.ip).await?
        }
        None => None,
    };

    let (visitor, new_visitor) = csrf::visitor(app, &info);
    let expected = match &signed_in {
        Some(SignedIn { session, .. }) if !session.csrf.is_empty() => session.csrf.clone(),
        _ => csrf::proof(app, &visitor),
    };
    let set_visitor = (signed_in.is_none() && new_visitor && !info.json).then_some(visitor);

    if access != Access::Public {
        let Some(signed_in) = &signed_in else {
            if info.json {
                return Err(not_signed_in().into());
            }
            return Ok(Passed::Elsewhere(sign_in(app, &info, request, &expected).await, set_visitor));
        };
        let member = match access {
            Access::SignedIn => None,
            _ => Some(signed_in.member.as_ref().ok_or_else(Refusal::not_found)?),
        };
        if let (Access::Permission(permission), Some(member)) = (access, member)
            && !member.permissions.has(permission)
        {
            return Err(Refusal::forbidden().into());
        }
    }
    let by_program = inside || bearer.is_some() || access == Access::Public && info.json && session.is_none();
    if unsafe_method && !by_program {
        request = csrf::check(request, &expected).await?;
    }
    request.extensions_mut().insert(csrf::Expected(expected));
    if let Some(signed_in) = signed_in {
        if let Some(member) = &signed_in.member {
            about(member.workspace.id);
        }
        request.extensions_mut().insert(signed_in);
    }
    Ok(Passed::On(request, set_visitor))
}

/// Names the workspace in what is logged and traced of this request from here on.
fn about(workspace: WorkspaceId) {
    tracing::Span::current().record("workspace", tracing::field::display(workspace));
}

async fn find_guest(app: &App, info: &RequestInfo) -> Result<Option<crate::Guest>> {
    let authenticator: Arc<dyn GuestAuthenticator> = app.parts.get();
    let wanted = portal_of(info.uri.path());
    let prefix = cookie::name(app, GUEST);
    let name = wanted.map(|portal| cookie::name(app, &guest_cookie(portal)));
    let token = match &name {
        Some(name) => info.cookie(name),
        None => info.cookies_of(&prefix).map(|(_, value)| value).next(),
    };
    match token {
        Some(token) => authenticator.authenticate(app, token, wanted).await,
        None => Ok(None),
    }
}

/// To the sign-in page; a posted form goes with it, so that nothing typed is lost.
async fn sign_in(app: &App, info: &RequestInfo, request: Request, csrf: &str) -> Response {
    if info.method == Method::GET {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("next", &info.here()).finish();
        return crate::redirect(&format!("/sign-in?{query}"));
    }
    let typed = csrf::typed(request).await;
    let resume: crate::SignInAgain = app.parts.get();
    (resume.0)(app, info, csrf, typed)
}

fn not_signed_in() -> Refusal {
    Refusal::new(Kind::Unauthenticated, "not_signed_in", "Sign in, or send an access token or API key.")
}

fn slug_of(path: &str) -> Option<&str> {
    path.strip_prefix("/app/").and_then(|rest| rest.split('/').next()).filter(|slug| !slug.is_empty())
}

fn portal_of(path: &str) -> Option<Uuid> {
    path.strip_prefix("/portal/").and_then(|rest| rest.split('/').next()).and_then(|id| id.parse().ok())
}
