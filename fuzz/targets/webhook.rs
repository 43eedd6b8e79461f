//! No event is taken but the one its secret signed, to the last bit; and what was signed is read in order,
//! whatever it says, and reads the same when it is worked on.
#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use rapport_gateways::stripe::{
    CheckoutSession, Customer, Event, PaymentIntent, Refund,
    webhook::{Refused, TOLERANCE, sign, verify},
};
use secrecy::SecretString;

// The first line is the header that comes with the rest.
fuzz_target!(|input: &[u8]| {
    let mut lines = input.splitn(2, |byte| *byte == b'\n');
    let header = std::str::from_utf8(lines.next().unwrap_or_default()).unwrap_or_default();
    let body = lines.next().unwrap_or_default();
    let secrets = [SecretString::from("whsec_unknown_to_the_fuzzer")];
    let now = Timestamp::UNIX_EPOCH;
    assert!(verify(body, header, &secrets, now, i64::MAX).is_err());
    assert!(verify(body, header, &[], now, i64::MAX).is_err());

    let signed = sign(body, &secrets[0], now);
    let mut other = body.to_vec();
    match other.last_mut() {
        Some(byte) => *byte ^= 1,
        None => other.push(b' '),
    }
    assert_eq!(verify(&other, &signed, &secrets, now, TOLERANCE), Err(Refused::WrongSignature));
    match verify(body, &signed, &secrets, now, TOLERANCE) {
        // The body is kept as it came, and read again by whoever works on it.
        Ok(event) => assert_eq!(serde_json::from_slice::<Event>(body).ok(), Some(event)),
        Err(refused) => assert_eq!(refused, Refused::NotAnEvent),
    }

    // What Stripe answers when it is asked for the objects that events name.
    let _ = serde_json::from_slice::<CheckoutSession>(body).map(|session| session.is_paid());
    let _ = serde_json::from_slice::<PaymentIntent>(body);
    let _ = serde_json::from_slice::<Refund>(body);
    let _ = serde_json::from_slice::<Customer>(body);
});
