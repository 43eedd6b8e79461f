//! The settings of taxes and numbers.

use askama::Template;
use axum::response::Response;
use rapport_base::Result;
use rapport_ui::{FormState, Shell, Toast};
use rapport_web::{Cx, Form, page, redirect_with, rejected};

use super::{TaxRate, TaxRateId, TaxRateInput, actions, store};

#[derive(Template)]
#[template(path = "tax_rates/index.html")]
struct Index {
    shell: Shell,
    rates: Vec<TaxRate>,
    form: FormState,
    number_form: FormState,
    /// The dialog that is open: `new-rate` or `rate-{id}`.
    open: String,
    example: String,
}

impl Index {
    /// The form of a new rate: as typed when it was refused.
    fn new_form(&self) -> FormState {
        if self.open == "new-rate" { self.form.clone() } else { FormState::scoped("new-rate") }
    }
    /// The form of one rate's dialog: as typed when it was refused, else as stored.
    fn form_of(&self, rate: &TaxRate) -> FormState {
        if self.open == format!("rate-{}", rate.id) {
            return self.form.clone();
        }
        let mut form = FormState::scoped(format!("rate-{}", rate.id));
        form.set("name", &rate.name);
        form.set("percent", rate.percent.normalize());
        form.set("exemption_reason", rate.exemption_reason.as_deref().unwrap_or_default());
        for (name, on) in [("is_compound", rate.is_compound), ("is_default", rate.is_default)] {
            if on {
                form.set(name, "on");
            }
        }
        form
    }
}

/// GET /app/{workspace}/settings/invoices
pub(crate) async fn index(cx: Cx) -> Result<Response> {
    let open =
        if cx.request.uri.query().unwrap_or_default().contains("dialog=new-rate") { "new-rate" } else { "" };
    show(&cx, open.into(), FormState::new(), None).await
}

async fn show(cx: &Cx, open: String, form: FormState, numbers: Option<FormState>) -> Result<Response> {
    let tx = cx.read().await?;
    let (rates, next, settings, shell) = futures::join!(
        store::list(&tx),
        store::next_number(&tx),
        identity::workspaces::get(&tx),
        cx.shell(&tx)
    );
    let next = next?;
    let failed = form.has_errors() || numbers.is_some();
    let index = Index {
        shell: shell?.titled("Taxes and numbers"),
        rates: rates?,
        form,
        number_form: numbers.unwrap_or_else(|| FormState::new().with("next_number", next)),
        open,
        example: crate::invoices::rules::number(&settings?.invoice_prefix, next),
    };
    if failed { rejected(&index) } else { page(&index) }
}

fn read(form: &Form) -> Result<TaxRateInput> {
    let mut reader = form.reader();
    let input = TaxRateInput {
        name: reader.text("name"),
        percent: reader.decimal("percent").unwrap_or_default(),
        is_compound: reader.checked("is_compound"),
        exemption_reason: reader.optional("exemption_reason"),
        is_default: reader.checked("is_default"),
    };
    reader.finish()?;
    Ok(input)
}

fn back(cx: &Cx, said: &str) -> Response {
    redirect_with(&cx.path("settings/invoices"), Toast::success(said))
}

/// POST /app/{workspace}/settings/invoices/tax-rates
pub(crate) async fn create(cx: Cx, form: Form) -> Result<Response> {
    let done = match read(&form) {
        Ok(input) => actions::create(&cx, input).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(rate) => Ok(back(&cx, &format!("{} added.", rate.label()))),
        Err(error) => show(&cx, "new-rate".into(), form.rejected(error)?, None).await,
    }
}

/// POST /app/{workspace}/settings/invoices/tax-rates/{id}
pub(crate) async fn update(cx: Cx, form: Form) -> Result<Response> {
    let id: TaxRateId = cx.id("id")?;
    let done = match read(&form) {
        Ok(input) => actions::update(&cx, id, input).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(rate) => {
            Ok(back(&cx, &format!("{} saved. Invoices that have it keep the old rate.", rate.label())))
        }
        Err(error) => show(&cx, format!("rate-{id}"), form.rejected(error)?, None).await,
    }
}

/// POST /app/{workspace}/settings/invoices/tax-rates/{id}/archive
pub(crate) async fn archive(cx: Cx) -> Result<Response> {
    actions::archive(&cx, cx.id("id")?).await?;
    Ok(back(&cx, "Tax rate removed. Invoices that have it keep it."))
}

/// POST /app/{workspace}/settings/invoices/number
pub(crate) async fn set_next_number(cx: Cx, form: Form) -> Result<Response> {
    let mut reader = form.reader();
    let next = reader.required("next_number", "Write a whole number.");
    let done = match (reader.finish(), next) {
        (Ok(()), Some(next)) => actions::set_next_number(&cx, next).await,
        (Err(error), _) => Err(error),
        (Ok(()), None) => Ok(()),
    };
    match done {
        Ok(()) => Ok(back(&cx, "The next invoice takes this number.")),
        Err(error) => show(&cx, String::new(), FormState::new(), Some(form.rejected(error)?)).await,
    }
}
