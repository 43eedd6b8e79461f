//! Dates and instants in the reader's zone and words.

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};

use super::{Format, Locale};
use crate::Html;
use crate::arg::Arg;
use crate::html::Tag;

/// Shown where there is no date.
const NONE: &str = "\u{2013}";

impl Format {
    /// Today, where the reader is.
    pub fn today(&self) -> Date {
        self.local(self.now).date()
    }

    /// `21 Nov 2026`; nothing is a dash.
    pub fn date(&self, date: impl Arg<Option<Date>>) -> String {
        date.value().map_or_else(|| NONE.into(), |date| self.long(date))
    }

    /// `21 Nov`, with the year when it is another one.
    pub fn date_short(&self, date: impl Arg<Option<Date>>) -> String {
        date.value().map_or_else(
            || NONE.into(),
            |date| if date.year() == self.today().year() { self.short(date) } else { self.long(date) },
        )
    }

    /// `Sat`.
    pub fn weekday(&self, date: impl Arg<Date>) -> String {
        self.locale.weekday(date.value().weekday().to_monday_zero_offset()).to_owned()
    }

    /// `14:05`, or `2:05 PM` for Americans.
    pub fn time(&self, at: impl Arg<Option<Timestamp>>) -> String {
        at.value().map_or_else(|| NONE.into(), |at| self.clock(&self.local(at)))
    }

    /// `21 Nov 2026, 14:05`.
    pub fn datetime(&self, at: impl Arg<Option<Timestamp>>) -> String {
        at.value().map_or_else(|| NONE.into(), |at| self.full(at))
    }

    /// The value of an `<input type="date">`.
    pub fn date_value(&self, date: impl Arg<Option<Date>>) -> String {
        date.value().map(|date| date.to_string()).unwrap_or_default()
    }

    /// How long ago, kept fresh by the script, with the full time on hover.
    pub fn ago(&self, at: impl Arg<Option<Timestamp>>) -> Html {
        let Some(at) = at.value() else { return Html::text(NONE) };
        Tag::new("time")
            .attr("datetime", at)
            .attr("title", self.full(at))
            .attr("data-ago", "")
            .text(self.ago_text(at))
            .into()
    }

    /// A due date in words; late ones say so and stand out.
    pub fn due(&self, date: impl Arg<Option<Date>>) -> Html {
        let Some(date) = date.value() else {
            return Tag::new("span").class("muted").text(NONE).into();
        };
        let days = (date - self.today()).get_days();
        let (text, tone) = match days {
            0 => (self.words("Today", "Heute", "Aujourd’hui").to_owned(), "due-soon"),
            1 => (self.words("Tomorrow", "Morgen", "Demain").to_owned(), "due-soon"),
            -1 => (self.words("Yesterday", "Gestern", "Hier").to_owned(), "due-late"),
            2.. => (self.date_short(date), ""),
            _ => (
                match self.locale {
                    Locale::De => format!("{} Tage überfällig", -days),
                    Locale::Fr => format!("{} jours de retard", -days),
                    _ => format!("{} days late", -days),
                },
                "due-late",
            ),
        };
        Tag::new("time").class(tone).attr("datetime", date).attr("title", self.long(date)).text(text).into()
    }

    fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone.clone())
    }

    fn full(&self, at: Timestamp) -> String {
        let local = self.local(at);
        format!("{}, {}", self.long(local.date()), self.clock(&local))
    }

    fn long(&self, date: Date) -> String {
        let (day, month, year) = (date.day(), self.locale.month(date.month()), date.year());
        match self.locale {
            Locale::EnUs => format!("{month} {day}, {year}"),
            Locale::De => format!("{day}. {month} {year}"),
            Locale::EnGb | Locale::Fr => format!("{day} {month} {year}"),
        }
    }

    fn short(&self, date: Date) -> String {
        let (day, month) = (date.day(), self.locale.month(date.month()));
        match self.locale {
            Locale::EnUs => format!("{month} {day}"),
            Locale::De => format!("{day}. {month}"),
            Locale::EnGb | Locale::Fr => format!("{day} {month}"),
        }
    }

    fn clock(&self, local: &Zoned) -> String {
        let (hour, minute) = (local.hour(), local.minute());
        match self.locale {
            Locale::EnUs => {
                let half = if hour < 12 { "AM" } else { "PM" };
                format!("{}:{minute:02}\u{202f}{half}", (hour + 11) % 12 + 1)
            }
            _ => format!("{hour:02}:{minute:02}"),
        }
    }

    fn words(&self, english: &'static str, german: &'static str, french: &'static str) -> &'static str {
        match self.locale {
            Locale::De => german,
            Locale::Fr => french,
            _ => english,
        }
    }

    fn ago_text(&self, at: Timestamp) -> String {
        let seconds = self.now.as_second() - at.as_second();
        let (n, english, german, french) = match seconds {
            i64::MIN..-45 => return self.full(at),
            -45..45 => {
                return self.words("just now", "gerade eben", "à l’instant").to_owned();
            }
            45..3_570 => ((seconds + 30) / 60, "min", "Min.", "min"),
            3_570..84_600 => ((seconds + 1_800) / 3_600, "h", "Std.", "h"),
            84_600..604_800 => {
                let days = (self.today() - self.local(at).date()).get_days();
                return match (self.locale, days) {
                    (Locale::De, ..=1) => "gestern".into(),
                    (Locale::De, n) => format!("vor {n} Tagen"),
                    (Locale::Fr, ..=1) => "hier".into(),
                    (Locale::Fr, n) => format!("il y a {n} j"),
                    (_, ..=1) => "yesterday".into(),
                    (_, n) => format!("{n} days ago"),
                };
            }
            _ => return self.date_short(self.local(at).date()),
        };
        match self.locale {
            Locale::De => format!("vor {n} {german}"),
            Locale::Fr => format!("il y a {n} {french}"),
            _ => format!("{n} {english} ago"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    fn at(tag: &str) -> Format {
        let now = "2026-11-21T23:30:00Z".parse().unwrap();
        Format::new(tag, TimeZone::fixed(jiff::tz::offset(1)), now, "EUR")
    }

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn dates_are_written_in_the_locale_s_order() {
        let day = date("2026-03-05");
        assert_eq!(at("en-GB").date(day), "5 Mar 2026");
        assert_eq!(at("en-US").date(day), "Mar 5, 2026");
        assert_eq!(at("de-AT").date(day), "5. März 2026");
        assert_eq!(at("fr").date_short(day), "5 mars");
        assert_eq!(at("en-GB").date_short(date("2025-03-05")), "5 Mar 2025");
        assert_eq!(at("en-GB").date(None::<Date>), "–");
    }

    #[test]
    fn instants_are_shown_in_the_reader_s_zone() {
        let late = instant("2026-11-21T23:05:00Z");
        assert_eq!(at("en-GB").datetime(late), "22 Nov 2026, 00:05");
        assert_eq!(at("en-US").time(late), "12:05\u{202f}AM");
        assert_eq!(at("en-GB").today(), date("2026-11-22"));
    }

    #[test]
    fn relative_time_grows_from_minutes_to_dates() {
        let text = |ago: &str| at("en-GB").ago_text(instant(ago));
        assert_eq!(text("2026-11-21T23:29:50Z"), "just now");
        assert_eq!(text("2026-11-21T23:27:00Z"), "3 min ago");
        assert_eq!(text("2026-11-21T21:30:00Z"), "2 h ago");
        assert_eq!(text("2026-11-20T22:30:00Z"), "2 days ago");
        assert_eq!(text("2026-01-02T00:00:00Z"), "2 Jan");
        assert_eq!(at("de").ago_text(instant("2026-11-21T23:27:00Z")), "vor 3 Min.");
    }

    #[test]
    fn due_dates_say_how_late_they_are() {
        let html = at("en-GB").due(date("2026-11-19")).to_string();
        assert!(html.contains("3 days late") && html.contains("due-late"), "{html}");
        assert!(at("en-GB").due(date("2026-11-23")).as_str().contains("Tomorrow"));
    }
}
