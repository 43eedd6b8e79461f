//! Against `aiosmtpd` (Python package), a mail server that knows nothing of us.

use crate::message;
use rapport_counterparts::Counterpart;
use rapport_mail::{Attachment, Receipt, Transport};
use std::net::SocketAddr;

async fn start(mailbox: &std::path::Path) -> Option<(Counterpart, String)> {
    let mailbox = mailbox.to_string_lossy().into_owned();
    let filing = |at: SocketAddr| {
        ["-n", "-l", &at.to_string(), "-c", "aiosmtpd.handlers.Mailbox", &mailbox].map(str::to_owned).to_vec()
    };
    let server = rapport_counterparts::start("aiosmtpd", filing).await?;
    let url = format!("smtp://{}", server.address);
    Some((server, url))
}

#[tokio::test]
async fn a_mail_server_files_what_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let mailbox = folder.path().join("mailbox");
    let Some((_server, url)) = start(&mailbox).await else { return };
    let mut message = message();
    message.text = ".a line that begins with a dot\nend".into();
    message.attachments.push(Attachment {
        name: "Rechnung ü.pdf".into(),
        content_type: "application/pdf".into(),
        bytes: vec![0, 1, 2, 255],
    });
    let receipt = Transport::smtp(&url, None).unwrap().send(&message).await.unwrap();
    assert!(matches!(receipt, Receipt::Sent { .. }));
    let filed: Vec<_> = std::fs::read_dir(mailbox.join("new")).unwrap().flatten().collect();
    assert_eq!(filed.len(), 1);
    let mail = std::fs::read_to_string(filed[0].path()).unwrap();
    for part in [
        "X-RcptTo: ada@client.example",
        "X-MailFrom: hello@studio.example",
        "\n.a line that begins with a dot",
        "application/pdf",
    ] {
        assert!(mail.contains(part), "{part} in\n{mail}");
    }
}
