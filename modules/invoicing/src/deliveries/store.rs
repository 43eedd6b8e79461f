//! The deliveries' SQL.

use rapport_base::{Result, Token};
use rapport_db::{TenantTx, row};
use uuid::Uuid;

use super::Delivery;
use crate::{invoices::InvoiceId, views};

row! {
    /// Someone an invoice can go to.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub(crate) struct Recipient {
        pub contact_id: Option<Uuid>,
        pub name: String,
        pub email: String,
        /// Invoices go to them unless someone says otherwise.
        pub gets_invoices: bool,
    }
}

impl Recipient {
    /// Somebody known by nothing but an address.
    pub(crate) fn stranger(email: &str) -> Self {
        Self { contact_id: None, name: String::new(), email: email.to_owned(), gets_invoices: false }
    }
}

/// The people with an address at an invoice's client, the primary one first.
pub(crate) async fn contacts(tx: &TenantTx, invoice: InvoiceId) -> Result<Vec<Recipient>> {
    tx.query(
        "select k.id as contact_id, k.name, k.email,
           exists (select 1 from clients.v_contact_roles r
             where r.workspace_id = $1 and r.contact_id = k.id and r.role = 'billing') as gets_invoices
         from invoicing.invoices i
         join clients.v_contacts k on k.workspace_id = $1 and k.client_id = i.client_id
         where i.workspace_id = $1 and i.id = $2 and k.deleted_at is null and k.email is not null and not k.do_not_contact
         order by k.is_primary desc, k.name, k.id limit 200",
        &[&tx.workspace(), &invoice],
    )
    .await
}

/// The addresses an invoice went to.
pub(crate) async fn addresses(tx: &TenantTx, invoice: InvoiceId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = tx
        .query(
            "select distinct email from invoicing.invoice_deliveries
             where workspace_id = $1 and invoice_id = $2 and purpose = 'invoice' and recipient_kind = 'to' limit 20",
            &[&tx.workspace(), &invoice],
        )
        .await?;
    Ok(rows.into_iter().map(|(email,)| email).collect())
}

pub(crate) async fn of_invoice(tx: &TenantTx, invoice: InvoiceId) -> Result<Vec<Delivery>> {
    tx.query(
        "select id, email, recipient_kind, purpose, created_at from invoicing.invoice_deliveries
         where workspace_id = $1 and invoice_id = $2 order by created_at desc, id desc limit 100",
        &[&tx.workspace(), &invoice],
    )
    .await
}

pub(crate) async fn insert(
    tx: &TenantTx,
    id: Uuid,
    invoice: InvoiceId,
    email: &str,
    kind: &str,
    purpose: &str,
    by: Option<Uuid>,
) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "insert into invoicing.invoice_deliveries (workspace_id, id, invoice_id, email, recipient_kind, purpose, status, sent_by,
           created_at, sent_at)
         values ($1, $2, $3, $4, $5, $6, 'sent', $7, $8, $8)",
        &[&tx.workspace(), &id, &invoice, &email, &kind, &purpose, &by, &now],
    )
    .await
    .map(drop)
}

/// A new link to an invoice for one person.
pub(crate) async fn link(
    tx: &TenantTx,
    app: &rapport_db::App,
    invoice: InvoiceId,
    to: &Recipient,
) -> Result<String> {
    let token = Token::new();
    views::store::insert_token(tx, invoice, to.contact_id, &token).await?;
    Ok(views::url(app, &token))
}
