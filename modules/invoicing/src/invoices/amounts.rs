//! The arithmetic of invoices: every amount that is stored, shown, printed and charged comes from here.
//!
//! Each line rounds half-up to whole minor units. A discount on the whole invoice is spread
//! over the lines by largest remainder, and tax is reckoned on what is left. Tax is rounded
//! per line, or once per rate over the invoice and then shared out to the lines by largest
//! remainder, so that the lines always add up to the summary and the summary to the total.

use rapport_base::{Money, money};
use rust_decimal::Decimal;
use uuid::Uuid;

/// What a line is reckoned from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Given {
    pub quantity: Decimal,
    pub unit_price_cents: i64,
    pub discount_percent: Decimal,
    pub taxes: Vec<Tax>,
}

/// A tax on a line, as it was when it was chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tax {
    pub rate_id: Option<Uuid>,
    pub name: String,
    pub percent: Decimal,
    /// Reckoned on the taxes before it too.
    pub is_compound: bool,
    pub exemption_reason: Option<String>,
}

/// How an invoice is reckoned; stored with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    pub prices_include_tax: bool,
    pub rounding: Rounding,
}

/// Where tax is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounding {
    Line,
    Invoice,
}

impl Rounding {
    pub(crate) fn parse(text: &str) -> Self {
        if text == "invoice" { Self::Invoice } else { Self::Line }
    }
}

/// A line reckoned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reckoned {
    pub discount_cents: i64,
    pub amount_cents: i64,
    pub tax_cents: i64,
    /// Base and tax of each tax, in the order given.
    pub taxes: Vec<(i64, i64)>,
}

/// A row of the tax summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    pub name: String,
    pub percent: Decimal,
    pub exemption_reason: Option<String>,
    pub base_cents: i64,
    pub tax_cents: i64,
}

/// A whole invoice reckoned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Totals {
    pub lines: Vec<Reckoned>,
    pub summary: Vec<Summary>,
    pub subtotal_cents: i64,
    pub discount_cents: i64,
    pub tax_cents: i64,
    pub total_cents: i64,
}

/// Why an invoice cannot be reckoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// A line, by its place, is larger than the house takes.
    TooLarge(usize),
    /// The whole is larger than the house takes.
    TotalTooLarge,
    /// The discount is more than the lines come to.
    DiscountTooLarge,
    /// The lines come to less than nothing.
    Negative,
}

/// Reckons an invoice.
pub(crate) fn reckon(given: &[Given], discount_cents: i64, policy: Policy) -> Result<Totals, Wrong> {
    let mut lines = Vec::with_capacity(given.len());
    for (at, line) in given.iter().enumerate() {
        lines.push(line_amount(line).ok_or(Wrong::TooLarge(at))?);
    }
    let subtotal: i64 = lines.iter().map(|line| line.amount_cents).sum();
    if subtotal < 0 {
        return Err(Wrong::Negative);
    }
    if subtotal > Money::MAX_MINOR {
        return Err(Wrong::TotalTooLarge);
    }
    if discount_cents > subtotal || discount_cents < 0 {
        return Err(Wrong::DiscountTooLarge);
    }
    let weights: Vec<u64> = lines.iter().map(|line| u64::try_from(line.amount_cents).unwrap_or(0)).collect();
    let shares = money::split(discount_cents, &weights);
    let mut exact = Vec::with_capacity(given.len());
    for (at, line) in given.iter().enumerate() {
        exact
            .push(exact_taxes(line, lines[at].amount_cents - shares[at], policy).ok_or(Wrong::TooLarge(at))?);
    }
    let taxes = match policy.rounding {
        Rounding::Line => exact
            .iter()
            .map(|line| round_line(line, policy))
            .collect::<Option<Vec<_>>>()
            .ok_or(Wrong::TotalTooLarge)?,
        Rounding::Invoice => round_over_all(given, &exact).ok_or(Wrong::TotalTooLarge)?,
    };
    for (at, taxes) in taxes.into_iter().enumerate() {
        let of_line: i64 = taxes.iter().sum();
        let left = lines[at].amount_cents - shares[at];
        let net = if policy.prices_include_tax { left - of_line } else { left };
        let mut before = 0;
        for (tax, cents) in given[at].taxes.iter().zip(taxes) {
            lines[at].taxes.push((if tax.is_compound { net + before } else { net }, cents));
            before += cents;
        }
        lines[at].tax_cents = of_line;
    }
    let tax: i64 = lines.iter().map(|line| line.tax_cents).sum();
    let total = subtotal - discount_cents + if policy.prices_include_tax { 0 } else { tax };
    if tax < 0 || total < 0 {
        return Err(Wrong::Negative);
    }
    if total > Money::MAX_MINOR {
        return Err(Wrong::TotalTooLarge);
    }
    Ok(Totals {
        summary: summary(given, &lines),
        lines,
        subtotal_cents: subtotal,
        discount_cents,
        tax_cents: tax,
        total_cents: total,
    })
}

