//! Personal data and erasures in the browser.

use askama::Template;
use axum::response::Response;
use rapport_base::Result;
use rapport_ui::{FormState, Shell, Toast};
use rapport_web::{Cx, Form, page, redirect_with, rejected};

use super::{AskedBy, Certificate, ErasurePreview, NewErasure, Step, actions, api, store};
use crate::ContactId;

#[derive(Template)]
#[template(path = "erasures/preview.html")]
struct Preview {
    shell: Shell,
    preview: ErasurePreview,
    form: FormState,
    reasons: Vec<(&'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "erasures/show.html")]
struct Show {
    shell: Shell,
    certificate: Certificate,
    steps: Vec<Step>,
}

#[derive(Template)]
#[template(path = "erasures/index.html")]
struct Index {
    shell: Shell,
    certificates: Vec<Certificate>,
}

/// GET /app/{workspace}/contacts/{id}/personal-data
pub async fn preview(cx: Cx) -> Result<Response> {
    page(&previewed(&cx, FormState::new()).await?)
}

async fn previewed(cx: &Cx, form: FormState) -> Result<Preview> {
    let contact: ContactId = cx.id("id")?;
    let tx = cx.read().await?;
    let (preview, shell) = futures::join!(actions::preview(&cx.app, &tx, contact), cx.shell(&tx));
    let shell = shell?.titled("Personal data").crumb("People", cx.path("contacts"));
    let reasons = AskedBy::ALL.map(|(one, label)| (one.as_str(), label)).to_vec();
    Ok(Preview { shell, preview: preview?, form, reasons })
}

/// GET /app/{workspace}/contacts/{id}/personal-data/export
pub async fn export(cx: Cx) -> Result<Response> {
    let contact: ContactId = cx.id("id")?;
    let tx = cx.read().await?;
    api::file(&format!("personal-data-{contact}.json"), &actions::export(&cx.app, &tx, contact).await?)
}

/// POST /app/{workspace}/contacts/{id}/erase
pub async fn erase(cx: Cx, form: Form) -> Result<Response> {
    let reader = form.reader();
    let input = NewErasure { name: reader.text("name"), asked_by: form.value("asked_by").parse().ok() };
    match actions::erase(&cx, cx.id("id")?, input).await {
        Ok(certificate) => {
            let to = cx.path(&format!("erasures/{}", certificate.id));
            Ok(redirect_with(&to, Toast::success("The person is erased. This is the certificate.")))
        }
        Err(error) => rejected(&previewed(&cx, form.rejected(error)?).await?),
    }
}

/// GET /app/{workspace}/erasures
pub async fn index(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let (certificates, shell) = futures::join!(store::list(&tx), cx.shell(&tx));
    let shell = shell?.titled("Erased people").crumb("People", cx.path("contacts"));
    page(&Index { shell, certificates: certificates? })
}

/// GET /app/{workspace}/erasures/{id}
pub async fn show(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let (certificate, shell) = futures::join!(store::get(&tx, cx.id("id")?), cx.shell(&tx));
    let certificate = certificate?;
    let steps = serde_json::from_value(certificate.statement["tables"].clone()).unwrap_or_default();
    let shell = shell?.titled("Certificate of erasure").crumb("Erased people", cx.path("erasures"));
    page(&Show { shell, certificate, steps })
}

/// GET /app/{workspace}/erasures/{id}/certificate
pub async fn certificate(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let certificate = store::get(&tx, cx.id("id")?).await?;
    api::file(&format!("erasure-{}.json", certificate.id), &certificate)
}
