//! E-mail addresses.

use serde::{Deserialize, Serialize};

/// An address that can be written to: trimmed, domain in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, format = "email", example = "ada@northlight.example")]
pub struct Email(String);

impl Email {
    /// Reads an address; `None` when it cannot be one (HTML's rule for `<input type=email>`,
    /// with a dot in the domain, RFC 5321 lengths).
    #[must_use]
    pub fn try_new(text: &str) -> Option<Self> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@')?;
        let local_ok = (1..=64).contains(&local.len())
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c));
        let label_ok = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let domain_ok = domain.len() <= 253 && domain.contains('.') && domain.split('.').all(label_ok);
        (local_ok && domain_ok && text.len() <= 254)
            .then(|| Self(format!("{local}@{}", domain.to_lowercase())))
    }
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The form that tells whether two addresses are one account.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl std::fmt::Display for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Email {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::try_new(&text).ok_or("not an e-mail address")
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn addresses_are_read_as_a_mail_server_would_take_them() {
        for good in ["a@b.co", "  Ada.Morel+x@Example.COM ", "o'neil@sub.example.org", "jörg@exämple.de"] {
            assert!(Email::try_new(good).is_some(), "{good}");
        }
        for bad in ["", "a", "a@b", "@b.co", "a@.co", "a b@c.de", "a@b..co", ".a@b.co", "a@b.co\r\nbcc:x@y.z"]
        {
            assert!(Email::try_new(bad).is_none(), "{bad:?}");
        }
        assert_eq!(Email::try_new("Ada@Example.COM").unwrap().as_str(), "Ada@example.com");
    }
}
