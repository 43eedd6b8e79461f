//! What is done with tax rates.

use rapport_base::{Error, FieldError, Refusal, Result, text};
use rapport_db::{TenantTx, is_unique_violation};
use rapport_web::{Cx, validate};
use rust_decimal::Decimal;

use super::{TaxRate, TaxRateId, TaxRateInput, store};

/// The rates in use, the default first.
pub(crate) async fn list(tx: &TenantTx) -> Result<Vec<TaxRate>> {
    store::list(tx).await
}

pub(crate) async fn create(cx: &Cx, input: TaxRateInput) -> Result<TaxRate> {
    let input = checked(input)?;
    let id = TaxRateId::new();
    let tx = cx.begin().await?;
    if input.is_default {
        store::clear_default(&tx).await?;
    }
    store::insert(&tx, id, &input).await.map_err(taken)?;
    let rate = store::lock(&tx, id).await?;
    tx.commit().await?;
    Ok(rate)
}

pub(crate) async fn update(cx: &Cx, id: TaxRateId, input: TaxRateInput) -> Result<TaxRate> {
    let input = checked(input)?;
    let tx = cx.begin().await?;
    let was = store::lock(&tx, id).await?;
    if input.is_default && !was.is_default {
        store::clear_default(&tx).await?;
    }
    store::update(&tx, id, &input).await.map_err(taken)?;
    let rate = store::lock(&tx, id).await?;
    tx.commit().await?;
    Ok(rate)
}

/// Takes a rate out of use; invoices that have it keep it.
pub(crate) async fn archive(cx: &Cx, id: TaxRateId) -> Result<()> {
    let tx = cx.begin().await?;
    if store::archive(&tx, id).await? == 0 {
        return Err(Refusal::not_found().into());
    }
    tx.commit().await
}

/// Lets the next invoice begin with a higher number.
pub(crate) async fn set_next_number(cx: &Cx, next: i64) -> Result<()> {
    if !(1..=999_999_999).contains(&next) {
        return Err(
            Refusal::field("next_number", "out_of_range", "Write a number from 1 to 999,999,999.").into()
        );
    }
    let tx = cx.begin().await?;
    if store::set_next_number(&tx, next).await? == 0 {
        let message = "Numbers only go up: this one is given already.";
        return Err(Refusal::field("next_number", "taken", message).into());
    }
    tx.commit().await
}

fn checked(mut input: TaxRateInput) -> Result<TaxRateInput> {
    validate(&input)?;
    let mut wrong = Vec::new();
    input.name = text::clean_line(&input.name).unwrap_or_default();
    input.exemption_reason = input.exemption_reason.as_deref().and_then(text::clean_line);
    if input.name.is_empty() {
        wrong.push(FieldError::new("name", "required", "Name the tax as it is printed, such as VAT."));
    }
    if input.percent < Decimal::ZERO
        || input.percent > Decimal::ONE_HUNDRED
        || input.percent.normalize().scale() > 4
    {
        let message = "Write 0 to 100 with at most four decimals.";
        wrong.push(FieldError::new("percent", "out_of_range", message));
    }
    if input.exemption_reason.is_some() && !input.percent.is_zero() {
        let message = "A reason for charging nothing goes with 0 percent.";
        wrong.push(FieldError::new("exemption_reason", "not_exempt", message));
    }
    if wrong.is_empty() { Ok(input) } else { Err(Refusal::invalid(wrong).into()) }
}

fn taken(error: Error) -> Error {
    if is_unique_violation(&error) {
        return Refusal::field("name", "taken", "There is a rate of this name already.").into();
    }
    error
}
