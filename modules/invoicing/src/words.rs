//! Figures on their way out.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

/// A decimal as a JSON number: 1.5, not "1.50".
pub(crate) fn number<S: Serializer>(value: &Decimal, to: S) -> Result<S::Ok, S::Error> {
    let value = value.normalize();
    match value.to_string().parse::<serde_json::Number>() {
        Ok(number) => number.serialize(to),
        Err(_) => to.serialize_str(&value.to_string()),
    }
}

/// As [`number`], or null.
pub(crate) fn maybe_number<S: Serializer>(value: &Option<Decimal>, to: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => number(value, to),
        None => to.serialize_none(),
    }
}

/// A quantity as people read it: hours as `7:30`, all else without surplus zeros.
pub(crate) fn quantity(value: Decimal, unit: &str) -> String {
    let minutes = (value * Decimal::from(60)).round();
    let whole_minutes = (value * Decimal::from(60) - minutes).abs() < Decimal::new(1, 3);
    if unit == "h" && whole_minutes && !value.fract().is_zero() {
        let minutes = rapport_base::money::round_half_up(minutes).unwrap_or_default();
        return format!("{}:{:02}", minutes / 60, minutes % 60);
    }
    value.normalize().to_string()
}

/// A decimal as people type it: with a point or a comma, or as `1:30`.
pub(crate) fn decimal(typed: &str) -> Option<Decimal> {
    if let Some((hours, minutes)) = typed.split_once(':') {
        let (hours, minutes): (i64, i64) = (hours.trim().parse().ok()?, minutes.trim().parse().ok()?);
        let whole = (0..1_000_000).contains(&hours) && (0..60).contains(&minutes);
        return whole.then(|| (Decimal::from(hours * 60 + minutes) / Decimal::from(60)).round_dp(6));
    }
    typed.trim().replace(',', ".").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_as_people_type_them() {
        for (typed, value) in [("1,5", "1.5"), ("1:30", "1.5"), ("2", "2"), ("1:20", "1.333333")] {
            assert_eq!(decimal(typed).map(|d| d.normalize().to_string()).as_deref(), Some(value), "{typed}");
        }
        assert!(decimal("x").is_none() && decimal("1:75").is_none() && decimal("-1:10").is_none());
    }

    #[test]
    fn hours_read_as_hours_and_minutes_where_they_are_whole_minutes() {
        for (value, unit, shown) in [
            ("1.333333", "h", "1:20"),
            ("8.000000", "h", "8"),
            ("0.5", "h", "0:30"),
            ("1.00028", "h", "1.00028"),
            ("2.50", "pcs", "2.5"),
        ] {
            assert_eq!(quantity(value.parse().unwrap(), unit), shown, "{value} {unit}");
        }
    }
}