fn line_amount(line: &Given) -> Option<Reckoned> {
    let gross = money::round_half_up(line.quantity.checked_mul(line.unit_price_cents.into())?)?;
    let gross = Some(gross).filter(|gross| gross.abs() <= Money::MAX_MINOR)?;
    let discount = money::round_half_up(Decimal::from(gross) * line.discount_percent / Decimal::ONE_HUNDRED)?;
    Some(Reckoned {
        discount_cents: discount,
        amount_cents: gross - discount,
        tax_cents: 0,
        taxes: Vec::new(),
    })
}

/// The taxes of a line before any rounding.
fn exact_taxes(line: &Given, left: i64, policy: Policy) -> Option<Vec<Decimal>> {
    let mut parts = Vec::with_capacity(line.taxes.len());
    let mut whole = Decimal::ONE;
    for tax in &line.taxes {
        let base = if tax.is_compound { whole } else { Decimal::ONE };
        let part = base.checked_mul(tax.percent / Decimal::ONE_HUNDRED)?;
        parts.push(part);
        whole = whole.checked_add(part)?;
    }
    let left = Decimal::from(left);
    parts
        .into_iter()
        .map(|part| {
            let tax = left.checked_mul(part)?;
            if policy.prices_include_tax { tax.checked_div(whole) } else { Some(tax) }
        })
        .collect()
}

fn round_line(exact: &[Decimal], policy: Policy) -> Option<Vec<i64>> {
    if policy.prices_include_tax {
        // Net and tax must add up to what was typed, so the sum is rounded and shared out.
        return Some(apportion(money::round_half_up(exact.iter().sum())?, exact));
    }
    exact.iter().map(|tax| money::round_half_up(*tax)).collect()
}

fn round_over_all(given: &[Given], exact: &[Vec<Decimal>]) -> Option<Vec<Vec<i64>>> {
    let mut rounded: Vec<Vec<i64>> = exact.iter().map(|line| vec![0; line.len()]).collect();
    let mut groups: Vec<(&Tax, Vec<(usize, usize)>)> = Vec::new();
    for (at, line) in given.iter().enumerate() {
        for (place, tax) in line.taxes.iter().enumerate() {
            match groups.iter_mut().find(|(known, _)| same(known, tax)) {
                Some((_, members)) => members.push((at, place)),
                None => groups.push((tax, vec![(at, place)])),
            }
        }
    }
    for (_, members) in groups {
        let parts: Vec<Decimal> = members.iter().map(|(at, place)| exact[*at][*place]).collect();
        let total = money::round_half_up(parts.iter().sum())?;
        for ((at, place), cents) in members.into_iter().zip(apportion(total, &parts)) {
            rounded[at][place] = cents;
        }
    }
    Some(rounded)
}

fn same(a: &Tax, b: &Tax) -> bool {
    a.name == b.name && a.percent == b.percent && a.exemption_reason == b.exemption_reason
}

/// Whole numbers near the parts that add up to `total`, which is their rounded sum.
fn apportion(total: i64, parts: &[Decimal]) -> Vec<i64> {
    let mut whole: Vec<i64> =
        parts.iter().map(|part| money::round_half_up(part.floor()).unwrap_or_default()).collect();
    let left = total - whole.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|a, b| {
        let rest = |at: usize| parts[at] - parts[at].floor();
        rest(*b).cmp(&rest(*a)).then(a.cmp(b))
    });
    for at in order.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        whole[at] += 1;
    }
    whole
}

