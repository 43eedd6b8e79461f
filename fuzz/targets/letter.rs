//! Whatever names, subjects and addresses hold, a mail has our headers and no other,
//! and a reader of mail reads back the one recipient it was written to.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mail_parser::MessageParser;
use rapport_mail::{Brand, Letter, Message, Party};

fuzz_target!(|input: (&str, &str, &str)| {
    let (name, email, subject) = input;
    let brand = Brand { name: name.into(), color: subject.into(), logo_url: Some(email.into()) };
    let letter = Letter::new(subject).greeting(name).line(subject).render(&brand);
    let from = Party::new("Rapport", "rapport@example.com");
    let message = Message::new(jiff::Timestamp::UNIX_EPOCH, from, Party::new(name, email), letter);
    let Ok(mime) = message.to_mime() else { return };
    let read = MessageParser::default().parse(&mime).expect("a mail");
    for header in ["Bcc", "Cc", "Reply-To", "Sender"] {
        assert!(read.header(header).is_none(), "{header}");
    }
    let to = read.to().expect("a recipient");
    assert_eq!(to.iter().count(), 1);
    // A domain is written in small letters, and a foreign one in its ASCII form.
    if let Some((local, domain)) = email.trim().rsplit_once('@').filter(|_| email.is_ascii()) {
        let written = format!("{local}@{}", domain.to_ascii_lowercase());
        assert_eq!(to.first().and_then(|to| to.address()), Some(written.as_str()));
    }
});
