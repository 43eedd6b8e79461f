//! Time as an argument: the only place that reads the machine's clock.

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp, Zoned, civil::Date, tz::TimeZone};

/// Where "now" comes from. Cheap to clone; frozen and moved by hand in tests.
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<Mutex<Timestamp>>>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still until [`Clock::advance`] or [`Clock::set`].
    #[must_use]
    pub fn frozen(at: Timestamp) -> Self {
        Self(Some(Arc::new(Mutex::new(at))))
    }

    /// The present instant, cut to microseconds, as PostgreSQL keeps it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
        let now = match &self.0 {
            None => Timestamp::now(),
            Some(at) => *at.lock().expect("no panic while the clock is held"),
        };
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// The present instant in a zone.
    #[must_use]
    pub fn zoned(&self, zone: &TimeZone) -> Zoned {
        self.now().to_zoned(zone.clone())
    }

    /// Today's date in a zone.
    #[must_use]
    pub fn today(&self, zone: &TimeZone) -> Date {
        self.zoned(zone).date()
    }

    /// Moves a frozen clock forward; the system clock does not move by hand.
    pub fn advance(&self, by: SignedDuration) {
        if let Some(at) = &self.0 {
            let mut at = at.lock().expect("no panic while the clock is held");
            *at = at.checked_add(by).unwrap_or(*at);
        }
    }

    /// Puts a frozen clock to an instant.
    pub fn set(&self, to: Timestamp) {
        if let Some(at) = &self.0 {
            *at.lock().expect("no panic while the clock is held") = to;
        }
    }
}

/// The zone of that IANA name, or UTC when the name is unknown.
#[must_use]
pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}
