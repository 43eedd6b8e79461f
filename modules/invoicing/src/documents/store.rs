//! The SQL of stored PDFs.

use rapport_base::Result;
use rapport_db::{TenantTx, row};

use crate::invoices::InvoiceId;

row! {
    /// The one PDF of an issued invoice.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub(crate) struct Pdf {
        pub storage_key: String,
        pub byte_size: i64,
        pub sha256: Vec<u8>,
    }
}

pub(crate) async fn find(tx: &TenantTx, invoice: InvoiceId) -> Result<Option<Pdf>> {
    tx.find(
        "select storage_key, byte_size, sha256 from invoicing.invoice_pdfs where workspace_id = $1 and invoice_id = $2",
        &[&tx.workspace(), &invoice],
    )
    .await
}

/// `false` when there is one already.
pub(crate) async fn insert(tx: &TenantTx, invoice: InvoiceId, pdf: &Pdf) -> Result<bool> {
    let rows = tx
        .execute(
            "insert into invoicing.invoice_pdfs (workspace_id, invoice_id, storage_key, byte_size, sha256, made_at)
             values ($1, $2, $3, $4, $5, $6) on conflict (workspace_id, invoice_id) do nothing",
            &[&tx.workspace(), &invoice, &pdf.storage_key, &pdf.byte_size, &pdf.sha256, &tx.now()],
        )
        .await?;
    Ok(rows == 1)
}
