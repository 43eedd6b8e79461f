//! The words printed around the data, English by default.

use serde::{Deserialize, Serialize};

macro_rules! labels {
    ($($name:ident = $english:literal),* $(,)?) => {
        /// The words printed around the data. `{…}` marks what is filled in.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Labels {
            $(#[doc = concat!("English: “", $english, "”.")] pub $name: String,)*
        }

        impl Default for Labels {
            fn default() -> Self {
                Self { $($name: $english.to_owned(),)* }
            }
        }
    };
}

labels! {
    invoice = "Invoice",
    credit_note = "Credit note",
    draft = "Draft",
    paid_stamp = "Paid",
    void = "Void",
    number = "Invoice number",
    credit_note_number = "Credit note number",
    issue_date = "Date of issue",
    due_date = "Date due",
    purchase_order = "Purchase order",
    from = "From",
    bill_to = "Bill to",
    due_headline = "{amount} due {date}",
    due_headline_without_date = "{amount} due",
    paid_headline = "{amount} paid",
    credit_headline = "{amount} credited",
    pay_online = "View and pay",
    description = "Description",
    quantity = "Qty",
    unit_price = "Unit price",
    tax = "Tax",
    amount = "Amount",
    line_discount = "Discount {amount}",
    subtotal = "Subtotal",
    tax_on = "{tax} on {base}",
    rounding = "Rounding",
    total = "Total",
    paid = "Paid",
    balance = "Amount due",
    payment = "How to pay",
    scan_bank = "Scan with your banking app",
    scan_link = "Scan to view and pay",
    account_holder = "Account holder",
    bank = "Bank",
    iban = "IBAN",
    bic = "BIC",
    reference = "Reference",
    notes = "Notes",
    terms = "Terms",
    annex = "Timesheet",
    date = "Date",
    member = "Member",
    task = "Project and task",
    hours = "Hours",
    page = "Page {page} of {pages}",
}
