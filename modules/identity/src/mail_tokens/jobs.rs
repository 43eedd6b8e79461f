//! Mail with links and codes. The request only puts a job in: whether the address has an account
//! is found out afterwards, so that no answer and no time tells.

use rapport_base::{Email, Result, Token, secret};
use rapport_queue::{Enqueue, Job, JobCx, Outcome, enqueue_system};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{RESET, SIGN_IN, code_hash, store};
use crate::{mails, users};

/// Sends a sign-in link with its code.
#[derive(Serialize, Deserialize)]
pub(crate) struct SendSignIn {
    pub id: Uuid,
    pub email: Email,
    pub browser_hash: Vec<u8>,
    pub next: String,
    pub ip: String,
}

/// Sends the link to a new password.
#[derive(Serialize, Deserialize)]
pub(crate) struct SendReset {
    pub id: Uuid,
    pub email: Email,
    pub ip: String,
}

/// Puts a mail job in, of a transaction of its own.
pub(crate) async fn put_in<J: Job>(app: &rapport_db::App, job: &J) -> Result<()> {
    let tx = app.db.system().await?;
    enqueue_system(&tx, job, Enqueue::default().priority(-10)).await?;
    tx.commit().await
}

impl Job for SendSignIn {
    const NAME: &'static str = "identity.send_sign_in";

    async fn run(self, cx: JobCx) -> Result<Outcome> {
        let tx = cx.app.db.system().await?;
        let Some(user) = users::store::by_email(&tx, &self.email).await?.filter(|user| !user.disabled) else {
            return Ok(Outcome::Done);
        };
        let (token, code) = (Token::new(), secret::six_digits());
        let new = store::NewToken {
            id: self.id,
            kind: "sign_in",
            token_hash: token.hash(),
            code_hash: Some(code_hash(&cx.app, self.id, &code)),
            browser_hash: Some(self.browser_hash),
            user: user.id,
            email_folded: self.email.folded(),
            redirect_to: Some(self.next),
            ip: &self.ip,
            expires_at: tx.now() + SIGN_IN,
        };
        if store::insert(&tx, &new).await? {
            mails::sign_in(&cx.app, &tx, self.id, &user, &token, &code).await?;
            tx.commit().await?;
        }
        Ok(Outcome::Done)
    }
}

impl Job for SendReset {
    const NAME: &'static str = "identity.send_reset";

    async fn run(self, cx: JobCx) -> Result<Outcome> {
        let tx = cx.app.db.system().await?;
        let Some(user) = users::store::by_email(&tx, &self.email).await?.filter(|user| !user.disabled) else {
            return Ok(Outcome::Done);
        };
        let token = Token::new();
        let new = store::NewToken {
            id: self.id,
            kind: "reset_password",
            token_hash: token.hash(),
            code_hash: None,
            browser_hash: None,
            user: user.id,
            email_folded: self.email.folded(),
            redirect_to: None,
            ip: &self.ip,
            expires_at: tx.now() + RESET,
        };
        if store::insert(&tx, &new).await? {
            mails::reset(&cx.app, &tx, self.id, &user, &token).await?;
            tx.commit().await?;
        }
        Ok(Outcome::Done)
    }
}
