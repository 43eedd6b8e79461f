//! A duration that is read is within bounds.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|typed: &str| {
    if let Some(seconds) = rapport_web::duration_seconds(typed) {
        assert!((0..=1_000 * 3_600).contains(&seconds));
        let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        assert_eq!(rapport_web::duration_seconds(&format!("{hours}:{minutes:02}:{rest:02}")), Some(seconds));
    }
});
