//! Invoices on paper: one PDF for each issued invoice, made once and kept with its hash.

pub(crate) mod bank;
pub(crate) mod build;
pub(crate) mod store;

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use bytes::Bytes;
use identity::WorkspaceSettings;
use jiff::civil::Date;
use rapport_base::{Error, Refusal, Result, Token, WorkspaceId};
use rapport_db::{App, Origin, TenantTx};
use rapport_pdf::InvoiceDocument;
use rapport_storage::{Area, Key, Store};

use crate::{
    invoices::{self, InvoiceId, issue},
    views,
};
pub(crate) use store::Pdf;

const AREA: Area = Area::new("invoices");
const LARGEST: u64 = 32 * 1024 * 1024;
const LARGEST_LOGO: u64 = 4 * 1024 * 1024;

/// The PDF of an issued invoice; made and kept when there is none yet.
///
/// # Errors
/// Conflict for a draft; a bug when it cannot be set or kept.
pub(crate) async fn ensure(app: &App, workspace: WorkspaceId, id: InvoiceId) -> Result<Pdf> {
    let (details, seller, buyer, settings) = {
        let tx = app.db.read(workspace).await?;
        if let Some(pdf) = store::find(&tx, id).await? {
            return Ok(pdf);
        }
        let (parties, settings) =
            futures::join!(invoices::store::parties(&tx, id), identity::workspaces::get(&tx));
        let ((seller, buyer), settings) = (parties?, settings?);
        let (Some(seller), Some(buyer)) = (seller, buyer) else {
            return Err(
                Refusal::conflict("invoices.not_issued", "A draft has no document to keep yet.").into()
            );
        };
        let details = invoices::actions::details(&tx, id, build::today(app, &settings.timezone)).await?;
        (details, serde_json::from_value(seller)?, serde_json::from_value(buyer)?, settings)
    };
    let token = Token::new();
    let link = views::url(app, &token);
    let document =
        build::document(&details, &seller, &buyer, logo(app, &settings).await, link, app.clock.now());
    let rendered = rapport_pdf::invoice(document).await.map_err(Error::bug)?;
    let files: Store = app.parts.get();
    let key = Key::new(workspace.uuid(), AREA, id.uuid(), 1);
    let bytes = Bytes::from(rendered.bytes);
    let pdf = Pdf {
        storage_key: key.to_string(),
        byte_size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        sha256: rendered.sha256.to_vec(),
    };
    files.put(&key, bytes).await.map_err(Error::bug)?;
    let tx = app.db.begin(workspace, Origin::system()).await?;
    if store::insert(&tx, id, &pdf).await? {
        views::store::insert_token(&tx, id, None, &token).await?;
        tx.commit().await?;
        return Ok(pdf);
    }
    // Someone else made it meanwhile: theirs is the one.
    let theirs = store::find(&tx, id).await?;
    files.delete(&key).await.map_err(Error::bug)?;
    theirs.ok_or_else(|| Error::message("the PDF is neither there nor can be kept"))
}

/// A draft as it would be printed, set anew each time.
pub(crate) async fn draft(app: &App, tx: &TenantTx, id: InvoiceId, today: Date) -> Result<Vec<u8>> {
    let (details, settings, buyer) = futures::join!(
        invoices::actions::details(tx, id, today),
        identity::workspaces::get(tx),
        invoices::store::buyer(tx, id),
    );
    let (details, settings) = (details?, settings?);
    let (seller, buyer, _) = issue::parties(&buyer?, &settings);
    let document: InvoiceDocument = build::document(
        &details,
        &seller,
        &buyer,
        logo(app, &settings).await,
        String::new(),
        app.clock.now(),
    );
    Ok(rapport_pdf::invoice(document).await.map_err(Error::bug)?.bytes)
}

async fn logo(app: &App, settings: &WorkspaceSettings) -> Option<Vec<u8>> {
    let key: Key = settings.logo_key.as_deref()?.parse().ok()?;
    let files: Store = app.parts.get();
    match files.get_bytes(&key, LARGEST_LOGO).await {
        Ok(bytes) => Some(bytes.to_vec()),
        Err(error) => {
            tracing::warn!(%error, "an invoice is set without its logo");
            None
        }
    }
}

/// The bytes of a stored PDF.
///
/// # Errors
/// A bug when the store has lost them.
pub(crate) async fn bytes(app: &App, pdf: &Pdf) -> Result<Bytes> {
    let key: Key = pdf.storage_key.parse().map_err(Error::bug)?;
    app.parts.get::<Store>().get_bytes(&key, LARGEST).await.map_err(Error::bug)
}

/// A PDF as an answer, to be shown or saved.
pub(crate) fn answer(bytes: impl Into<Body>, name: &str, inline: bool) -> Response {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    let way = if inline { "inline" } else { "attachment" };
    let mut response = Response::new(bytes.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(disposition) = HeaderValue::from_str(&format!("{way}; filename=\"{name}.pdf\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}
