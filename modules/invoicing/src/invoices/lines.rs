//! The lines of a draft, as they are written.

use projects::ProjectId;
use rapport_base::Result;
use rapport_db::{Params, TenantTx};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{
    InvoiceId, LineId,
    amounts::{Given, Tax, Totals},
    store,
};

/// A line about to be written.
#[derive(Clone, Debug)]
pub(crate) struct DraftLine {
    pub id: LineId,
    pub description: String,
    pub detail: String,
    pub quantity: Decimal,
    pub unit: String,
    pub unit_price_cents: i64,
    pub discount_percent: Decimal,
    pub taxes: Vec<Tax>,
    pub source_kind: String,
    pub project_id: Option<ProjectId>,
}

impl DraftLine {
    /// What it is reckoned from.
    pub(crate) fn given(&self) -> Given {
        Given {
            quantity: self.quantity,
            unit_price_cents: self.unit_price_cents,
            discount_percent: self.discount_percent,
            taxes: self.taxes.clone(),
        }
    }
}

/// Writes all lines of a draft with their taxes, the summary and the totals; lines that are
/// not among them go.
pub(crate) async fn write(tx: &TenantTx, id: InvoiceId, lines: &[DraftLine], totals: &Totals) -> Result<()> {
    let kept: Vec<LineId> = lines.iter().map(|line| line.id).collect();
    let (workspace, now) = (tx.workspace(), tx.now());
    let gone: Params = &[&workspace, &id, &kept];
    let (removed, emptied, cleared) = futures::join!(
        tx.execute("delete from invoicing.invoice_lines where workspace_id = $1 and invoice_id = $2 and id <> all($3)", gone),
        tx.execute("delete from invoicing.invoice_line_taxes where workspace_id = $1 and invoice_id = $2", &gone[..2]),
        tx.execute("delete from invoicing.invoice_taxes where workspace_id = $1 and invoice_id = $2", &gone[..2]),
    );
    removed?;
    emptied?;
    cleared?;
    let column =
        |value: fn(&DraftLine) -> &String| lines.iter().map(|line| value(line).clone()).collect::<Vec<_>>();
    let cents =
        |value: fn(&super::amounts::Reckoned) -> i64| totals.lines.iter().map(value).collect::<Vec<_>>();
    tx.execute(
        "insert into invoicing.invoice_lines as l (workspace_id, invoice_id, id, position, description, detail, quantity, unit,
           unit_price_cents, discount_percent, discount_cents, amount_cents, tax_cents, source_kind, project_id, created_at, updated_at)
         select $1, $2, given.*, $16, $16
         from unnest($3::uuid[], $4::int4[], $5::text[], $6::text[], $7::numeric[], $8::text[], $9::int8[], $10::numeric[],
           $11::int8[], $12::int8[], $13::int8[], $14::text[], $15::uuid[]) as given
         on conflict (workspace_id, id) do update set position = excluded.position, description = excluded.description,
           detail = excluded.detail, quantity = excluded.quantity, unit = excluded.unit,
           unit_price_cents = excluded.unit_price_cents, discount_percent = excluded.discount_percent,
           discount_cents = excluded.discount_cents, amount_cents = excluded.amount_cents, tax_cents = excluded.tax_cents,
           project_id = excluded.project_id, updated_at = excluded.updated_at
           where l.invoice_id = excluded.invoice_id",
        &[
            &workspace,
            &id,
            &kept,
            &(0..i32::try_from(lines.len()).unwrap_or(i32::MAX)).collect::<Vec<_>>(),
            &column(|l| &l.description),
            &column(|l| &l.detail),
            &lines.iter().map(|l| l.quantity).collect::<Vec<_>>(),
            &column(|l| &l.unit),
            &lines.iter().map(|l| l.unit_price_cents).collect::<Vec<_>>(),
            &lines.iter().map(|l| l.discount_percent).collect::<Vec<_>>(),
            &cents(|l| l.discount_cents),
            &cents(|l| l.amount_cents),
            &cents(|l| l.tax_cents),
            &column(|l| &l.source_kind),
            &lines.iter().map(|l| l.project_id.map(ProjectId::uuid)).collect::<Vec<_>>(),
            &now,
        ],
    )
    .await?;
    write_line_taxes(tx, id, lines, totals).await?;
    write_summary(tx, id, totals).await?;
    store::set_totals(tx, id, totals).await
}

async fn write_line_taxes(tx: &TenantTx, id: InvoiceId, lines: &[DraftLine], totals: &Totals) -> Result<()> {
    let taxes: Vec<(LineId, i16, &Tax, (i64, i64))> = lines
        .iter()
        .zip(&totals.lines)
        .flat_map(|(line, reckoned)| {
            let numbered = line.taxes.iter().zip(&reckoned.taxes).zip(0i16..);
            numbered.map(|((tax, cents), place)| (line.id, place, tax, *cents))
        })
        .collect();
    if taxes.is_empty() {
        return Ok(());
    }
    tx.execute(
        "insert into invoicing.invoice_line_taxes (workspace_id, invoice_id, line_id, position, tax_rate_id, name, percent,
           is_compound, exemption_reason, base_cents, tax_cents)
         select $1, $2, given.* from unnest($3::uuid[], $4::int2[], $5::uuid[], $6::text[], $7::numeric[], $8::bool[], $9::text[],
           $10::int8[], $11::int8[]) as given",
        &[
            &tx.workspace(),
            &id,
            &taxes.iter().map(|t| t.0).collect::<Vec<_>>(),
            &taxes.iter().map(|t| t.1).collect::<Vec<_>>(),
            &taxes.iter().map(|t| t.2.rate_id).collect::<Vec<Option<Uuid>>>(),
            &taxes.iter().map(|t| t.2.name.clone()).collect::<Vec<_>>(),
            &taxes.iter().map(|t| t.2.percent).collect::<Vec<_>>(),
            &taxes.iter().map(|t| t.2.is_compound).collect::<Vec<_>>(),
            &taxes.iter().map(|t| t.2.exemption_reason.clone()).collect::<Vec<_>>(),
            &taxes.iter().map(|t| t.3.0).collect::<Vec<_>>(),
            &taxes.iter().map(|t| t.3.1).collect::<Vec<_>>(),
        ],
    )
    .await
    .map(drop)
}

async fn write_summary(tx: &TenantTx, id: InvoiceId, totals: &Totals) -> Result<()> {
    let rows = &totals.summary;
    if rows.is_empty() {
        return Ok(());
    }
    tx.execute(
        "insert into invoicing.invoice_taxes (workspace_id, invoice_id, position, name, percent, exemption_reason, base_cents, tax_cents)
         select $1, $2, given.* from unnest($3::int2[], $4::text[], $5::numeric[], $6::text[], $7::int8[], $8::int8[]) as given",
        &[
            &tx.workspace(),
            &id,
            &(0..i16::try_from(rows.len()).unwrap_or(i16::MAX)).collect::<Vec<_>>(),
            &rows.iter().map(|r| r.name.clone()).collect::<Vec<_>>(),
            &rows.iter().map(|r| r.percent).collect::<Vec<_>>(),
            &rows.iter().map(|r| r.exemption_reason.clone()).collect::<Vec<_>>(),
            &rows.iter().map(|r| r.base_cents).collect::<Vec<_>>(),
            &rows.iter().map(|r| r.tax_cents).collect::<Vec<_>>(),
        ],
    )
    .await
    .map(drop)
}
