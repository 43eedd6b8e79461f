//! A message and its way into MIME. Names and subjects are text: whatever they hold, they stay
//! inside their header.

use crate::BadMessage;
use jiff::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment as MimeAttachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message as Mime};
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// Somebody with an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Shown before the address; may be empty.
    pub name: String,
    /// The address.
    pub email: String,
}

impl Party {
    /// A party by name and address.
    pub fn new(name: impl Into<String>, email: impl Into<String>) -> Self {
        Self { name: name.into(), email: email.into() }
    }

    fn mailbox(&self) -> Result<Mailbox, BadMessage> {
        let bad = || BadMessage::Address(self.email.clone());
        let (user, domain) = self.email.trim().rsplit_once('@').ok_or_else(bad)?;
        let domain = ascii_domain(domain).ok_or_else(bad)?;
        let address = Address::new(user, domain).map_err(|_| bad())?;
        let name = one_line(&self.name);
        Ok(Mailbox::new((!name.is_empty()).then_some(name), address))
    }
}

/// A file that goes along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The name shown to the reader.
    pub name: String,
    /// Its type, such as `application/pdf`.
    pub content_type: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Identifies the message for ever, so that a second attempt is the same message: an id of the
    /// row it comes from. The sender's domain is added.
    pub id: String,
    /// When it was written.
    pub date: Timestamp,
    /// Who writes.
    pub from: Party,
    /// Who is written to.
    pub to: Vec<Party>,
    /// Where answers go, if not to the writer.
    pub reply_to: Option<Party>,
    /// One line.
    pub subject: String,
    /// The text; always there.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// More headers, such as `List-Unsubscribe` or `In-Reply-To`.
    pub headers: Vec<(String, String)>,
    /// Files that go along.
    pub attachments: Vec<Attachment>,
}

impl Message {
    /// A message of text and HTML; set the rest by its fields.
    pub fn new(date: Timestamp, from: Party, to: Party, letter: crate::Rendered) -> Self {
        Self {
            id: format!("{:032x}", rand::random::<u128>()),
            date,
            from,
            to: vec![to],
            reply_to: None,
            subject: letter.subject,
            text: letter.text,
            html: Some(letter.html),
            headers: letter.headers,
            attachments: Vec::new(),
        }
    }

    /// The `Message-ID` it goes out with, angle brackets included.
    pub fn message_id(&self) -> String {
        let keep = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let id: String = self.id.chars().filter(keep).collect();
        let domain = self.from.email.rsplit('@').next().and_then(ascii_domain);
        format!("<{id}@{}>", domain.as_deref().unwrap_or("localhost"))
    }

    /// The bytes as they go over the wire, for showing and storing a kept message.
    pub fn to_mime(&self) -> Result<Vec<u8>, BadMessage> {
        Ok(self.build()?.formatted())
    }

    pub(crate) fn build(&self) -> Result<Mime, BadMessage> {
        let mut builder = Mime::builder()
            .message_id(Some(self.message_id()))
            .date(SystemTime::from(self.date))
            .from(self.from.mailbox()?)
            .subject(one_line(&self.subject));
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.mailbox()?);
        }
        for party in &self.to {
            builder = builder.to(party.mailbox()?);
        }
        for (name, value) in &self.headers {
            builder = builder.raw_header(header(name, value)?);
        }
        if self.to.is_empty() {
            return Err(BadMessage::NoRecipient);
        }
        let built = match self.parts()? {
            Body::Single(part) => builder.singlepart(part),
            Body::Multi(parts) => builder.multipart(parts),
        };
        built.map_err(|_| BadMessage::NoRecipient)
    }

    fn parts(&self) -> Result<Body, BadMessage> {
        let text = || SinglePart::plain(self.text.clone());
        let body = match &self.html {
            None => Body::Single(text()),
            Some(html) => Body::Multi(
                MultiPart::alternative().singlepart(text()).singlepart(SinglePart::html(html.clone())),
            ),
        };
        if self.attachments.is_empty() {
            return Ok(body);
        }
        let mut mixed = match body {
            Body::Single(part) => MultiPart::mixed().singlepart(part),
            Body::Multi(parts) => MultiPart::mixed().multipart(parts),
        };
        for file in &self.attachments {
            let content_type = ContentType::parse(&file.content_type)
                .map_err(|_| BadMessage::ContentType(file.content_type.clone()))?;
            let part = MimeAttachment::new(one_line(&file.name));
            mixed = mixed.singlepart(part.body(file.bytes.clone(), content_type));
        }
        Ok(Body::Multi(mixed))
    }
}

