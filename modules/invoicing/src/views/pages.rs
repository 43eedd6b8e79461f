//! The public page of an invoice.

use askama::Template;
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use jiff::tz::TimeZone;
use rapport_base::{Error, Result};
use rapport_ui::{Format, PlainShell};
use rapport_web::{Visitor, page, redirect};

use super::actions::{self, linked, origin};
use crate::{
    checkout, documents,
    guests::{self, GuestInvoiceDetails},
    invoices::{Invoice, store},
};

#[derive(Template)]
#[template(path = "public/invoice.html")]
struct Show {
    shell: PlainShell,
    shown: GuestInvoiceDetails,
    base: String,
    is_void: bool,
    refused: String,
}

impl Show {
    fn money(&self, cents: &i64) -> String {
        self.shell.fmt.money(*cents, self.shown.invoice.currency)
    }
}

#[derive(Template)]
#[template(path = "public/paid.html")]
struct Paid {
    shell: PlainShell,
    done: bool,
}

/// GET /i/{token}
pub(crate) async fn show(visitor: Visitor) -> Result<Response> {
    page(&build(&visitor, String::new()).await?)
}

async fn build(visitor: &Visitor, refused: String) -> Result<Show> {
    let token = visitor.param("token");
    let link = linked(&visitor.app, token, &visitor.request.ip).await?;
    let tx = visitor.app.db.read(link.workspace_id).await?;
    let invoice = store::get(&tx, link.invoice_id).await?;
    let (shown, settings) = futures::join!(
        guests::guest_invoice(&visitor.app, &tx, invoice.client_id, invoice.id),
        identity::workspaces::get(&tx),
    );
    let (shown, settings) = (shown?, settings?);
    let base = format!("/i/{token}");
    let mut shell = visitor.shell(&format!("Invoice {}", invoice.title()));
    shell.sender = settings.name.clone();
    shell.brand_css = Some(format!("{base}/brand.css"));
    shell.fmt = Format::new(&settings.locale, TimeZone::UTC, visitor.app.clock.now(), settings.currency);
    Ok(Show { shell, shown, base, is_void: invoice.state == "void", refused })
}

/// GET /i/{token}/brand.css
pub(crate) async fn brand(visitor: Visitor) -> Result<Response> {
    let link = linked(&visitor.app, visitor.param("token"), &visitor.request.ip).await?;
    let tx = visitor.app.db.read(link.workspace_id).await?;
    let settings = identity::workspaces::get(&tx).await?;
    let css = rapport_ui::brand::css(&settings.brand_color);
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("text/css"))], css).into_response())
}

/// Notes the look and returns the invoice.
async fn note(visitor: &Visitor) -> Result<(super::store::Linked, Invoice, rapport_db::Origin)> {
    let link = linked(&visitor.app, visitor.param("token"), &visitor.request.ip).await?;
    let invoice = {
        let tx = visitor.app.db.read(link.workspace_id).await?;
        store::get(&tx, link.invoice_id).await?
    };
    let origin = origin(&link, &invoice.client_name, &visitor.request.ip, &visitor.request.id);
    let tx = visitor.app.db.begin(link.workspace_id, origin.clone()).await?;
    actions::note_in(&tx, &invoice, "link", link.contact_id, &visitor.request.user_agent).await?;
    tx.commit().await?;
    Ok((link, invoice, origin))
}

/// POST /i/{token}/seen
pub(crate) async fn seen(visitor: Visitor) -> Result<Response> {
    note(&visitor).await?;
    Ok(redirect(&format!("/i/{}", visitor.param("token"))))
}

/// POST /i/{token}/pdf
pub(crate) async fn download(visitor: Visitor) -> Result<Response> {
    let (link, invoice, _) = note(&visitor).await?;
    let pdf = documents::ensure(&visitor.app, link.workspace_id, invoice.id).await?;
    Ok(documents::answer(documents::bytes(&visitor.app, &pdf).await?, &invoice.title(), false))
}

/// POST /i/{token}/pay
pub(crate) async fn pay(visitor: Visitor) -> Result<Response> {
    let (link, invoice, origin) = note(&visitor).await?;
    match checkout::pay_link(&visitor.app, link.workspace_id, origin, invoice.id).await {
        Ok(url) => Ok(redirect(&url)),
        Err(Error::Refusal(refusal)) => {
            let status = axum::http::StatusCode::from_u16(refusal.kind.status())
                .unwrap_or(axum::http::StatusCode::CONFLICT);
            let again = build(&visitor, refusal.message.to_string()).await?;
            Ok((status, page(&again)?).into_response())
        }
        Err(bug) => Err(bug),
    }
}

/// GET /pay/done
pub(crate) async fn done(visitor: Visitor) -> Result<Response> {
    page(&Paid { shell: visitor.shell("Thank you"), done: true })
}

/// GET /pay/cancelled
pub(crate) async fn cancelled(visitor: Visitor) -> Result<Response> {
    page(&Paid { shell: visitor.shell("Payment not finished"), done: false })
}
