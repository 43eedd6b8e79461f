//! The page of one invoice.

use askama::Template;
use axum::response::Response;
use jiff::Timestamp;
use rapport_base::{Error, FieldError, Result, money::Money};
use rapport_ui::{Choice, FormState, Shell};
use rapport_web::{Cx, Form, page, rejected};

use super::{
    Invoice, InvoiceDetails, InvoiceId, Status, actions, issue::Printed, pages::latest_first, rules, store,
};
use crate::{
    deliveries::{self, Delivery},
    payments::{self, Method, Payment},
    permissions::{INVOICES_CREATE, INVOICES_SEND, INVOICES_VOID, PAYMENTS_RECORD},
    words,
};

/// Something that happened to the invoice.
pub(crate) struct Happening {
    pub icon: &'static str,
    pub tone: &'static str,
    pub text: String,
    pub at: Timestamp,
}

/// A line as it is shown.
pub(crate) struct ShownLine {
    pub description: String,
    pub detail: String,
    pub quantity: String,
    pub unit_price: String,
    pub discount: String,
    pub tax: String,
    pub amount: String,
}

/// A source of a line as it is shown.
pub(crate) struct ShownSource {
    pub icon: &'static str,
    pub date: String,
    pub what: String,
    pub href: String,
    pub who: String,
    pub time: String,
    pub amount: String,
}

#[derive(Template)]
#[template(path = "invoices/show.html")]
struct Show {
    shell: Shell,
    invoice: Invoice,
    status: &'static str,
    tone: &'static str,
    seller: Printed,
    buyer: Printed,
    lines: Vec<ShownLine>,
    taxes: Vec<(String, String)>,
    sources: Vec<ShownSource>,
    happenings: Vec<Happening>,
    payments: Vec<Payment>,
    credit: Vec<Choice>,
    due_date: Option<jiff::civil::Date>,
    base: String,
    form: FormState,
    dialog: String,
    send_form: FormState,
    pay_form: FormState,
    void_form: FormState,
    credit_form: FormState,
    methods: Vec<Choice>,
    recipients_known: bool,
    pay_url: Option<String>,
    may_change: bool,
    may_send: bool,
    may_void: bool,
    may_record: bool,
}

/// What a status is called: an issued invoice that was not mailed yet is not called sent.
pub(crate) fn status_label(invoice: &Invoice, status: Status) -> &'static str {
    if status == Status::Sent && invoice.sent_at.is_none() { "Issued" } else { status.label() }
}

/// GET /app/{workspace}/invoices/{id}
pub(crate) async fn show(cx: Cx) -> Result<Response> {
    let id = cx.id("id")?;
    let asked =
        cx.request.uri.query().unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("dialog="));
    let dialog = asked.unwrap_or_default().to_owned();
    page(&build(&cx, id, &dialog, None, None).await?)
}

/// The page again, with what was wrong in the dialog it came from.
pub(crate) async fn refused(
    cx: &Cx,
    id: InvoiceId,
    dialog: &str,
    form: &Form,
    error: Error,
) -> Result<Response> {
    let state = form.rejected(error)?;
    rejected(&build(cx, id, dialog, Some(state), None).await?)
}

/// The page with the link a client pays on.
pub(crate) async fn with_link(cx: &Cx, id: InvoiceId, url: String) -> Result<Response> {
    page(&build(cx, id, "pay-link", None, Some(url)).await?)
}

/// Errors of single addresses, beside the one field they were typed into.
pub(crate) fn in_one_field(error: Error) -> Error {
    match error {
        Error::Refusal(mut refusal) => {
            for wrong in &mut refusal.fields {
                if let Some((field, _)) = wrong.field.split_once('.') {
                    *wrong = FieldError { field: field.to_owned(), ..wrong.clone() };
                }
            }
            Error::Refusal(refusal)
        }
        bug => bug,
    }
}

