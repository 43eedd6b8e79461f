//! The conventions of the languages we write numbers and dates in.

/// A way of writing numbers and dates; unknown tags read as British English.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locale {
    /// American English.
    EnUs,
    /// British English.
    #[default]
    EnGb,
    /// German.
    De,
    /// French.
    Fr,
}

const MONTHS_EN: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTHS_DE: [&str; 12] =
    ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."];
const MONTHS_FR: [&str; 12] =
    ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."];
const DAYS_EN: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const DAYS_DE: [&str; 7] = ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"];
const DAYS_FR: [&str; 7] = ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."];

impl Locale {
    /// Reads a language tag.
    pub fn parse(tag: &str) -> Self {
        let tag = tag.to_ascii_lowercase().replace('_', "-");
        match tag.as_str() {
            "en-us" | "en-ca" => Self::EnUs,
            tag if tag == "de" || tag.starts_with("de-") => Self::De,
            tag if tag == "fr" || tag.starts_with("fr-") => Self::Fr,
            _ => Self::EnGb,
        }
    }

    /// The tag for the `lang` attribute.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::EnUs => "en-US",
            Self::EnGb => "en-GB",
            Self::De => "de",
            Self::Fr => "fr",
        }
    }

    /// Between groups of three digits.
    pub const fn group(self) -> char {
        match self {
            Self::EnUs | Self::EnGb => ',',
            Self::De => '.',
            Self::Fr => '\u{202f}',
        }
    }

    /// Before the decimals.
    pub const fn decimal(self) -> char {
        match self {
            Self::EnUs | Self::EnGb => '.',
            Self::De | Self::Fr => ',',
        }
    }

    /// After a percentage.
    pub const fn percent(self) -> &'static str {
        match self {
            Self::EnUs | Self::EnGb => "%",
            Self::De => "\u{a0}%",
            Self::Fr => "\u{202f}%",
        }
    }

    /// Does the currency stand before the amount?
    pub(crate) const fn currency_first(self) -> bool {
        matches!(self, Self::EnUs | Self::EnGb)
    }

    pub(crate) fn month(self, month: i8) -> &'static str {
        let names = match self {
            Self::EnUs | Self::EnGb => &MONTHS_EN,
            Self::De => &MONTHS_DE,
            Self::Fr => &MONTHS_FR,
        };
        names[usize::try_from(month - 1).unwrap_or(0).min(11)]
    }

    /// The short name of a weekday, Monday being 0.
    pub(crate) fn weekday(self, day: i8) -> &'static str {
        let names = match self {
            Self::EnUs | Self::EnGb => &DAYS_EN,
            Self::De => &DAYS_DE,
            Self::Fr => &DAYS_FR,
        };
        names[usize::try_from(day).unwrap_or(0).min(6)]
    }
}
