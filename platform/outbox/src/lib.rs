//! Mail that waits in the database: written by the transaction that wants it
//! sent, delivered by a background job, readable in the browser when no mail
//! server is set up.

mod deliver;

use rapport_base::{Result, WorkspaceId};
use rapport_db::{SystemTx, TenantTx};
use rapport_mail::{Brand, Letter, Party};
use rapport_queue::{Enqueue, JobInfo};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use deliver::Deliver;

/// Who mail comes from (`MAIL_FROM`). One of the parts.
#[derive(Clone, Debug)]
pub struct Sender(pub Party);

/// A mail to one person.
pub struct NewMail {
    /// Who it is for.
    pub to: Party,
    /// Whose name it carries; the address is always the installation's.
    pub brand: Brand,
    /// Where answers go.
    pub reply_to: Option<Party>,
    /// What it says.
    pub letter: Letter,
    /// Frozen name of the sort of mail: `invoices.sent`.
    pub kind: &'static str,
    /// The same key in a workspace is the same mail: written and sent once.
    pub key: String,
    /// Whose timeline it belongs to.
    pub client_id: Option<Uuid>,
    /// Files that go with it.
    pub attachments: Vec<Attached>,
}

impl NewMail {
    /// A mail without attachments.
    #[must_use]
    pub fn new(kind: &'static str, key: impl Into<String>, to: Party, brand: Brand, letter: Letter) -> Self {
        Self {
            to,
            brand,
            reply_to: None,
            letter,
            kind,
            key: key.into(),
            client_id: None,
            attachments: Vec::new(),
        }
    }
}

/// A stored file that goes with a mail.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attached {
    /// Name the reader sees.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// Where it lies in the store.
    pub storage_key: String,
}

const INSERT: &str = "insert into mail.outbox (id, workspace_id, key, kind, client_id, recipient_name, recipient_email,
     sender_name, reply_to_name, reply_to_email, subject, body_text, body_html, headers, attachments, created_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
   on conflict (workspace_id, key) do nothing returning id";

/// Writes a mail; it goes out after the transaction commits.
///
/// # Errors
/// A bug when the database refuses.
pub async fn send(tx: &TenantTx, mail: &NewMail) -> Result<()> {
    let row = Written::new(mail, Some(tx.workspace()), tx.now())?;
    if !tx.query::<(Uuid,)>(INSERT, &row.params()).await?.is_empty() {
        rapport_queue::enqueue(tx, &Deliver { mail_id: row.id }, Enqueue::default()).await?;
    }
    Ok(())
}

/// As [`send`], for mail that belongs to no workspace.
///
/// # Errors
/// As [`send`].
pub async fn send_system(tx: &SystemTx, mail: &NewMail, now: jiff::Timestamp) -> Result<()> {
    let row = Written::new(mail, None, now)?;
    if !tx.query::<(Uuid,)>(INSERT, &row.params()).await?.is_empty() {
        rapport_queue::enqueue_system(tx, &Deliver { mail_id: row.id }, Enqueue::default()).await?;
    }
    Ok(())
}

/// The background jobs of this crate.
#[must_use]
pub fn jobs() -> Vec<JobInfo> {
    vec![JobInfo::of::<Deliver>()]
}

struct Written<'a> {
    id: Uuid,
    workspace: Option<WorkspaceId>,
    mail: &'a NewMail,
    letter: rapport_mail::Rendered,
    headers: serde_json::Value,
    attachments: serde_json::Value,
    reply_to_name: Option<String>,
    reply_to_email: Option<String>,
    now: jiff::Timestamp,
}

impl<'a> Written<'a> {
    fn new(mail: &'a NewMail, workspace: Option<WorkspaceId>, now: jiff::Timestamp) -> Result<Self> {
        let letter = mail.letter.render(&mail.brand);
        Ok(Self {
            id: Uuid::now_v7(),
            workspace,
            headers: serde_json::to_value(&letter.headers)?,
            attachments: serde_json::to_value(&mail.attachments)?,
            reply_to_name: mail.reply_to.as_ref().map(|party| party.name.clone()),
            reply_to_email: mail.reply_to.as_ref().map(|party| party.email.clone()),
            mail,
            letter,
            now,
        })
    }

    fn params(&self) -> [&dyn rapport_db::Param; 16] {
        [
            &self.id,
            &self.workspace,
            &self.mail.key,
            &self.mail.kind,
            &self.mail.client_id,
            &self.mail.to.name,
            &self.mail.to.email,
            &self.mail.brand.name,
            &self.reply_to_name,
            &self.reply_to_email,
            &self.letter.subject,
            &self.letter.text,
            &self.letter.html,
            &self.headers,
            &self.attachments,
            &self.now,
        ]
    }
}
