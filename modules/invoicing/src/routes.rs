//! Every URL of the module.

use rapport_base::Page;
use rapport_web::{Access, Doc, Routes};

use crate::{
    deliveries::SendInvoice,
    invoices::{
        InvoiceChange, InvoiceDetails, InvoiceQuery, InvoiceShown, NewInvoice, api, editor, pages, show,
    },
    payments::{
        ApplyCredit, InvoicePayment, NewPayment, NewRefund, Payment, PaymentQuery, PaymentShown,
        api as payment_api, pages as payment_pages,
    },
    permissions::{
        INVOICES_CREATE, INVOICES_READ, INVOICES_SEND, INVOICES_VOID, PAYMENTS_RECORD, PAYMENTS_REFUND,
        TAXES_MANAGE,
    },
    sources::{Billable, BillableQuery, api as source_api, pages as source_pages},
    stripe_events,
    tax_rates::{TaxRate, TaxRateInput, api as tax_api, pages as tax_pages},
    views::pages as public,
};

pub(crate) fn routes() -> Routes {
    let routes = Routes::new("invoicing");
    public_pages(api_of_payments(api_of_invoices(team_pages(routes))))
}

fn team_pages(routes: Routes) -> Routes {
    routes
        .get("/app/{workspace}/invoices", INVOICES_READ, pages::index)
        .post("/app/{workspace}/invoices", INVOICES_CREATE, source_pages::create)
        .get("/app/{workspace}/invoices/new", INVOICES_CREATE, source_pages::new)
        .get("/app/{workspace}/invoices/{id}", INVOICES_READ, show::show)
        .post("/app/{workspace}/invoices/{id}", INVOICES_CREATE, editor::save)
        .get("/app/{workspace}/invoices/{id}/edit", INVOICES_CREATE, editor::edit)
        .get("/app/{workspace}/invoices/{id}/pdf", INVOICES_READ, api::pdf)
        .post("/app/{workspace}/invoices/{id}/issue", INVOICES_SEND, pages::issue)
        .post("/app/{workspace}/invoices/{id}/send", INVOICES_SEND, pages::send)
        .post("/app/{workspace}/invoices/{id}/void", INVOICES_VOID, pages::void)
        .post("/app/{workspace}/invoices/{id}/delete", INVOICES_CREATE, pages::delete)
        .post("/app/{workspace}/invoices/{id}/payments", PAYMENTS_RECORD, pages::record_payment)
        .post("/app/{workspace}/invoices/{id}/apply-credit", PAYMENTS_RECORD, pages::apply_credit)
        .post("/app/{workspace}/invoices/{id}/pay-link", INVOICES_SEND, pages::pay_link)
        .get("/app/{workspace}/clients/{id}/invoices", INVOICES_READ, pages::of_client)
        .get("/app/{workspace}/payments", INVOICES_READ, payment_pages::index)
        .post("/app/{workspace}/payments/{id}/refund", PAYMENTS_REFUND, payment_pages::refund)
        .get("/app/{workspace}/settings/invoices", TAXES_MANAGE, tax_pages::index)
        .post("/app/{workspace}/settings/invoices/number", TAXES_MANAGE, tax_pages::set_next_number)
        .post("/app/{workspace}/settings/invoices/tax-rates", TAXES_MANAGE, tax_pages::create)
        .post("/app/{workspace}/settings/invoices/tax-rates/{id}", TAXES_MANAGE, tax_pages::update)
        .post("/app/{workspace}/settings/invoices/tax-rates/{id}/archive", TAXES_MANAGE, tax_pages::archive)
}

