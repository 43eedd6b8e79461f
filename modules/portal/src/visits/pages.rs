//! The pages before the portal: a link's neutral page, the way back in, the code.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use rapport_base::{Email, Refusal, Result};
use rapport_db::App;
use rapport_queue::Enqueue;
use rapport_ui::{FormState, Format, PlainShell, PortalShell, Toast};
use rapport_web::{
    Form, GuestCx, Query, RequestInfo, Visitor, cookie, guest_cookie, local_path, page, redirect,
    redirect_with, rejected, security::rate::attempt,
};
use serde::Deserialize;

use super::{
    actions,
    authenticate::LONGEST,
    jobs::SendLink,
    store::{self, Look},
};
use crate::{PortalId, guest::sight::Sight};

#[derive(Template)]
#[template(path = "visits/link.html")]
struct LinkPage {
    shell: PlainShell,
    agency: String,
    title: String,
    action: String,
}

#[derive(Template)]
#[template(path = "visits/enter.html")]
struct Enter {
    shell: PlainShell,
    agency: Option<String>,
    action: String,
    form: FormState,
    /// They came by a link that no longer works.
    dead_link: bool,
    asked: bool,
}

#[derive(Template)]
#[template(path = "visits/confirm.html")]
struct Confirm {
    shell: PortalShell,
    form: FormState,
    email: Option<String>,
    next: String,
    sent: bool,
}

/// GET /portal/{portal_id}/{token}: a button and nothing else. Programs that look at links
/// before people do use nothing up here, and leave without a cookie.
pub async fn link(
    State(app): State<App>,
    Extension(request): Extension<RequestInfo>,
    Path((portal, token)): Path<(String, String)>,
) -> Result<Response> {
    let id = portal_id(&portal)?;
    let look = store::look(&app.db.system().await?, id).await?;
    match look {
        Some(look) if actions::works(&app, id, &token).await? => {
            let shell = plain(&app, &request, id, &format!("Portal of {}", look.workspace_name), Some(&look));
            let link = LinkPage {
                shell,
                agency: look.workspace_name,
                title: look.title,
                action: format!("/portal/{id}/{token}"),
            };
            Ok(secretive(page(&link)?))
        }
        look => {
            attempt(&app, &actions::LINK, &request.ip, None).await?;
            dead(&app, &request, id, look)
        }
    }
}

/// POST /portal/{portal_id}/{token}: the token is exchanged for a session of this portal. The
/// token in the path is the proof that the sender may; a forger has none.
pub async fn redeem(
    State(app): State<App>,
    Extension(request): Extension<RequestInfo>,
    Path((portal, token)): Path<(String, String)>,
) -> Result<Response> {
    let id = portal_id(&portal)?;
    let Some(session) = actions::redeem(&app, &request, id, &token).await? else {
        attempt(&app, &actions::LINK, &request.ip, None).await?;
        let look = store::look(&app.db.system().await?, id).await?;
        return dead(&app, &request, id, look);
    };
    let mut response = redirect(&format!("/portal/{id}"));
    cookie::set(
        response.headers_mut(),
        &app,
        &guest_cookie(id.uuid()),
        session.expose(),
        Some(LONGEST.as_secs()),
    );
    Ok(secretive(response))
}

/// GET /portal/{portal_id}/enter
pub async fn enter(visitor: Visitor, Query(query): Query<EnterQuery>) -> Result<Response> {
    let id: PortalId = visitor.id("portal_id")?;
    page(&enter_page(&visitor, id, FormState::new(), query.asked == Some(1)).await?)
}

/// What the way back in was opened with.
#[derive(Debug, Default, Deserialize)]
pub struct EnterQuery {
    asked: Option<u8>,
}

/// POST /portal/{portal_id}/enter: the same answer for every address.
pub async fn ask(visitor: Visitor, form: Form) -> Result<Response> {
    let id: PortalId = visitor.id("portal_id")?;
    match send(&visitor, id, form.value("email")).await {
        Ok(()) => Ok(redirect(&format!("/portal/{id}/enter?asked=1"))),
        Err(error) => rejected(&enter_page(&visitor, id, form.rejected(error)?, false).await?),
    }
}

async fn send(visitor: &Visitor, id: PortalId, typed: &str) -> Result<()> {
    let Some(email) = Email::try_new(typed.trim()) else {
        return Err(Refusal::field("email", "invalid", "Write the e-mail address your link came to.").into());
    };
    let email = email.folded().to_owned();
    attempt(&visitor.app, &actions::MAIL, &visitor.request.ip, Some(&email)).await?;
    let tx = visitor.app.db.system().await?;
    if let Some(look) = store::look(&tx, id).await? {
        rapport_queue::enqueue_system_for(
            &tx,
            look.workspace_id,
            &SendLink { portal: id, email },
            Enqueue::default(),
        )
        .await?;
    }
    tx.commit().await
}

