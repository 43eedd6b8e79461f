//! What Stripe tells us: checked for who says it and when, before anything is believed.

use super::Event;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// How old (or how far ahead) a signature may be, in seconds.
pub const TOLERANCE: i64 = 300;

/// Why a webhook is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The header is missing its parts.
    #[error("the signature header cannot be read")]
    Malformed,
    /// No signature fits any secret.
    #[error("the signature does not fit")]
    WrongSignature,
    /// Signed too long ago, or in the future.
    #[error("the signature is too old")]
    TooOld,
    /// Signed well, but no event.
    #[error("the payload is not an event")]
    NotAnEvent,
}

/// Check the `Stripe-Signature` header against the raw body. Several secrets may be in use while
/// one is replaced, and Stripe may send several signatures. Every comparison takes constant time.
pub fn verify(
    payload: &[u8],
    header: &str,
    secrets: &[SecretString],
    now: Timestamp,
    tolerance_seconds: i64,
) -> Result<Event, Refused> {
    let mut signed_at = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", value)) => signed_at = Some(value),
            Some(("v1", value)) => signatures.extend(HEXLOWER_PERMISSIVE.decode(value.as_bytes())),
            _ => {}
        }
    }
    let signed_at = signed_at.ok_or(Refused::Malformed)?;
    let second: i64 = signed_at.parse().map_err(|_| Refused::Malformed)?;
    if signatures.is_empty() {
        return Err(Refused::Malformed);
    }
    let mut fits = false;
    for secret in secrets {
        let mac = mac(secret, signed_at, payload);
        for signature in &signatures {
            fits |= mac.clone().verify_slice(signature).is_ok();
        }
    }
    if !fits {
        return Err(Refused::WrongSignature);
    }
    if now.as_second().saturating_sub(second).saturating_abs() > tolerance_seconds {
        return Err(Refused::TooOld);
    }
    serde_json::from_slice(payload).map_err(|_| Refused::NotAnEvent)
}

/// The header Stripe would send: for whoever plays Stripe in a test or a trial.
pub fn sign(payload: &[u8], secret: &SecretString, at: Timestamp) -> String {
    let second = at.as_second().to_string();
    let tag = mac(secret, &second, payload).finalize().into_bytes();
    format!("t={second},v1={}", HEXLOWER.encode(&tag))
}

fn mac(secret: &SecretString, signed_at: &str, payload: &[u8]) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(signed_at.as_bytes());
    mac.update(b".");
    mac.update(payload);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYLOAD: &[u8] = br#"{"id":"evt_1","object":"event","type":"checkout.session.completed","created":1700000000,"livemode":false,"data":{"object":{"id":"cs_1","amount_total":1200}}}"#;
    const AT: i64 = 1_700_000_000;
    /// Made with `openssl dgst -sha256 -hmac whsec_test` over `1700000000.` and the payload.
    const SIGNATURE: &str = "5e863c8c73931e8e4fdf0466d309ca2ae5f2456e665d890c1fe2a8901442be0d";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn secrets(list: &[&str]) -> Vec<SecretString> {
        list.iter().map(|secret| SecretString::from(*secret)).collect()
    }

    fn check(payload: &[u8], header: &str, known: &[&str], now: i64) -> Result<Event, Refused> {
        verify(payload, header, &secrets(known), at(now), TOLERANCE)
    }

    #[test]
    fn a_signature_made_by_another_program_is_accepted() {
        let header = format!("t={AT},v1={SIGNATURE}");
        let event = check(PAYLOAD, &header, &["whsec_test"], AT + 10).unwrap();
        assert_eq!((event.id.as_str(), event.kind.as_str()), ("evt_1", "checkout.session.completed"));
        assert_eq!(event.created, at(AT));
        assert_eq!(event.object_id(), Some("cs_1"));
        assert_eq!(sign(PAYLOAD, &"whsec_test".into(), at(AT)), header);
    }

    #[test]
    fn one_of_several_signatures_and_secrets_is_enough() {
        let other = "0".repeat(64);
        let header = format!("t={AT},v1={other}, v1={SIGNATURE},v0=abc");
        assert!(check(PAYLOAD, &header, &["whsec_new", "whsec_test"], AT).is_ok());
    }

    #[test]
    fn what_was_changed_or_signed_by_another_is_refused() {
        let header = format!("t={AT},v1={SIGNATURE}");
        let changed = String::from_utf8_lossy(PAYLOAD).replace("1200", "1");
        let later = format!("t={},v1={SIGNATURE}", AT + 1);
        let wrong = Err(Refused::WrongSignature);
        assert_eq!(check(changed.as_bytes(), &header, &["whsec_test"], AT), wrong);
        assert_eq!(check(PAYLOAD, &header, &["whsec_other"], AT), wrong);
        assert_eq!(check(PAYLOAD, &header, &[], AT), wrong);
        assert_eq!(check(PAYLOAD, &later, &["whsec_test"], AT), wrong);
        let only_old_scheme = format!("t={AT},v0={SIGNATURE}");
        let malformed = Err(Refused::Malformed);
        assert_eq!(check(PAYLOAD, &only_old_scheme, &["whsec_test"], AT), malformed);
        for header in ["", "t=,v1=00", "v1=00", "t=1", "t=1,v1=0", "t=1,v1=zz", "t=1,v1=é"] {
            assert_eq!(check(PAYLOAD, header, &["whsec_test"], AT), malformed, "{header:?}");
        }
    }

    #[test]
    fn an_old_signature_and_one_from_the_future_are_refused() {
        let header = format!("t={AT},v1={SIGNATURE}");
        assert!(check(PAYLOAD, &header, &["whsec_test"], AT + 300).is_ok());
        assert_eq!(check(PAYLOAD, &header, &["whsec_test"], AT + 301), Err(Refused::TooOld));
        assert_eq!(check(PAYLOAD, &header, &["whsec_test"], AT - 301), Err(Refused::TooOld));
    }

    #[test]
    fn a_signed_payload_that_is_no_event_is_refused() {
        let header = sign(b"{}", &"whsec_test".into(), at(AT));
        assert_eq!(check(b"{}", &header, &["whsec_test"], AT), Err(Refused::NotAnEvent));
    }
}
