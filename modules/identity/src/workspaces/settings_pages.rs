//! The settings: workspace, money, brand.

use askama::Template;
use axum::response::Response;
use rapport_base::{Currency, Result};
use rapport_ui::{Choice, FormState, Shell, Toast};
use rapport_web::{Cx, Form, House, Reader, page, redirect, redirect_with, rejected};

use super::{ChangeWorkspace, WorkspaceSettings, change, rules, store};
use crate::rates;

#[derive(Template)]
#[template(path = "settings/workspace.html")]
struct WorkspacePage {
    shell: Shell,
    form: FormState,
    timezones: Vec<Choice>,
    locales: Vec<Choice>,
    weekdays: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "settings/money.html")]
struct MoneyPage {
    shell: Shell,
    form: FormState,
    currencies: Vec<Choice>,
    roundings: Vec<Choice>,
    currency: String,
}

#[derive(Template)]
#[template(path = "settings/brand.html")]
struct BrandPage {
    shell: Shell,
    form: FormState,
    has_logo: bool,
    logo_version: i32,
}

/// GET `/app/{slug}/settings`: to the first tab the member may open.
pub(crate) async fn index(cx: Cx) -> Result<Response> {
    let pages = cx.settings(&cx.app.parts.get::<House>(), "");
    let first = pages.into_iter().next().map_or_else(|| "/account".to_owned(), |page| page.href);
    Ok(redirect(&first))
}

fn filled(w: &WorkspaceSettings) -> FormState {
    let mut form = FormState::new();
    let mut set = |name: &str, value: Option<&str>| form.set(name, value.unwrap_or_default());
    set("name", Some(&w.name));
    set("slug", Some(&w.slug));
    set("timezone", Some(&w.timezone));
    set("locale", Some(&w.locale));
    for (name, value) in [
        ("address_line1", &w.address_line1),
        ("address_line2", &w.address_line2),
        ("postal_code", &w.postal_code),
        ("city", &w.city),
        ("region", &w.region),
        ("country", &w.country),
        ("tax_id", &w.tax_id),
        ("company_number", &w.company_number),
        ("email", &w.email),
        ("phone", &w.phone),
        ("website", &w.website),
        ("invoice_footer", &w.invoice_footer),
        ("invoice_notes", &w.invoice_notes),
        ("bank_details", &w.bank_details),
        ("portal_welcome_text", &w.portal_welcome_text),
    ] {
        set(name, value.as_deref());
    }
    set("invoice_prefix", Some(&w.invoice_prefix));
    set("tax_rounding", Some(&w.tax_rounding));
    set("brand_color", Some(&w.brand_color));
    set("currency", Some(w.currency.code()));
    let rate = w.default_hourly_rate_cents.map(|cents| rapport_base::Money::new(cents, w.currency).plain());
    set("default_hourly_rate", rate.as_deref());
    form.set("week_start", w.week_start);
    form.set("payment_terms_days", w.payment_terms_days);
    form.set("portal_link_days", w.portal_link_days);
    form.set("daily_hour_limit", hours_and_minutes(w.daily_hour_limit_seconds));
    for (name, on) in [
        ("prices_include_tax", w.prices_include_tax),
        ("portal_link_single_use", w.portal_link_single_use),
        ("portal_require_code", w.portal_require_code),
    ] {
        if on {
            form.set(name, "on");
        }
    }
    form.set("version", w.version);
    form
}

fn hours_and_minutes(seconds: i32) -> String {
    format!("{}:{:02}", seconds / 3_600, seconds % 3_600 / 60)
}

/// A tab of settings that is one form.
#[derive(Clone, Copy)]
enum Page {
    Workspace,
    Money,
    Brand,
}

impl Page {
    fn path(self) -> &'static str {
        match self {
            Page::Workspace => "settings/workspace",
            Page::Money => "settings/money",
            Page::Brand => "settings/brand",
        }
    }
}

async fn show(cx: &Cx, which: Page, refused: Option<FormState>) -> Result<Response> {
    let tx = cx.read().await?;
    let (settings, shell) = futures::join!(store::settings(&tx), cx.shell(&tx));
    let (settings, shell) = (settings?, shell?.titled("Settings").live("workspace."));
    let failed = refused.is_some();
    let form = refused.unwrap_or_else(|| rates::asked(filled(&settings), cx.today()));
    match which {
        Page::Workspace => {
            let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
            let weekdays = days.iter().zip(1..).map(|(day, number)| Choice::new(number, day)).collect();
            let (timezones, locales) = (rules::timezones(), rules::locales());
            answer(failed, &WorkspacePage { shell, form, timezones, locales, weekdays })
        }
        Page::Money => {
            let roundings =
                vec![Choice::new("line", "On each line"), Choice::new("invoice", "On the invoice's total")];
            let (currencies, currency) = (rules::currencies(), settings.currency.to_string());
            answer(failed, &MoneyPage { shell, form, currencies, roundings, currency })
        }
        Page::Brand => {
            let (has_logo, logo_version) = (settings.logo_key.is_some(), settings.version);
            answer(failed, &BrandPage { shell, form, has_logo, logo_version })
        }
    }
}