async fn build(
    cx: &Cx,
    id: InvoiceId,
    dialog: &str,
    typed: Option<FormState>,
    url: Option<String>,
) -> Result<Show> {
    let tx = cx.read().await?;
    let (details, parties, buyer, contacts, credit, deliveries, payments, settings, shell) = futures::join!(
        actions::details(&tx, id, actions::today(cx)),
        store::parties(&tx, id),
        store::buyer(&tx, id),
        deliveries::store::contacts(&tx, id),
        payments::store::credit(&tx, id),
        deliveries::store::of_invoice(&tx, id),
        payments::store::of_invoice(&tx, id),
        identity::workspaces::get(&tx),
        cx.shell(&tx),
    );
    let (details, credit, deliveries, payments) = (details?, credit?, deliveries?, payments?);
    let invoice = details.invoice().clone();
    let (seller, buyer, due_date) = match parties? {
        (Some(seller), Some(buyer)) => {
            (serde_json::from_value(seller)?, serde_json::from_value(buyer)?, invoice.due_date)
        }
        _ => {
            let (seller, buyer, terms) = super::issue::parties(&buyer?, &settings?);
            (seller, buyer, invoice.due_date.or_else(|| Some(rules::due(actions::today(cx), terms))))
        }
    };
    let (usual, fmt) = (deliveries::actions::usual_recipients(contacts?), cx.fmt());
    let addresses: Vec<&str> = usual.iter().map(|r| r.email.as_str()).collect();
    let of = |name: &str, fresh: FormState| match (&typed, dialog == name) {
        (Some(typed), true) => typed.clone(),
        _ => fresh,
    };
    let status = invoice.status(actions::today(cx));
    Ok(Show {
        status: status_label(&invoice, status),
        tone: status.tone(),
        lines: lines(&details, cx),
        taxes: details.taxes.iter().map(|t| (t.label(), fmt.money(t.tax_cents, invoice.currency))).collect(),
        sources: sources(&details, cx),
        happenings: happenings(&invoice, &deliveries, &payments, cx),
        send_form: of("send", FormState::scoped("send").with("to", addresses.join(", "))),
        pay_form: of(
            "pay",
            FormState::scoped("pay")
                .with("amount_cents", Money::new(invoice.open_cents(), invoice.currency).plain())
                .with("received_on", actions::today(cx))
                .with("method", "bank"),
        ),
        void_form: of("void", FormState::scoped("void")),
        credit_form: of("credit", FormState::scoped("credit")),
        form: typed.filter(|_| !["send", "pay", "void", "credit"].contains(&dialog)).unwrap_or_default(),
        dialog: dialog.to_owned(),
        methods: Method::ALL.map(|m| Choice::new(m.as_str(), m.label())).into(),
        credit: credit
            .iter()
            .map(|p| {
                let left = fmt.money(p.unapplied_cents(), p.currency);
                Choice::new(p.id, format!("{left} of {}", fmt.date(p.received_on)))
            })
            .collect(),
        recipients_known: !usual.is_empty(),
        pay_url: url,
        base: cx.path(&format!("invoices/{id}")),
        may_change: cx.may(INVOICES_CREATE),
        may_send: cx.may(INVOICES_SEND),
        may_void: cx.may(INVOICES_VOID),
        may_record: cx.may(PAYMENTS_RECORD),
        shell: shell?
            .titled(title(&invoice))
            .crumb("Invoices", cx.path("invoices"))
            .live("invoice. payment."),
        invoice,
        seller,
        buyer,
        due_date,
        payments,
    })
}

fn title(invoice: &Invoice) -> String {
    match &invoice.invoice_number {
        Some(number) => number.clone(),
        None => format!("Draft for {}", invoice.client_name),
    }
}

fn lines(details: &InvoiceDetails, cx: &Cx) -> Vec<ShownLine> {
    let (fmt, currency) = (cx.fmt(), details.invoice().currency);
    let line = |shown: &super::LineShown| {
        let line = &shown.line;
        let taxes: Vec<String> =
            shown.taxes.iter().map(|tax| format!("{} %", tax.percent.normalize())).collect();
        let unit = if line.unit.is_empty() { String::new() } else { format!(" {}", line.unit) };
        ShownLine {
            description: line.description.clone(),
            detail: line.detail.clone(),
            quantity: format!("{}{unit}", words::quantity(line.quantity, &line.unit)),
            unit_price: fmt.money(line.unit_price_cents, currency),
            discount: if line.discount_cents == 0 {
                String::new()
            } else {
                format!("{} % off", line.discount_percent.normalize())
            },
            tax: taxes.join(" + "),
            amount: fmt.money(line.amount_cents, currency),
        }
    };
    details.lines.iter().map(line).collect()
}