enum Body {
    Single(SinglePart),
    Multi(MultiPart),
}

/// Headers the message makes itself; a second one would contradict it.
const OWN: [&str; 14] = [
    "from",
    "to",
    "cc",
    "bcc",
    "sender",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
    "return-path",
];

fn header(name: &str, value: &str) -> Result<HeaderValue, BadMessage> {
    let bad = || BadMessage::Header(name.to_owned());
    let is_name =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !is_name || OWN.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(bad());
    }
    let header_name = HeaderName::new_from_ascii(name.to_owned()).map_err(|_| bad())?;
    Ok(HeaderValue::new(header_name, one_line(value)))
}

/// Line breaks and other control characters become spaces; marks that turn the direction of
/// reading, by which a name could look like another address, are left out.
fn one_line(text: &str) -> String {
    let spaced: String = text
        .chars()
        .filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A host name in its ASCII form, so that any server can deliver to it.
fn ascii_domain(domain: &str) -> Option<String> {
    match url::Host::parse(domain) {
        // Of a page's address `%41` is an A; of a mail's it is nothing.
        Ok(url::Host::Domain(ascii)) if !domain.contains('%') => Some(ascii),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        Message {
            id: "018f-1".into(),
            date: Timestamp::from_second(1_795_000_000).unwrap(),
            from: Party::new("Studio Nord", "hello@studio.example"),
            to: vec![Party::new("Ada", "ada@client.example")],
            reply_to: None,
            subject: "Your invoice".into(),
            text: "Hello".into(),
            html: None,
            headers: Vec::new(),
            attachments: Vec::new(),
        }
    }

    fn headers(message: &Message) -> Vec<String> {
        let mime = String::from_utf8(message.to_mime().unwrap()).unwrap();
        let (head, _) = mime.split_once("\r\n\r\n").unwrap();
        head.replace("\r\n ", " ").split("\r\n").map(str::to_owned).collect()
    }

    fn names(message: &Message) -> Vec<String> {
        headers(message).iter().map(|h| h.split(':').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn no_text_from_outside_can_add_a_header() {
        let plain = names(&message());
        for evil in [
            "x\r\nBcc: eve@evil.example",
            "x\nBcc: eve@evil.example",
            "x\rBcc: eve@evil.example",
            "x\r\n\r\nbody",
            "x\r\n Bcc: eve@evil.example",
            "\u{2028}Bcc: eve@evil.example",
            "\u{2029}Bcc: eve@evil.example",
            "\u{85}Bcc: eve@evil.example",
            "\u{b}\u{c}Bcc: eve@evil.example",
            "x\0\r\nBcc: eve@evil.example",
            "嘊嘍Bcc: eve@evil.example",
            "=?utf-8?q?x=0D=0ABcc:_eve@evil.example?=",
            "\u{202e}elpmaxe.live@eve",
            "<eve@evil.example>, \"x\" <y@evil.example>",
        ] {
            let mut message = message();
            message.from.name = evil.into();
            message.to[0].name = evil.into();
            message.subject = evil.into();
            message.id = evil.into();
            assert_eq!(names(&message), plain, "{evil:?}");
            message.headers.push(("X-Note".into(), evil.into()));
            message.reply_to = Some(Party::new(evil, "a@b.example"));
            assert_eq!(names(&message).len(), plain.len() + 2, "{evil:?}");
        }
    }

    #[test]
    fn no_name_of_a_file_adds_a_header_to_its_part() {
        let mut plain = message();
        plain.attachments.push(Attachment {
            name: "a.pdf".into(),
            content_type: "application/pdf".into(),
            bytes: b"%PDF".to_vec(),
        });
        let part = |message: &Message| -> Vec<String> {
            let mime = String::from_utf8(message.to_mime().unwrap()).unwrap().replace("\r\n ", " ");
            let lines = mime
                .lines()
                .filter(|line| line.split_once(": ").is_some_and(|(name, _)| !name.contains(' ')));
            lines.map(|line| line.split(':').next().unwrap().to_ascii_lowercase()).collect()
        };
        for evil in [
            "a\r\nBcc: eve@evil.example",
            "a\"; filename=\"b.exe",
            "a.pdf\"\r\n\r\n<script>",
            "\u{2028}a",
            "../../etc/passwd",
        ] {
            let mut message = plain.clone();
            message.attachments[0].name = evil.into();
            assert_eq!(part(&message), part(&plain), "{evil:?}");
        }
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        for evil in [
            "ada@client.example\r\nBcc: eve@evil.example",
            "ada@client.example>, <eve@evil.example",
            "ada",
            "@client.example",
            "ada@",
            "a b@client.example",
            "ada@[127.0.0.1]",
            "ada@cl%69ent.example",
        ] {
            let mut message = message();
            message.to[0].email = evil.into();
            assert!(matches!(message.to_mime(), Err(BadMessage::Address(_))), "{evil:?}");
        }
        let mut nobody = message();
        nobody.to.clear();
        assert_eq!(nobody.to_mime(), Err(BadMessage::NoRecipient));
    }

    #[test]
    fn own_headers_and_names_that_are_none_are_refused() {
        for name in ["Bcc", "CONTENT-TYPE", "X-A: b\r\nBcc", "", "X A", "X-\u{e9}"] {
            let mut message = message();
            message.headers.push((name.into(), "x".into()));
            assert!(matches!(message.to_mime(), Err(BadMessage::Header(_))), "{name:?}");
        }
    }

    #[test]
    fn names_in_any_script_arrive_encoded() {
        let mut message = message();
        message.from.name = "Bj\u{f6}rk \"B\" <x@y.example>, 東京".into();
        message.subject = "Gr\u{fc}\u{df}e 😀 ".repeat(12);
        message.to[0].email = "ada@m\u{fc}nchen.example".into();
        let mime = message.to_mime().unwrap();
        assert!(mime.is_ascii());
        let built = message.build().unwrap();
        assert_eq!(built.envelope().to().len(), 1);
        assert_eq!(built.envelope().to()[0].to_string(), "ada@xn--mnchen-3ya.example");
        assert_eq!(built.envelope().from().unwrap().to_string(), "hello@studio.example");
    }

    #[test]
    fn text_html_and_files_lie_where_readers_expect_them() {
        let mut message = message();
        message.html = Some("<p>Hello</p>".into());
        message.attachments.push(Attachment {
            name: "Rechnung \u{fc}.pdf".into(),
            content_type: "application/pdf".into(),
            bytes: b"%PDF".to_vec(),
        });
        let mime = String::from_utf8(message.to_mime().unwrap()).unwrap();
        let order =
            ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf"];
        let at: Vec<usize> = order.iter().map(|part| mime.find(part).unwrap()).collect();
        assert!(at.is_sorted(), "{mime}");
        message.attachments[0].content_type = "pdf\r\nX: y".into();
        assert!(matches!(message.to_mime(), Err(BadMessage::ContentType(_))));
    }

    #[test]
    fn a_second_attempt_is_the_same_message() {
        let message = message();
        assert_eq!(message.message_id(), "<018f-1@studio.example>");
        assert_eq!(message.to_mime().unwrap(), message.to_mime().unwrap());
    }
}
