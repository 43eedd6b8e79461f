//! HTML forms: text in, typed values or errors beside their fields out.

use std::str::FromStr;

use axum::extract::{FromRequest, Request};
use jiff::civil::{Date, Time};
use rapport_base::{Currency, Email, Error, FieldError, Kind, Money, Phone, Refusal, Result, text};
use rapport_db::App;
use rapport_ui::FormState;

use crate::{input::whole, wording};

/// A posted form, as typed.
#[derive(Clone, Debug, Default)]
pub struct Form(Vec<(String, String)>);

impl FromRequest<App> for Form {
    type Rejection = Error;
    async fn from_request(request: Request, _: &App) -> Result<Self> {
        let bytes = whole(request.into_body()).await?;
        Ok(Self::from_pairs(url::form_urlencoded::parse(&bytes).into_owned()))
    }
}

impl Form {
    /// From names and values.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().filter(|(name, _)| name != "csrf").collect())
    }
    /// The typed values, for showing the form again.
    #[must_use]
    pub fn state(&self) -> FormState {
        FormState::from_pairs(self.0.clone())
    }
    /// The typed values with the errors of a refusal beside their fields. Too many attempts are
    /// answered as such, and say when to try again.
    ///
    /// # Errors
    /// The error itself, when it is none that a form can show.
    pub fn rejected(&self, error: Error) -> Result<FormState> {
        let mut state = self.state();
        match &error {
            Error::Refusal(refusal)
                if matches!(
                    refusal.kind,
                    Kind::Invalid | Kind::Conflict | Kind::Stale | Kind::TooLarge | Kind::StorageFull
                ) =>
            {
                if refusal.fields.is_empty() {
                    state.add_error("", &refusal.message);
                }
                for field in &refusal.fields {
                    state.add_error(&field.field, &field.message);
                }
                Ok(state)
            }
            _ => Err(error),
        }
    }
    /// The first value as typed, or nothing.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str())
    }
    /// All values as typed.
    #[must_use]
    pub fn values(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect()
    }
    /// Every name and value.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
    /// Reads typed values; errors are gathered until [`Reader::finish`].
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader { form: self, errors: Vec::new() }
    }
}

/// Reads the fields of a form one by one, gathering errors.
pub struct Reader<'a> {
    form: &'a Form,
    errors: Vec<FieldError>,
}

impl Reader<'_> {
    /// Notes an error beside a field.
    pub fn error(&mut self, name: &str, code: &'static str, message: impl Into<String>) {
        self.errors.push(FieldError::new(name, code, message));
    }
    /// Cleaned text, empty when nothing was typed.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        text::clean(self.form.value(name)).unwrap_or_default()
    }
    /// Cleaned text, if any was typed.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<String> {
        text::clean(self.form.value(name))
    }
    /// Text exactly as typed (passwords).
    #[must_use]
    pub fn raw(&self, name: &str) -> String {
        self.form.value(name).to_owned()
    }
    /// Every value of a name, cleaned, without empty ones.
    #[must_use]
    pub fn list(&self, name: &str) -> Vec<String> {
        self.form.values(name).into_iter().filter_map(text::clean).collect()
    }
    /// Words separated by commas, over all values of the name.
    #[must_use]
    pub fn words(&self, name: &str) -> Vec<String> {
        self.form.values(name).into_iter().flat_map(|v| v.split(',')).filter_map(text::clean_line).collect()
    }
    /// Whether a box is ticked.
    #[must_use]
    pub fn checked(&self, name: &str) -> bool {
        matches!(self.form.value(name), "on" | "true" | "1" | "yes")
    }
    /// A value that must be there and readable: an id, a number, a date.
    pub fn required<T: FromStr>(&mut self, name: &str, message: &str) -> Option<T> {
        let value = self.parse(name, message);
        if value.is_none() && self.form.value(name).trim().is_empty() {
            self.error(name, "required", message);
        }
        value
    }
    /// A value that may be left empty, but must be readable when it is not.
    pub fn parse<T: FromStr>(&mut self, name: &str, message: &str) -> Option<T> {
        let typed = self.form.value(name).trim();
        if typed.is_empty() {
            return None;
        }
        let value = typed.parse().ok();
        if value.is_none() {
            self.error(name, "invalid", message);
        }
        value
    }
    /// Every value of a name, readable.
    pub fn parse_all<T: FromStr>(&mut self, name: &str, message: &str) -> Vec<T> {
        let (mut good, mut bad) = (Vec::new(), false);
        for typed in self.form.values(name).into_iter().filter(|v| !v.trim().is_empty()) {
            match typed.trim().parse() {
                Ok(value) => good.push(value),
                Err(_) => bad = true,
            }
        }
        if bad {
            self.error(name, "invalid", message);
        }
        good
    }
    /// A date, if one was typed.
    pub fn date(&mut self, name: &str) -> Option<Date> {
        let day: Date = self.parse(name, "Write a date, such as 2026-11-21.")?;
        if !wording::plausible(day) {
            self.error(name, "out_of_range", wording::OUTSIDE_CALENDAR);
            return None;
        }
        Some(day)
    }
    /// A time of day, if one was typed.
    pub fn time(&mut self, name: &str) -> Option<Time> {
        self.parse(name, "Write a time, such as 09:30.")
    }
    /// An amount in minor units, if one was typed.
    pub fn money(&mut self, name: &str, currency: Currency) -> Option<i64> {
        let typed = self.form.value(name).trim();
        if typed.is_empty() {
            return None;
        }
        let money = Money::parse(typed, currency);
        if money.is_none() {
            self.error(name, "invalid", "Write an amount, such as 1250.00.");
        }
        money.map(|money| money.minor)
    }
    /// A decimal number, with a point or comma, if one was typed.
    pub fn decimal(&mut self, name: &str) -> Option<rust_decimal::Decimal> {
        let typed = self.form.value(name).trim().replace(',', ".");
        if typed.is_empty() {
            return None;
        }
        let value = typed.parse().ok();
        if value.is_none() {
            self.error(name, "invalid", "Write a number, such as 1.5.");
        }
        value
    }
    /// An e-mail address, if one was typed.
    pub fn email(&mut self, name: &str) -> Option<Email> {
        let typed = self.form.value(name).trim();
        if typed.is_empty() {
            return None;
        }
        let email = Email::try_new(typed);
        if email.is_none() {
            self.error(name, "invalid", "Write an e-mail address, such as ada@example.com.");
        }
        email
    }
    /// A phone number, if one was typed.
    pub fn phone(&mut self, name: &str, country: Option<&str>) -> Option<Phone> {
        let typed = self.form.value(name).trim();
        if typed.is_empty() {
            return None;
        }
        let phone = Phone::try_new(typed, country);
        if phone.is_none() {
            self.error(name, "invalid", "Write a phone number with its country, such as +44 20 7183 8750.");
        }
        phone
    }
    /// A length of time in seconds: `1:30`, `1.5`, `90m`, `1h 30m`.
    pub fn duration(&mut self, name: &str) -> Option<i64> {
        let typed = self.form.value(name).trim();
        if typed.is_empty() {
            return None;
        }
        let seconds = duration_seconds(typed);
        if seconds.is_none() {
            self.error(name, "invalid", "Write a duration, such as 1:30, 1.5 or 90m.");
        }
        seconds
    }
    /// Ends the reading.
    ///
    /// # Errors
    /// Invalid with every error that was noted.
    pub fn finish(self) -> Result<()> {
        if self.errors.is_empty() { Ok(()) } else { Err(Refusal::invalid(self.errors).into()) }
    }
}