fn api_of_invoices(routes: Routes) -> Routes {
    routes
        .get("/api/invoices", INVOICES_READ, api::index)
        .doc(Doc::new("List invoices").about("Newest first.").query::<InvoiceQuery>().returns::<Page<InvoiceShown>>(200))
        .post("/api/invoices", INVOICES_CREATE, api::create)
        .doc(
            Doc::new("Draft an invoice")
                .about("From approved time, approved expenses and reached milestones that no invoice holds yet, from free lines, or from both. Without anything to bill: 422 `nothing_to_bill`.")
                .body::<NewInvoice>()
                .returns::<InvoiceDetails>(201),
        )
        .get("/api/invoices/{id}", INVOICES_READ, api::show)
        .doc(Doc::new("Get an invoice").returns::<InvoiceDetails>(200))
        .patch("/api/invoices/{id}", INVOICES_CREATE, api::update)
        .doc(Doc::new("Change a draft").body::<InvoiceChange>().returns::<InvoiceDetails>(200))
        .delete("/api/invoices/{id}", INVOICES_CREATE, api::delete)
        .doc(Doc::new("Delete a draft").about("What it billed can be billed anew.").answers(204, "Deleted"))
        .post("/api/invoices/{id}/issue", INVOICES_SEND, api::issue)
        .doc(Doc::new("Issue an invoice").about("Gives it its number; it cannot change any more.").returns::<InvoiceDetails>(200))
        .post("/api/invoices/{id}/send", INVOICES_SEND, api::send)
        .doc(Doc::new("Send an invoice").about("By mail with its PDF and a link to pay. A draft is issued first.").body::<SendInvoice>().returns::<InvoiceDetails>(200))
        .post("/api/invoices/{id}/void", INVOICES_VOID, api::void)
        .doc(Doc::new("Void an invoice").about("What it billed can be billed anew.").body::<api::VoidInvoice>().returns::<InvoiceDetails>(200))
        .get("/api/invoices/{id}/pdf", INVOICES_READ, api::pdf)
        .doc(Doc::new("Get an invoice as PDF").about("An issued invoice always gives the same bytes.").answers(200, "The PDF"))
        .get("/api/invoices/{id}/payments", INVOICES_READ, api::payments)
        .doc(Doc::new("List the payments of an invoice").returns::<Page<Payment>>(200))
        .post("/api/invoices/{id}/payments", PAYMENTS_RECORD, api::record_payment)
        .doc(Doc::new("Record a payment of an invoice").about("What is more than it owes stays as the client's credit.").body::<InvoicePayment>().returns::<PaymentShown>(201))
        .post("/api/invoices/{id}/apply-credit", PAYMENTS_RECORD, api::apply_credit)
        .doc(Doc::new("Use credit for an invoice").body::<ApplyCredit>().returns::<PaymentShown>(200))
        .post("/api/invoices/{id}/pay-link", INVOICES_SEND, api::pay_link)
        .doc(Doc::new("Get a link to pay an invoice").about("The payment provider's page, or ours with the bank details.").returns::<api::PayLinkShown>(200))
}

fn api_of_payments(routes: Routes) -> Routes {
    routes
        .get("/api/billable", INVOICES_CREATE, source_api::index)
        .doc(
            Doc::new("List what can be billed to a client")
                .query::<BillableQuery>()
                .returns::<Page<Billable>>(200),
        )
        .get("/api/payments", INVOICES_READ, payment_api::index)
        .doc(Doc::new("List payments").query::<PaymentQuery>().returns::<Page<Payment>>(200))
        .post("/api/payments", PAYMENTS_RECORD, payment_api::create)
        .doc(
            Doc::new("Record a payment over several invoices")
                .body::<NewPayment>()
                .returns::<PaymentShown>(201),
        )
        .get("/api/payments/{id}", INVOICES_READ, payment_api::show)
        .doc(Doc::new("Get a payment").returns::<PaymentShown>(200))
        .post("/api/payments/{id}/refund", PAYMENTS_REFUND, payment_api::refund)
        .doc(Doc::new("Refund a payment").body::<NewRefund>().returns::<PaymentShown>(200))
        .get("/api/tax-rates", INVOICES_READ, tax_api::list)
        .doc(Doc::new("List tax rates").returns::<Page<TaxRate>>(200))
        .post("/api/tax-rates", TAXES_MANAGE, tax_api::create)
        .doc(Doc::new("Add a tax rate").body::<TaxRateInput>().returns::<TaxRate>(201))
        .put("/api/tax-rates/{id}", TAXES_MANAGE, tax_api::update)
        .doc(Doc::new("Change a tax rate").body::<TaxRateInput>().returns::<TaxRate>(200))
        .delete("/api/tax-rates/{id}", TAXES_MANAGE, tax_api::delete)
        .doc(Doc::new("Remove a tax rate").answers(204, "Removed"))
}

fn public_pages(routes: Routes) -> Routes {
    routes
        .get("/i/{token}", Access::Public, public::show)
        .get("/i/{token}/brand.css", Access::Public, public::brand)
        .post("/i/{token}/seen", Access::Public, public::seen)
        .post("/i/{token}/pdf", Access::Public, public::download)
        .post("/i/{token}/pay", Access::Public, public::pay)
        .get("/pay/done", Access::Public, public::done)
        .get("/pay/cancelled", Access::Public, public::cancelled)
        .post("/api/webhooks/stripe", Access::Provider, stripe_events::api::receive)
        .doc(
            Doc::new("Take an event of Stripe")
                .about("Stored as it came and worked on in the background.")
                .answers(200, "Stored")
                .answers(400, "The signature does not fit"),
        )
}
