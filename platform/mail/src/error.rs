//! What can go wrong, as the queue needs to tell it apart.

/// A message that cannot be built; trying again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMessage {
    /// Text that is no e-mail address.
    #[error("not an e-mail address: {0:?}")]
    Address(String),
    /// A message to nobody.
    #[error("the message has no recipient")]
    NoRecipient,
    /// A header that the message makes itself, or whose name is not a name.
    #[error("header not allowed: {0:?}")]
    Header(String),
    /// A content type that is none.
    #[error("not a content type: {0:?}")]
    ContentType(String),
}

/// An address of a mail server that makes no sense. Never holds the password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mail server address: {0}")]
pub struct BadTransport(pub(crate) String);

/// A message that did not go out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct SendError {
    /// Whether trying again later may help.
    pub temporary: bool,
    /// The server's three-digit answer, where it gave one.
    pub code: Option<u16>,
    /// For the log and the operator's eyes.
    pub detail: String,
}

impl SendError {
    /// Whether the server says that the recipient does not exist or takes no mail: the address is
    /// then put on the suppression list.
    pub fn is_bad_recipient(&self) -> bool {
        !self.temporary && matches!(self.code, Some(550 | 551 | 553))
    }

    pub(crate) fn temporary(detail: impl Into<String>) -> Self {
        Self { temporary: true, code: None, detail: detail.into() }
    }
}

impl From<BadMessage> for SendError {
    fn from(bad: BadMessage) -> Self {
        Self { temporary: false, code: None, detail: bad.to_string() }
    }
}
