//! Against `aiosmtpd` (Python package), a mail server that knows nothing of us.

use crate::message;
use rapport_mail::{Attachment, Receipt, Transport};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn start(mailbox: &std::path::Path) -> Option<(Server, String)> {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let started = Command::new("aiosmtpd")
        .args(["-n", "-l", &address.to_string(), "-c", "aiosmtpd.handlers.Mailbox"])
        .arg(mailbox)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(process) = started else {
        assert!(std::env::var_os("RAPPORT_COUNTERPARTS").is_none(), "aiosmtpd is not on PATH");
        eprintln!("SKIPPED: aiosmtpd is not on PATH (scripts/with-counterparts cargo test)");
        return None;
    };
    let server = Server(process);
    for _ in 0..100 {
        if tokio::net::TcpStream::connect(address).await.is_ok() {
            return Some((server, format!("smtp://{address}")));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("aiosmtpd did not start");
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
