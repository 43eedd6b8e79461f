//! How money is shared out.

use rapport_base::{Currency, money};
use rust_decimal::Decimal;

/// What an amount adds to a client's revenue, which is kept in the client's currency: nothing
/// when no rate between the two is known. `rate` is to the currency of the workspace, `home`.
pub(crate) fn revenue(
    cents: i64,
    paid_in: Currency,
    clients: Currency,
    home: Currency,
    rate: Option<Decimal>,
) -> i64 {
    if paid_in == clients {
        return cents;
    }
    let Some(rate) = rate.filter(|_| clients == home) else { return 0 };
    let exponents = i64::from(home.exponent()) - i64::from(paid_in.exponent());
    let scale = Decimal::from(10_i64.pow(u32::try_from(exponents.abs()).unwrap_or(0)));
    let exact = Decimal::from(cents) * rate;
    money::round_half_up(if exponents >= 0 { exact * scale } else { exact / scale }).unwrap_or_default()
}

/// What a refund takes from where: first from credit, then from the invoices paid last.
/// Each pair is the place of an allocation and what it loses.
pub(crate) fn take_back(amount: i64, unapplied: i64, allocations: &[i64]) -> Vec<(usize, i64)> {
    let mut left = (amount - unapplied.max(0)).max(0);
    let mut taken = Vec::new();
    for (at, cents) in allocations.iter().enumerate().rev() {
        let part = left.min(*cents);
        if part > 0 {
            taken.push((at, part));
            left -= part;
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::try_new(code).unwrap()
    }

    #[test]
    fn revenue_is_kept_in_the_currency_of_the_client() {
        let (eur, usd, jpy) = (currency("EUR"), currency("USD"), currency("JPY"));
        let rate: Decimal = "0.9".parse().unwrap();
        assert_eq!(revenue(1_000, eur, eur, eur, None), 1_000);
        assert_eq!(revenue(1_000, usd, eur, eur, Some(rate)), 900);
        assert_eq!(revenue(1_000, jpy, eur, eur, "0.006".parse().ok()), 600);
        assert_eq!(revenue(1_000, eur, usd, eur, Some(Decimal::ONE)), 0);
        assert_eq!(revenue(1_000, usd, eur, eur, None), 0);
        assert_eq!(revenue(-1_000, usd, eur, eur, Some(rate)), -900);
    }

    #[test]
    fn a_refund_takes_credit_first_and_then_what_was_paid_last() {
        assert_eq!(take_back(300, 500, &[1_000]), []);
        assert_eq!(take_back(900, 500, &[100, 1_000]), [(1, 400)]);
        assert_eq!(take_back(1_550, 500, &[100, 1_000]), [(1, 1_000), (0, 50)]);
    }
}
