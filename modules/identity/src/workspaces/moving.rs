//! People who come with a workspace that is moved here.

use rapport_base::{Email, Refusal, Result, UserId};
use rapport_db::SystemTx;
use uuid::Uuid;

use super::rules;
use crate::users;

/// Someone who was a member where the workspace comes from.
#[derive(Clone, Debug)]
pub struct Person {
    /// E-mail address: by it one is known.
    pub email: String,
    /// Name.
    pub name: String,
    /// Language tag.
    pub locale: String,
    /// IANA time zone.
    pub timezone: String,
}

/// Who that is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The person here.
    pub user_id: UserId,
    /// Whether they had no account before.
    pub is_new: bool,
    /// Whether the account may be trusted with what the address was given: nobody has it yet, or whoever
    /// has it proved to read the address.
    pub is_theirs: bool,
}

/// The account of an address. One that is not known here gets an account without a password: whoever
/// reads the address gets in by a link. Nothing of an account that is known is changed.
///
/// # Errors
/// A refusal for what is no address or name.
pub async fn take_in(tx: &SystemTx, person: &Person) -> Result<Known> {
    let refused = |what: &str| {
        Refusal::unprocessable("import.person", format!("{what:?} is no person's address or name"))
    };
    let email = Email::try_new(&person.email).ok_or_else(|| refused(&person.email))?;
    let name = rapport_base::text::clean_line(&person.name).ok_or_else(|| refused(&person.name))?;
    let locale = if rules::is_locale(&person.locale) { person.locale.as_str() } else { "en" };
    let timezone = if rules::is_timezone(&person.timezone) { person.timezone.as_str() } else { "UTC" };
    let fresh = UserId::from(Uuid::now_v7());
    if users::store::insert(tx, fresh, &email, &name, None, false, (locale, timezone)).await? {
        return Ok(Known { user_id: fresh, is_new: true, is_theirs: true });
    }
    let (user_id, is_theirs): (UserId, bool) = tx
        .get(
            "select id, email_verified_at is not null or password_hash is null
             from identity.users where email_folded = $1",
            &[&email.folded()],
        )
        .await?;
    Ok(Known { user_id, is_new: false, is_theirs })
}

/// Why a workspace cannot have that slug, if so: a sentence.
#[must_use]
pub fn objection_to_slug(slug: &str) -> Option<&'static str> {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if slug.is_empty()
        || slug.len() > 63
        || !slug.chars().all(letters)
        || slug.starts_with('-')
        || slug.ends_with('-')
    {
        return Some("a slug is lower-case letters, digits and hyphens between them, at most 63");
    }
    rules::is_reserved(slug).then_some("this slug is kept for pages of the product")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_what_an_address_can_hold_and_no_page_of_the_product() {
        for slug in ["acme", "a", "a-1"] {
            assert_eq!(objection_to_slug(slug), None, "{slug:?}");
        }
        for slug in ["", "Acme", "a_b", "-a", "a-", "a/b", "app", "ä", &"a".repeat(64)] {
            assert!(objection_to_slug(slug).is_some(), "{slug:?}");
        }
    }
}
