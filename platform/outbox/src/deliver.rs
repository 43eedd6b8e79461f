//! The job that hands one mail to the way out.

use std::time::Duration;

use rapport_base::Result;
use rapport_db::row;
use rapport_mail::{Attachment, Message, Party, Receipt, Rendered, Transport};
use rapport_queue::{Job, JobCx, Outcome};
use rapport_storage::{Key, Store};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Attached, Sender};

const ATTACHMENT_LIMIT: u64 = 20 * 1024 * 1024;

/// Delivers one mail of the outbox.
#[derive(Serialize, Deserialize)]
pub struct Deliver {
    /// Which.
    pub mail_id: Uuid,
}

row! {
    struct Waiting {
        recipient_name: String,
        recipient_email: String,
        sender_name: Option<String>,
        reply_to_name: Option<String>,
        reply_to_email: Option<String>,
        subject: String,
        body_text: String,
        body_html: String,
        headers: serde_json::Value,
        attachments: serde_json::Value,
        status: String,
    }
}

impl Job for Deliver {
    const NAME: &'static str = "mail.deliver";
    const MAX_ATTEMPTS: i16 = 20;
    const TIME_LIMIT: Duration = Duration::from_secs(60);

    async fn run(self, cx: JobCx) -> Result<Outcome> {
        let tx = cx.app.db.system().await?;
        let mail: Option<Waiting> = tx
            .find(
                "select recipient_name, recipient_email, sender_name, reply_to_name, reply_to_email, subject,
                   body_text, body_html, headers, attachments, status
                 from mail.outbox where id = $1",
                &[&self.mail_id],
            )
            .await?;
        drop(tx);
        let Some(mail) = mail.filter(|mail| mail.status == "queued" || mail.status == "failed") else {
            return Ok(Outcome::Done);
        };
        let transport: Transport = cx.app.parts.get();
        let message = message(&cx, &self, mail).await?;
        let (status, error, outcome) = match transport.send(&message).await {
            Ok(Receipt::Kept { .. }) => ("kept", None, Outcome::Done),
            Ok(_) => ("sent", None, Outcome::Done),
            Err(error) if error.temporary => {
                ("queued", Some(error.detail.clone()), Outcome::Retry(wait(cx.attempt)))
            }
            Err(error) => ("failed", Some(error.detail.clone()), Outcome::GiveUp(error.detail)),
        };
        let tx = cx.app.db.system().await?;
        tx.execute(
            "update mail.outbox set status = $2, last_error = $3, sent_at = case when $2 = 'sent' then $4 end where id = $1",
            &[&self.mail_id, &status, &error, &cx.app.clock.now()],
        )
        .await?;
        tx.commit().await?;
        Ok(outcome)
    }
}

async fn message(cx: &JobCx, job: &Deliver, mail: Waiting) -> Result<Message> {
    let Sender(sender) = cx.app.parts.get();
    let from = Party::new(mail.sender_name.unwrap_or(sender.name), sender.email);
    let letter = Rendered {
        subject: mail.subject,
        text: mail.body_text,
        html: mail.body_html,
        headers: serde_json::from_value(mail.headers)?,
    };
    let to = Party::new(mail.recipient_name, mail.recipient_email);
    let mut message = Message::new(cx.app.clock.now(), from, to, letter);
    // The same id in every attempt lets a receiver notice a mail sent twice.
    message.id = job.mail_id.to_string();
    message.reply_to =
        mail.reply_to_email.map(|email| Party::new(mail.reply_to_name.unwrap_or_default(), email));
    let store: Store = cx.app.parts.get();
    for attached in serde_json::from_value::<Vec<Attached>>(mail.attachments)? {
        let key: Key = attached.storage_key.parse()?;
        let bytes = store.get_bytes(&key, ATTACHMENT_LIMIT).await?;
        message.attachments.push(Attachment {
            name: attached.name,
            content_type: attached.content_type,
            bytes: bytes.to_vec(),
        });
    }
    Ok(message)
}

fn wait(attempt: i16) -> Duration {
    Duration::from_secs(15 * 2u64.pow(u32::from(attempt.clamp(1, 9).unsigned_abs()) - 1))
}
