//! From what was typed to the lines of a draft.

use rapport_base::{FieldError, Refusal, Result, text};
use rust_decimal::Decimal;

use super::{
    Line, LineId, LineInput, LineTax,
    amounts::{Given, Policy, Rounding, Tax, Totals, Wrong, reckon},
    lines::DraftLine,
};
use crate::tax_rates::TaxRate;

/// Lines an invoice may have.
pub(crate) const MOST: usize = 500;

/// Lines a person typed, checked; errors stand beside `lines.{n}.{field}`.
pub(crate) fn lines(
    inputs: &[LineInput],
    rates: &[TaxRate],
    known: &[(Line, Vec<LineTax>)],
) -> Result<Vec<DraftLine>> {
    if inputs.len() > MOST {
        return Err(Refusal::field("lines", "too_many", "An invoice has at most 500 lines.").into());
    }
    let (mut drafts, mut wrong) = (Vec::with_capacity(inputs.len()), Vec::new());
    for (at, input) in inputs.iter().enumerate() {
        let mut blame = |field: &str, code: &'static str, message: &str| {
            wrong.push(FieldError::new(format!("lines.{at}.{field}"), code, message));
        };
        let was = input.id.map(|id| known.iter().find(|(line, _)| line.id == id));
        if was.is_some_and(|found| found.is_none())
            || input.id.is_some() && inputs[..at].iter().any(|other| other.id == input.id)
        {
            blame("id", "unknown", "This line is not on the invoice.");
        }
        let was = was.flatten();
        let description = text::clean(&input.description).unwrap_or_default();
        if description.is_empty() {
            blame("description", "required", "Say what it is for.");
        }
        let quantity = input.quantity.unwrap_or(Decimal::ONE).normalize();
        if quantity < Decimal::ZERO || quantity.scale() > 6 || quantity >= Decimal::from(10_000_000_000_i64) {
            blame("quantity", "out_of_range", "Write a quantity of 0 or more with at most six decimals.");
        }
        let discount = input.discount_percent.unwrap_or_default().normalize();
        if discount < Decimal::ZERO || discount > Decimal::ONE_HUNDRED || discount.scale() > 4 {
            blame("discount_percent", "out_of_range", "Write 0 to 100 percent.");
        }
        let mut taxes: Vec<Tax> = Vec::new();
        for id in input.rates() {
            // A rate that was taken out of use stays on lines that have it.
            let kept = was.and_then(|(_, taxes)| taxes.iter().find(|tax| tax.tax_rate_id == Some(id)));
            match (kept, rates.iter().find(|rate| rate.id == id)) {
                (_, Some(_)) | (Some(_), _) if taxes.iter().any(|tax| tax.rate_id == Some(id.uuid())) => {}
                (Some(kept), _) => taxes.push(copied(kept)),
                (None, Some(rate)) => taxes.push(rate.tax()),
                (None, None) => blame("tax_rate_id", "unknown", "Choose one of the tax rates."),
            }
        }
        drafts.push(DraftLine {
            id: input.id.unwrap_or_else(LineId::new),
            description,
            detail: input.detail.as_deref().and_then(text::clean).unwrap_or_default(),
            quantity,
            unit: input.unit.as_deref().and_then(text::clean_line).unwrap_or_default(),
            unit_price_cents: input.unit_price_cents,
            discount_percent: discount,
            taxes,
            source_kind: was.map_or_else(|| "free".into(), |(line, _)| line.source_kind.clone()),
            project_id: input.project_id.or(was.and_then(|(line, _)| line.project_id)),
        });
    }
    if wrong.is_empty() { Ok(drafts) } else { Err(Refusal::invalid(wrong).into()) }
}

/// A tax as a line has it.
pub(crate) fn copied(tax: &LineTax) -> Tax {
    Tax {
        rate_id: tax.tax_rate_id.map(Into::into),
        name: tax.name.clone(),
        percent: tax.percent,
        is_compound: tax.is_compound,
        exemption_reason: tax.exemption_reason.clone(),
    }
}

/// The lines as they are, for reckoning them anew.
pub(crate) fn stored(known: &[(Line, Vec<LineTax>)]) -> Vec<DraftLine> {
    known
        .iter()
        .map(|(line, taxes)| DraftLine {
            id: line.id,
            description: line.description.clone(),
            detail: line.detail.clone(),
            quantity: line.quantity,
            unit: line.unit.clone(),
            unit_price_cents: line.unit_price_cents,
            discount_percent: line.discount_percent,
            taxes: taxes.iter().map(copied).collect(),
            source_kind: line.source_kind.clone(),
            project_id: line.project_id,
        })
        .collect()
}

/// Reckons the lines; what is wrong stands beside its field.
pub(crate) fn totals(
    lines: &[DraftLine],
    discount_cents: i64,
    prices_include_tax: bool,
    rounding: &str,
) -> Result<Totals> {
    let given: Vec<Given> = lines.iter().map(DraftLine::given).collect();
    let policy = Policy { prices_include_tax, rounding: Rounding::parse(rounding) };
    reckon(&given, discount_cents, policy).map_err(|wrong| {
        let (field, code, message) = match wrong {
            Wrong::TooLarge(at) => (
                format!("lines.{at}.unit_price_cents"),
                "too_large",
                "This line is larger than any invoice may be.",
            ),
            Wrong::TotalTooLarge => {
                (String::new(), "too_large", "The total is larger than any invoice may be.")
            }
            Wrong::DiscountTooLarge => {
                ("discount_cents".into(), "too_large", "The discount is more than the lines come to.")
            }
            Wrong::Negative => (String::new(), "negative", "The lines come to less than nothing."),
        };
        Refusal::field(field, code, message).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_field_of_a_line_is_named_with_its_place() {
        let inputs = [
            LineInput { description: "Design".into(), unit_price_cents: 100, ..LineInput::default() },
            LineInput {
                description: "  ".into(),
                quantity: Some(Decimal::NEGATIVE_ONE),
                ..LineInput::default()
            },
        ];
        let error = lines(&inputs, &[], &[]).unwrap_err();
        let fields: Vec<&str> = error.refusal().unwrap().fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["lines.1.description", "lines.1.quantity"]);
    }

    #[test]
    fn a_line_without_a_quantity_is_one_of_it() {
        let input =
            LineInput { description: "Logo".into(), unit_price_cents: 50_000, ..LineInput::default() };
        let drafts = lines(&[input], &[], &[]).unwrap();
        let totals = totals(&drafts, 0, false, "line").unwrap();
        assert_eq!((drafts[0].source_kind.as_str(), totals.total_cents), ("free", 50_000));
    }
}