fn summary(given: &[Given], lines: &[Reckoned]) -> Vec<Summary> {
    let mut rows: Vec<Summary> = Vec::new();
    for (line, reckoned) in given.iter().zip(lines) {
        for (tax, (base, cents)) in line.taxes.iter().zip(&reckoned.taxes) {
            let known = rows.iter_mut().find(|row| {
                row.name == tax.name
                    && row.percent == tax.percent
                    && row.exemption_reason == tax.exemption_reason
            });
            match known {
                Some(row) => {
                    row.base_cents += base;
                    row.tax_cents += cents;
                }
                None => rows.push(Summary {
                    name: tax.name.clone(),
                    percent: tax.percent,
                    exemption_reason: tax.exemption_reason.clone(),
                    base_cents: *base,
                    tax_cents: *cents,
                }),
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EXCLUSIVE: Policy = Policy { prices_include_tax: false, rounding: Rounding::Line };

    fn tax(name: &str, percent: &str) -> Tax {
        Tax { name: name.into(), percent: percent.parse().unwrap(), ..Tax::default() }
    }

    fn line(quantity: &str, unit_price_cents: i64, taxes: &[Tax]) -> Given {
        Given {
            quantity: quantity.parse().unwrap(),
            unit_price_cents,
            discount_percent: Decimal::ZERO,
            taxes: taxes.to_vec(),
        }
    }

    #[test]
    fn a_line_is_quantity_by_price_rounded_half_up_less_its_discount() {
        let mut third = line("1.5", 33, &[]);
        let totals = reckon(std::slice::from_ref(&third), 0, EXCLUSIVE).unwrap();
        assert_eq!((totals.subtotal_cents, totals.total_cents), (50, 50));
        third.discount_percent = "12.5".parse().unwrap();
        let totals = reckon(&[third], 0, EXCLUSIVE).unwrap();
        assert_eq!((totals.lines[0].discount_cents, totals.lines[0].amount_cents), (6, 44));
    }

    #[test]
    fn tax_per_line_and_tax_per_invoice_round_at_different_places() {
        let three = vec![line("1", 105, &[tax("VAT", "10")]); 3];
        let per_line = reckon(&three, 0, EXCLUSIVE).unwrap();
        assert_eq!((per_line.tax_cents, per_line.total_cents), (33, 348));
        let policy = Policy { rounding: Rounding::Invoice, ..EXCLUSIVE };
        let per_invoice = reckon(&three, 0, policy).unwrap();
        assert_eq!((per_invoice.tax_cents, per_invoice.total_cents), (32, 347));
        assert_eq!(per_invoice.lines.iter().map(|l| l.tax_cents).collect::<Vec<_>>(), [11, 11, 10]);
    }

    #[test]
    fn a_compound_tax_is_reckoned_on_the_taxes_before_it() {
        let compound = Tax { is_compound: true, ..tax("QST", "10") };
        let totals = reckon(&[line("1", 10_000, &[tax("GST", "5"), compound])], 0, EXCLUSIVE).unwrap();
        assert_eq!(totals.lines[0].taxes, [(10_000, 500), (10_500, 1_050)]);
        assert_eq!(totals.total_cents, 11_550);
    }

    #[test]
    fn prices_with_tax_stay_what_was_typed() {
        let policy = Policy { prices_include_tax: true, ..EXCLUSIVE };
        let totals = reckon(&[line("1", 11_900, &[tax("VAT", "19")])], 0, policy).unwrap();
        assert_eq!((totals.subtotal_cents, totals.tax_cents, totals.total_cents), (11_900, 1_900, 11_900));
        assert_eq!(totals.summary[0].base_cents, 10_000);
    }

    #[test]
    fn a_discount_on_the_whole_lowers_the_tax_of_each_rate_in_proportion() {
        let lines = [line("1", 10_000, &[tax("VAT", "20")]), line("1", 5_000, &[tax("VAT", "10")])];
        let totals = reckon(&lines, 3_000, EXCLUSIVE).unwrap();
        assert_eq!(totals.summary.iter().map(|s| s.base_cents).collect::<Vec<_>>(), [8_000, 4_000]);
        assert_eq!((totals.tax_cents, totals.total_cents), (1_600 + 400, 12_000 + 2_000));
    }

    #[test]
    fn what_cannot_be_billed_is_refused() {
        let too_large = line("1000000", Money::MAX_MINOR, &[]);
        assert_eq!(reckon(&[line("1", 1, &[]), too_large], 0, EXCLUSIVE), Err(Wrong::TooLarge(1)));
        assert_eq!(reckon(&[line("1", 100, &[])], 101, EXCLUSIVE), Err(Wrong::DiscountTooLarge));
        assert_eq!(reckon(&[line("1", -100, &[])], 0, EXCLUSIVE), Err(Wrong::Negative));
        assert_eq!(reckon(&[], 0, EXCLUSIVE).unwrap().total_cents, 0);
    }

    fn any_line() -> impl Strategy<Value = Given> {
        let taxes = prop::collection::vec((0u32..3, 0u32..3_000, any::<bool>()), 0..3);
        (1i64..5_000_000, 0i64..1_000_000, 0i64..10_000, taxes).prop_map(
            |(quantity, price, discount, taxes)| Given {
                quantity: Decimal::new(quantity, 4),
                unit_price_cents: price,
                discount_percent: Decimal::new(discount, 2),
                taxes: taxes
                    .into_iter()
                    .map(|(name, percent, is_compound)| Tax {
                        name: format!("T{name}"),
                        percent: Decimal::new(percent.into(), 2),
                        is_compound,
                        ..Tax::default()
                    })
                    .collect(),
            },
        )
    }

    proptest! {
        #[test]
        fn every_sum_on_the_invoice_adds_up_to_the_cent(
            lines in prop::collection::vec(any_line(), 0..12),
            part in 0i64..=100,
            prices_include_tax in any::<bool>(),
            per_invoice in any::<bool>(),
        ) {
            let rounding = if per_invoice { Rounding::Invoice } else { Rounding::Line };
            let policy = Policy { prices_include_tax, rounding };
            let subtotal = reckon(&lines, 0, policy).unwrap().subtotal_cents;
            let totals = reckon(&lines, subtotal * part / 100, policy).unwrap();
            prop_assert_eq!(totals.lines.iter().map(|l| l.amount_cents).sum::<i64>(), totals.subtotal_cents);
            prop_assert_eq!(totals.lines.iter().map(|l| l.tax_cents).sum::<i64>(), totals.tax_cents);
            prop_assert_eq!(totals.summary.iter().map(|s| s.tax_cents).sum::<i64>(), totals.tax_cents);
            for (given, line) in lines.iter().zip(&totals.lines) {
                prop_assert_eq!(line.taxes.iter().map(|(_, tax)| tax).sum::<i64>(), line.tax_cents);
                prop_assert_eq!(given.taxes.len(), line.taxes.len());
                prop_assert!(line.amount_cents >= 0 && line.discount_cents >= 0);
            }
            let added = if prices_include_tax { 0 } else { totals.tax_cents };
            prop_assert_eq!(totals.total_cents, totals.subtotal_cents - totals.discount_cents + added);
        }

        #[test]
        fn one_rate_over_the_invoice_is_the_exact_tax_rounded_once(
            prices in prop::collection::vec(0i64..10_000_000, 1..20),
            percent in 0i64..3_000,
        ) {
            let rate = Tax { name: "VAT".into(), percent: Decimal::new(percent, 2), ..Tax::default() };
            let lines: Vec<Given> = prices.iter().map(|p| line("1", *p, std::slice::from_ref(&rate))).collect();
            let policy = Policy { rounding: Rounding::Invoice, ..EXCLUSIVE };
            let totals = reckon(&lines, 0, policy).unwrap();
            let exact = i128::from(prices.iter().sum::<i64>()) * i128::from(percent);
            prop_assert_eq!(i128::from(totals.tax_cents), (exact + 5_000).div_euclid(10_000));
        }

        #[test]
        fn prices_with_tax_give_back_the_net_price_of_prices_without(net in 0i64..100_000_000, percent in 0i64..5_000) {
            let rate = Tax { name: "VAT".into(), percent: Decimal::new(percent, 2), ..Tax::default() };
            let without = reckon(&[line("1", net, std::slice::from_ref(&rate))], 0, EXCLUSIVE).unwrap();
            let policy = Policy { prices_include_tax: true, ..EXCLUSIVE };
            let with = reckon(&[line("1", without.total_cents, &[rate])], 0, policy).unwrap();
            prop_assert!((with.summary[0].base_cents - net).abs() <= 1);
            prop_assert_eq!(with.total_cents, without.total_cents);
        }
    }
}