fn answer(failed: bool, template: &impl Template) -> Result<Response> {
    if failed { rejected(template) } else { page(template) }
}

async fn save(cx: Cx, form: Form, which: Page) -> Result<Response> {
    match submitted(&cx, &form, which).await {
        Ok(settings) => {
            let to = format!("/app/{}/{}", settings.slug, which.path());
            Ok(redirect_with(&to, Toast::success("Saved.")))
        }
        Err(error) => show(&cx, which, Some(form.rejected(error)?)).await,
    }
}

async fn submitted(cx: &Cx, form: &Form, which: Page) -> Result<WorkspaceSettings> {
    let mut read = form.reader();
    let version = read.required::<i32>("version", "Reload the page and try again.");
    let wished = match which {
        Page::Workspace => workspace_fields(&mut read),
        Page::Money => money_fields(&mut read, form),
        Page::Brand => brand_fields(&mut read),
    };
    read.finish()?;
    change::change(cx, wished, version).await
}

fn workspace_fields(read: &mut Reader<'_>) -> ChangeWorkspace {
    let week_start = read.parse::<i16>("week_start", "Choose a day.");
    let daily = read.duration("daily_hour_limit").and_then(|seconds| i32::try_from(seconds).ok());
    let text = |name: &str| Some(read.optional(name));
    ChangeWorkspace {
        address_line1: text("address_line1"),
        address_line2: text("address_line2"),
        postal_code: text("postal_code"),
        city: text("city"),
        region: text("region"),
        country: text("country"),
        email: text("email"),
        phone: text("phone"),
        website: text("website"),
        name: Some(read.text("name")),
        slug: Some(read.text("slug")),
        timezone: read.optional("timezone"),
        locale: read.optional("locale"),
        week_start,
        daily_hour_limit_seconds: daily,
        ..ChangeWorkspace::default()
    }
}

fn money_fields(read: &mut Reader<'_>, form: &Form) -> ChangeWorkspace {
    let currency = Currency::try_new(form.value("currency"));
    if currency.is_none() {
        read.error("currency", "unknown", "Choose a currency.");
    }
    let rate = currency.and_then(|currency| read.money("default_hourly_rate", currency));
    let terms = read.required::<i32>("payment_terms_days", "Write a number of days.");
    ChangeWorkspace {
        currency,
        default_hourly_rate_cents: Some(rate),
        rate_from: rates::answered(read),
        payment_terms_days: terms,
        invoice_prefix: Some(read.text("invoice_prefix")),
        tax_id: Some(read.optional("tax_id")),
        company_number: Some(read.optional("company_number")),
        bank_details: Some(read.optional("bank_details")),
        invoice_notes: Some(read.optional("invoice_notes")),
        invoice_footer: Some(read.optional("invoice_footer")),
        prices_include_tax: Some(read.checked("prices_include_tax")),
        tax_rounding: read.optional("tax_rounding"),
        ..ChangeWorkspace::default()
    }
}

fn brand_fields(read: &mut Reader<'_>) -> ChangeWorkspace {
    let days = read.required::<i32>("portal_link_days", "Write a number of days.");
    ChangeWorkspace {
        brand_color: Some(read.text("brand_color")),
        portal_welcome_text: Some(read.optional("portal_welcome_text")),
        portal_link_days: days,
        portal_link_single_use: Some(read.checked("portal_link_single_use")),
        portal_require_code: Some(read.checked("portal_require_code")),
        ..ChangeWorkspace::default()
    }
}

pub(crate) async fn workspace(cx: Cx) -> Result<Response> {
    show(&cx, Page::Workspace, None).await
}
pub(crate) async fn save_workspace(cx: Cx, form: Form) -> Result<Response> {
    save(cx, form, Page::Workspace).await
}
pub(crate) async fn money(cx: Cx) -> Result<Response> {
    show(&cx, Page::Money, None).await
}
pub(crate) async fn save_money(cx: Cx, form: Form) -> Result<Response> {
    save(cx, form, Page::Money).await
}
pub(crate) async fn brand(cx: Cx) -> Result<Response> {
    show(&cx, Page::Brand, None).await
}
pub(crate) async fn save_brand(cx: Cx, form: Form) -> Result<Response> {
    save(cx, form, Page::Brand).await
}
