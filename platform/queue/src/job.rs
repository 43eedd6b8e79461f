//! What a background job is.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use rapport_base::{Error, Result, WorkspaceId};
use rapport_db::{App, Origin, TenantTx};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// How a run that did not fail ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Finished; the job disappears.
    Done,
    /// Not now; again after that time. It counts as an attempt.
    Retry(Duration),
    /// Pointless to try again; laid aside among the dead with the reason.
    GiveUp(String),
}

/// Work to be done after the answer went out. Its fields are its payload.
///
/// It runs at least once: what it does outside the database needs an
/// idempotency key. A [`rapport_base::Refusal`] gives up (except busy, limit
/// and storage full), a bug or a panic is tried again with back-off.
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    /// Frozen name, `module.verb_noun`.
    const NAME: &'static str;
    /// Attempts before it is laid aside.
    const MAX_ATTEMPTS: i16 = 12;
    /// How long one attempt may take.
    const TIME_LIMIT: Duration = Duration::from_secs(300);

    /// The serial queue: jobs of one workspace with the same answer run one at
    /// a time, in the order they came.
    fn queue(&self) -> Option<String> {
        None
    }

    /// Does the work.
    fn run(self, cx: JobCx) -> impl Future<Output = Result<Outcome>> + Send;
}

/// What a run gets to work with.
#[derive(Clone)]
pub struct JobCx {
    /// The house.
    pub app: App,
    /// The workspace it was put in for; `None` beyond the workspaces.
    pub workspace: Option<WorkspaceId>,
    /// The job's number, the same in every attempt: good for idempotency keys.
    pub id: i64,
    /// Which attempt this is, from 1.
    pub attempt: i16,
}

impl JobCx {
    /// A transaction in the job's workspace, by Rapport itself.
    ///
    /// # Errors
    /// Busy as [`rapport_db::Db::begin`]; a bug when the job belongs to no workspace.
    pub async fn begin(&self) -> Result<TenantTx> {
        let workspace = self.workspace.ok_or_else(|| Error::message("this job belongs to no workspace"))?;
        self.app.db.begin(workspace, Origin::system()).await
    }
}

pub(crate) type Run = Arc<dyn Fn(JobCx, Value) -> BoxFuture<'static, Result<Outcome>> + Send + Sync>;

/// A sort of job as a worker knows it.
#[derive(Clone)]
pub struct JobInfo {
    pub(crate) name: String,
    pub(crate) time_limit: Duration,
    pub(crate) run: Run,
}

impl JobInfo {
    /// The description of a job type.
    #[must_use]
    pub fn of<J: Job>() -> Self {
        Self {
            name: J::NAME.to_owned(),
            time_limit: J::TIME_LIMIT,
            run: Arc::new(|cx, payload| {
                async move {
                    match serde_json::from_value::<J>(payload) {
                        Ok(job) => job.run(cx).await,
                        Err(error) => Ok(Outcome::GiveUp(format!("the payload cannot be read: {error}"))),
                    }
                }
                .boxed()
            }),
        }
    }

    /// Its frozen name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
