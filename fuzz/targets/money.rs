//! An amount that is read is within bounds, and reads the same when it is written out again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rapport_base::{Currency, Money};

fuzz_target!(|typed: &str| {
    for code in ["EUR", "JPY", "KWD"] {
        let currency = Currency::try_new(code).expect("a currency");
        if let Some(read) = Money::parse(typed, currency) {
            assert!(read.minor.abs() <= Money::MAX_MINOR);
            assert_eq!(Money::parse(&read.plain(), currency), Some(read));
        }
    }
});
