//! What is printed: every amount, quantity and date as the text to show.

use crate::labels::Labels;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// An invoice or credit note, ready to be laid out.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct InvoiceDocument {
    /// Invoice or credit note.
    pub kind: Kind,
    /// Sheet size.
    pub paper: Paper,
    /// BCP 47 language of the labels, such as `en` or `de`.
    pub language: String,
    /// Words printed around the data.
    pub labels: Labels,
    /// Who bills.
    pub workspace: Workspace,
    /// Who is billed.
    pub client: Party,
    /// Number of the document; empty on a draft.
    pub number: String,
    /// What is stamped on it, if anything. Draft and void also get a watermark.
    pub stamp: Option<Stamp>,
    /// Day of issue; dates the PDF itself. `None` on a draft.
    pub issued_on: Option<Date>,
    /// Day of issue as printed.
    pub issue_date: String,
    /// Due day as printed; empty where nothing falls due.
    pub due_date: String,
    /// Further facts beside the dates: service period, project, and the like.
    pub details: Vec<Row>,
    /// The client's purchase-order number.
    pub purchase_order: String,
    /// ISO 4217 code, printed beside the amounts' heading.
    pub currency: String,
    /// What is billed, at most 1,000 lines.
    pub lines: Vec<Line>,
    /// Sum of the lines.
    pub subtotal: String,
    /// Discounts on the whole document, each with its label.
    pub discounts: Vec<Row>,
    /// One row per tax rate.
    pub taxes: Vec<TaxRow>,
    /// Cash rounding, where it applies.
    pub rounding: String,
    /// The total.
    pub total: String,
    /// What was paid so far; empty if nothing was.
    pub paid: String,
    /// What is still to pay.
    pub balance: String,
    /// The same in minor units (cents), for the bank's QR code.
    pub balance_minor: i64,
    /// Sentences the law asks for: reverse charge, exemption and its reason, exchange rate.
    pub remarks: Vec<String>,
    /// Words to the client.
    pub notes: String,
    /// Terms of payment.
    pub terms: String,
    /// Account to pay into.
    pub bank: Option<Bank>,
    /// Page where it can be paid (http or https).
    pub pay_link: String,
    /// Which QR code to print.
    pub payment_code: PaymentCode,
    /// Timesheet behind the invoice, on pages of its own.
    pub annex: Option<Annex>,
    /// Structured invoice (XML) embedded in the file, which then is PDF/A-3b.
    pub source_file: Option<SourceFile>,
}

/// The kind of document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What is owed.
    #[default]
    Invoice,
    /// What is taken back.
    CreditNote,
}

/// Sheet size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Paper {
    /// 210 × 297 mm.
    #[default]
    #[serde(rename = "a4")]
    A4,
    /// 8.5 × 11 in.
    #[serde(rename = "us-letter")]
    Letter,
}

/// What is stamped on the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stamp {
    /// Not issued yet.
    Draft,
    /// Settled.
    Paid,
    /// Taken back.
    Void,
}

/// The sender.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Workspace {
    /// Name and address.
    #[serde(flatten)]
    pub party: Party,
    /// Brand colour, `#rrggbb` or `#rgb`. Text in it is darkened until readable.
    pub brand_colour: String,
    /// Logo; left out if it cannot be read. Not part of the JSON form.
    #[serde(skip)]
    pub logo: Option<Logo>,
    /// Line at the foot of each page: register entry, director, address.
    pub footer: String,
}

/// A person or company.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Party {
    /// Name.
    pub name: String,
    /// Address, e-mail and phone, one line each.
    pub address: Vec<String>,
    /// VAT or other tax number, with its name: `VAT DE123456789`.
    pub tax_id: String,
}

/// A picture: PNG, JPEG or SVG, told apart by its content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logo {
    /// The file.
    pub bytes: Vec<u8>,
}

/// A billed line.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    /// What it is; line breaks are kept, all after the first line is set smaller.
    pub description: String,
    /// How many.
    pub quantity: String,
    /// Of what: `h`, `pcs`.
    pub unit: String,
    /// Price of one.
    pub unit_price: String,
    /// Discount of this line; empty if there is none.
    pub discount: String,
    /// Its tax: `19 %`. The column is left out where no line has one.
    pub tax_label: String,
    /// Amount of the line.
    pub total: String,
}

/// A label and its text.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Row {
    /// What it is.
    pub label: String,
    /// What it says.
    pub value: String,
}

/// A row of the tax summary.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TaxRow {
    /// Name and rate: `VAT 19 %`.
    pub label: String,
    /// What it is reckoned on.
    pub base: String,
    /// The tax.
    pub amount: String,
}

/// Where to pay by transfer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Bank {
    /// Holder of the account; the workspace's name if empty.
    pub holder: String,
    /// Name of the bank.
    pub name: String,
    /// International account number.
    pub iban: String,
    /// Bank identifier.
    pub bic: String,
    /// Other facts: account and routing number, sort code.
    pub details: Vec<Row>,
    /// What the payer is to quote; the document's number if empty.
    pub reference: String,
}

/// Which payment QR code is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentCode {
    /// The bank's code for euros with a valid IBAN, else the pay link.
    #[default]
    Auto,
    /// The bank's code (EPC069-12), if it can be made.
    Epc,
    /// The pay link, if there is one.
    Link,
    /// None.
    Off,
}

/// The timesheet behind an invoice.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Annex {
    /// Entries in the order they are printed, at most 3,000.
    pub rows: Vec<AnnexRow>,
    /// Sum of the hours.
    pub total_hours: String,
}

/// An entry of the timesheet.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AnnexRow {
    /// Day.
    pub date: String,
    /// Who worked.
    pub member: String,
    /// Project and task.
    pub task: String,
    /// What was done.
    pub description: String,
    /// How long.
    pub hours: String,
}

/// A file embedded in the PDF.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceFile {
    /// Its name: `factur-x.xml`.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its media type: `text/xml`.
    pub media_type: String,
    /// The file. Not part of the JSON form.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}