/// POST /portal/{portal_id}/leave
pub async fn leave(cx: GuestCx) -> Result<Response> {
    actions::leave(&cx).await?;
    let portal = cx.guest.portal_id;
    let mut response = redirect(&format!("/portal/{portal}/enter"));
    cookie::clear(response.headers_mut(), &cx.app, &guest_cookie(portal));
    Ok(response)
}

/// Where to go on after the code.
#[derive(Debug, Default, Deserialize)]
pub struct ConfirmQuery {
    next: Option<String>,
    sent: Option<u8>,
}

/// GET /portal/{portal_id}/confirm
pub async fn confirm(cx: GuestCx, Query(query): Query<ConfirmQuery>) -> Result<Response> {
    page(
        &confirm_page(
            &cx,
            FormState::new(),
            query.next.as_deref().unwrap_or_default(),
            query.sent == Some(1),
        )
        .await?,
    )
}

/// POST /portal/{portal_id}/confirm/send
pub async fn send_code(cx: GuestCx, form: Form) -> Result<Response> {
    let next = form.value("next");
    match actions::send_code(&cx).await {
        Ok(()) => {
            let query = serde_urlencoded_pairs(&[("sent", "1"), ("next", next)]);
            Ok(redirect(&cx.path(&format!("confirm?{query}"))))
        }
        Err(error) => rejected(&confirm_page(&cx, form.rejected(error)?, next, false).await?),
    }
}

/// POST /portal/{portal_id}/confirm
pub async fn take_code(cx: GuestCx, form: Form) -> Result<Response> {
    let home = cx.path("");
    let next = local_path(form.value("next"), home.trim_end_matches('/')).to_owned();
    match actions::confirm(&cx, form.value("code")).await {
        Ok(()) => Ok(redirect_with(&next, Toast::success("Thank you, it is you. You can go on now."))),
        Err(error) => rejected(&confirm_page(&cx, form.rejected(error)?, &next, true).await?),
    }
}

async fn confirm_page(cx: &GuestCx, form: FormState, next: &str, sent: bool) -> Result<Confirm> {
    let tx = cx.read().await?;
    let shell = Sight::load(cx, &tx).await?.shell(cx, &tx, "Confirm that it is you").await?;
    Ok(Confirm { shell, form, email: cx.guest.email.as_deref().map(hint), next: next.to_owned(), sent })
}

/// Enough of an address to know which mailbox to look into: `a…@example.com`.
fn hint(email: &str) -> String {
    match email.split_once('@') {
        Some((name, host)) => format!("{}…@{host}", name.chars().next().unwrap_or_default()),
        None => String::new(),
    }
}

async fn enter_page(visitor: &Visitor, id: PortalId, form: FormState, asked: bool) -> Result<Enter> {
    let look = store::look(&visitor.app.db.system().await?, id).await?;
    let mut shell = visitor.shell("Open your portal");
    shell.brand_css = look.as_ref().map(|_| format!("/portal/{id}/brand.css"));
    Ok(Enter {
        shell,
        agency: look.map(|look| look.workspace_name),
        action: format!("/portal/{id}/enter"),
        form,
        dead_link: false,
        asked,
    })
}

fn dead(app: &App, request: &RequestInfo, id: PortalId, look: Option<Look>) -> Result<Response> {
    let shell = plain(app, request, id, "This link no longer works", look.as_ref());
    let gone = Enter {
        shell,
        agency: look.map(|look| look.workspace_name),
        action: format!("/portal/{id}/enter"),
        form: FormState::new(),
        dead_link: true,
        asked: false,
    };
    Ok(secretive((StatusCode::GONE, Html(gone.render()?)).into_response()))
}

fn plain(app: &App, request: &RequestInfo, id: PortalId, title: &str, look: Option<&Look>) -> PlainShell {
    PlainShell {
        title: title.into(),
        lang: "en-GB".into(),
        nonce: request.nonce.clone(),
        theme: request.theme,
        brand_css: look.map(|_| format!("/portal/{id}/brand.css")),
        fmt: Format::new("en-GB", jiff::tz::TimeZone::UTC, app.clock.now(), "EUR"),
        ..PlainShell::default()
    }
}

/// The token in the address goes nowhere else.
fn secretive(mut response: Response) -> Response {
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn portal_id(text: &str) -> Result<PortalId> {
    text.parse().map_err(|_| Refusal::not_found().into())
}

fn serde_urlencoded_pairs(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect::<Vec<_>>().join("&")
}

/// Percent-encodes everything but the characters that stand for themselves everywhere.
fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-_.~/".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}
