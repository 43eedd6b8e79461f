//! Phone numbers: kept as E.164, shown by country.

use serde::{Deserialize, Serialize};

/// A phone number in E.164: `+442071838750`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, example = "+442071838750")]
pub struct Phone(String);

impl Phone {
    /// Reads a number as people write it; without `+` it is read as one of `country` (ISO 3166, `GB`).
    #[must_use]
    pub fn try_new(text: &str, country: Option<&str>) -> Option<Self> {
        let country = country.and_then(|code| code.parse::<phonenumber::country::Id>().ok());
        let number = phonenumber::parse(country, text.trim()).ok()?;
        phonenumber::is_valid(&number)
            .then(|| Self(number.format().mode(phonenumber::Mode::E164).to_string()))
    }
    /// E.164.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// With the spaces its country uses, in international form.
    #[must_use]
    pub fn display(e164: &str) -> String {
        phonenumber::parse(None, e164).map_or_else(
            |_| e164.to_owned(),
            |n| n.format().mode(phonenumber::Mode::International).to_string(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Phone;

    #[test]
    fn a_number_is_kept_as_e164_whatever_way_it_was_written() {
        for written in ["+44 20 7183 8750", "020 7183 8750", "(020) 7183-8750"] {
            assert_eq!(Phone::try_new(written, Some("GB")).unwrap().as_str(), "+442071838750", "{written}");
        }
        assert_eq!(Phone::display("+442071838750"), "+44 20 7183 8750");
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for bad in ["", "12", "call me", "+999 12345678"] {
            assert!(Phone::try_new(bad, Some("GB")).is_none(), "{bad}");
        }
    }
}