/// Reads a length of time as people type it, in seconds: `1:30` (h:mm), `1:30:15`, `1.5` or `1,5` (hours),
/// `90m`, `1h`, `1h 30m`, `45s`. `None` for anything else or above 1,000 hours.
#[must_use]
pub fn duration_seconds(typed: &str) -> Option<i64> {
    const MAX: i64 = 1_000 * 3_600;
    let typed = typed.trim().to_ascii_lowercase();
    let seconds = if typed.contains(':') {
        let parts: Vec<i64> =
            typed.split(':').map(|p| p.parse::<u32>().ok().map(i64::from)).collect::<Option<_>>()?;
        match parts[..] {
            [h, m] if m < 60 => h * 3_600 + m * 60,
            [h, m, s] if m < 60 && s < 60 => h * 3_600 + m * 60 + s,
            _ => return None,
        }
    } else if typed.ends_with(['h', 'm', 's']) {
        let mut total = rust_decimal::Decimal::ZERO;
        let mut digits = String::new();
        for c in typed.chars().filter(|c| !c.is_whitespace()) {
            let unit: i64 = match c {
                'h' => 3_600,
                'm' => 60,
                's' => 1,
                c => {
                    digits.push(if c == ',' { '.' } else { c });
                    continue;
                }
            };
            let number: rust_decimal::Decimal = digits.parse().ok()?;
            total = total.checked_add(number.checked_mul(unit.into())?)?;
            digits.clear();
        }
        rapport_base::money::round_half_up(total)?
    } else {
        let hours: rust_decimal::Decimal = typed.replace(',', ".").parse().ok()?;
        rapport_base::money::round_half_up(hours.checked_mul(3_600.into())?)?
    };
    (0..=MAX).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_type_them() {
        for (typed, seconds) in [
            ("1:30", 5_400),
            ("0:05", 300),
            ("1.5", 5_400),
            ("1,5", 5_400),
            ("90m", 5_400),
            ("1h 30m", 5_400),
            ("2h", 7_200),
            ("45s", 45),
            ("1:00:01", 3_601),
            ("8", 28_800),
            (" 1H30M ", 5_400),
        ] {
            assert_eq!(duration_seconds(typed), Some(seconds), "{typed}");
        }
        for bad in ["", "1:75", "abc", "-1", "1:", "h", "1h x", "99999", "1e9h", "::"] {
            assert_eq!(duration_seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn errors_of_all_fields_are_gathered_and_nothing_typed_is_lost() {
        let form = Form::from_pairs(
            [("email", "nope"), ("amount", "1.x"), ("name", " Ada ")].map(|(a, b)| (a.into(), b.into())),
        );
        let mut reader = form.reader();
        assert_eq!(reader.text("name"), "Ada");
        assert_eq!(reader.email("email"), None);
        assert_eq!(reader.money("amount", Currency::try_new("EUR").unwrap()), None);
        let state = form.rejected(reader.finish().unwrap_err()).unwrap();
        assert!(state.error("email").is_some() && state.error("amount").is_some());
        assert_eq!(state.value("email"), "nope");
    }
}
