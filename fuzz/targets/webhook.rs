//! No signature is guessed: whatever header comes, an event is taken only when its secret signed it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rapport_gateways::stripe::webhook::verify;

fuzz_target!(|input: (&[u8], &str)| {
    let (payload, header) = input;
    let now = jiff::Timestamp::UNIX_EPOCH;
    assert!(verify(payload, header, &["whsec_unknown_to_the_fuzzer".into()], now, i64::MAX).is_err());
    assert!(verify(payload, header, &[], now, i64::MAX).is_err());
});