fn sources(details: &InvoiceDetails, cx: &Cx) -> Vec<ShownSource> {
    let (fmt, currency) = (cx.fmt(), details.invoice().currency);
    let items = details.lines.iter().filter_map(|line| line.source.as_ref()).flat_map(|source| &source.items);
    items
        .map(|item| {
            let (icon, href) = match (item.kind.as_str(), item.project_id) {
                ("expense", _) => ("receipt", cx.path(&format!("expenses/{}", item.id))),
                ("milestone", Some(project)) => ("flag", cx.path(&format!("projects/{project}/milestones"))),
                (_, Some(project)) => ("clock", cx.path(&format!("projects/{project}"))),
                (_, None) => ("clock", cx.path("time")),
            };
            ShownSource {
                icon,
                date: fmt.date(item.date),
                what: if item.description.is_empty() { "Time".into() } else { item.description.clone() },
                href,
                who: item.member_name.clone().unwrap_or_default(),
                time: item.seconds.map(|seconds| fmt.duration(seconds)).unwrap_or_default(),
                amount: fmt.money(item.amount_cents, currency),
            }
        })
        .collect()
}

fn happenings(invoice: &Invoice, deliveries: &[Delivery], payments: &[Payment], cx: &Cx) -> Vec<Happening> {
    let fmt = cx.fmt();
    let mut all = vec![happening("file-plus", "", "Drafted", invoice.created_at)];
    let mut add = |icon, tone, text: String, at: Option<Timestamp>| {
        all.extend(at.map(|at| Happening { icon, tone, text, at }));
    };
    add("receipt-text", "blue", format!("Issued as {}", invoice.title()), invoice.issued_at);
    add("eye", "violet", format!("{} looked at it", invoice.client_name), invoice.viewed_at);
    add("circle-check", "green", "Settled".into(), invoice.paid_at);
    add(
        "ban",
        "red",
        format!("Voided: {}", invoice.void_reason.clone().unwrap_or_default()),
        invoice.voided_at,
    );
    for delivery in deliveries {
        let what = if delivery.purpose == "receipt" { "Receipt sent to" } else { "Sent to" };
        add("send", "blue", format!("{what} {}", delivery.email), Some(delivery.created_at));
    }
    for payment in payments {
        let text = format!(
            "{} by {}",
            fmt.money(payment.amount_cents, payment.currency),
            payment.method_label().to_lowercase()
        );
        add("banknote", "green", text, Some(payment.created_at));
    }
    latest_first(&mut all, |happening| happening.at);
    all
}

fn happening(icon: &'static str, tone: &'static str, text: &str, at: Timestamp) -> Happening {
    Happening { icon, tone, text: text.to_owned(), at }
}

impl Show {
    /// Money of the invoice.
    fn money(&self, cents: &i64) -> String {
        self.shell.fmt.money(*cents, self.invoice.currency)
    }
    /// What is left to pay.
    fn open(&self) -> String {
        self.shell.fmt.money(self.invoice.open_cents(), self.invoice.currency)
    }
    /// What the button says.
    fn send_label(&self) -> &'static str {
        if self.invoice.sent_at.is_some() { "Send again" } else { "Send" }
    }
    /// What the dialog is called.
    fn send_title(&self) -> &'static str {
        if self.invoice.is_draft() { "Issue and send" } else { "Send invoice" }
    }
    /// What stands below the addresses.
    fn to_hint(&self) -> &'static str {
        if self.recipients_known {
            "Several addresses are separated by commas."
        } else {
            "This client has no contact with an address yet."
        }
    }
    /// The days it bills.
    fn period(&self) -> String {
        let fmt = &self.shell.fmt;
        format!("{} – {}", fmt.date(self.invoice.period_from), fmt.date(self.invoice.period_to))
    }
    /// Whether it waits for money.
    fn is_open(&self) -> bool {
        self.invoice.state == "issued" && self.invoice.open_cents() > 0
    }
}
