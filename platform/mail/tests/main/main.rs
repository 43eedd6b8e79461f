//! The transport against SMTP servers on the loopback interface: one that misbehaves on demand, and a real one.

mod aiosmtpd;
mod sink;

use jiff::Timestamp;
use rapport_mail::{Attachment, Brand, Letter, Message, Party, Receipt, Transport};
use sink::{Script, Sink};
use std::time::Duration;

fn message() -> Message {
    let brand = Brand { name: "Studio".into(), color: "#0f766e".into(), logo_url: None };
    let letter = Letter::new("Grüße 😀").greeting("Hello,").line("Text.").render(&brand);
    let mut message = Message::new(
        Timestamp::from_second(1_795_000_000).unwrap(),
        Party::new("Björk, Studio", "hello@studio.example"),
        Party::new("Ada", "ada@client.example"),
        letter,
    );
    message.id = "mail-1".into();
    message
}

fn via(receipt: &Receipt) -> &str {
    match receipt {
        Receipt::Sent { via, .. } => via,
        Receipt::Kept { .. } => panic!("only kept"),
    }
}

#[tokio::test]
async fn a_message_arrives_whole() {
    let sink = Sink::start(Script::Take).await;
    let transport = Transport::smtp(&sink.address(), None).unwrap();
    let mut message = message();
    message.text = ".a line that begins with a dot\n.\nend".into();
    message.attachments.push(Attachment {
        name: "Rechnung ü.pdf".into(),
        content_type: "application/pdf".into(),
        bytes: vec![0, 1, 2, 255],
    });
    let receipt = transport.send(&message).await.unwrap();
    let Receipt::Sent { message_id, answer, .. } = receipt else { panic!("sent") };
    assert_eq!(message_id, "<mail-1@studio.example>");
    assert!(answer.contains("queued"));
    let mails = sink.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].from, "hello@studio.example");
    assert_eq!(mails[0].to, ["ada@client.example"]);
    let data = String::from_utf8(mails[0].data.clone()).unwrap();
    for part in [
        "Message-ID: <mail-1@studio.example>",
        "From: =?utf-8?b?",
        "\r\n\r\n.a line that begins with a dot\r\n.\r\nend\r\n",
        "Content-Type: text/html",
        "Content-Type: application/pdf",
        "AAEC/w==",
    ] {
        assert!(data.contains(part), "{part} in {data}");
    }
}

#[tokio::test]
async fn a_second_message_uses_the_same_connection() {
    let sink = Sink::start(Script::Take).await;
    let transport = Transport::smtp(&sink.address(), None).unwrap();
    for _ in 0..3 {
        transport.send(&message()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!((sink.mails().len(), sink.connections()), (3, 1));
}

#[tokio::test]
async fn the_second_server_takes_over_when_the_first_is_out_or_refuses_us() {
    let second = Sink::start(Script::Take).await;
    let gone = Sink::start(Script::Take).await.address_after_stop().await;
    let busy = Sink::start(Script::Answer("RCPT", "451 4.3.0 try later")).await;
    let full = Sink::start(Script::Answer("MAIL", "530 5.7.0 authentication required")).await;
    for first in [gone, busy.address(), full.address()] {
        let transport = Transport::smtp(&first, Some(&second.address())).unwrap();
        let receipt = transport.send(&message()).await.unwrap();
        assert_eq!(via(&receipt), "127.0.0.1");
    }
    assert_eq!(second.mails().len(), 3);
}

#[tokio::test]
async fn a_bad_recipient_is_final_and_not_tried_elsewhere() {
    let first = Sink::start(Script::Answer("RCPT", "550 5.1.1 no such user")).await;
    let second = Sink::start(Script::Take).await;
    let transport = Transport::smtp(&first.address(), Some(&second.address())).unwrap();
    let error = transport.send(&message()).await.unwrap_err();
    assert!(!error.temporary && error.is_bad_recipient());
    assert_eq!(error.code, Some(550));
    assert!(second.mails().is_empty());
}

#[tokio::test]
async fn a_server_that_is_full_or_gone_is_worth_another_try() {
    let sink = Sink::start(Script::Answer("DATA", "452 4.3.1 no room")).await;
    let transport = Transport::smtp(&sink.address(), None).unwrap();
    let error = transport.send(&message()).await.unwrap_err();
    assert!(error.temporary && error.code == Some(452));
    let gone = sink.address_after_stop().await;
    let transport = Transport::smtp(&gone, None).unwrap();
    for _ in 0..3 {
        assert!(transport.send(&message()).await.unwrap_err().temporary);
    }
    let rested = transport.send(&message()).await.unwrap_err();
    assert!(rested.temporary && rested.detail.contains("resting"), "{rested}");
}

#[tokio::test]
async fn tls_that_is_required_and_not_offered_sends_nothing() {
    let sink = Sink::start(Script::Take).await;
    let address = format!("{}?tls=required", sink.address());
    let transport = Transport::smtp(&address, None).unwrap();
    assert!(transport.send(&message()).await.unwrap_err().temporary);
    assert!(sink.mails().is_empty());
}

#[tokio::test]
async fn without_a_server_mail_is_checked_and_kept() {
    let transport = Transport::configured(None, None).unwrap();
    assert!(!transport.delivers());
    let receipt = transport.send(&message()).await.unwrap();
    assert_eq!(receipt, Receipt::Kept { message_id: "<mail-1@studio.example>".into() });
    let mut bad = message();
    bad.to[0].email = "nobody".into();
    assert!(!transport.send(&bad).await.unwrap_err().temporary);
}
