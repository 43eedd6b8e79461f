//! What is done about visits after the answer went out, and by the clock.

use jiff::SignedDuration;
use rapport_base::Result;
use rapport_queue::{Job, JobCx, JobInfo, Outcome, Schedule};
use serde::{Deserialize, Serialize};

use super::store;
use crate::{
    PortalId,
    links::{self, NewLink},
    portals,
};

/// Sends a new link to someone who asked, when they are a contact of the client. A job, so
/// that the answer takes the same time for everybody.
#[derive(Serialize, Deserialize)]
pub(crate) struct SendLink {
    pub portal: PortalId,
    pub email: String,
}

impl Job for SendLink {
    const NAME: &'static str = "portal.send_link";

    async fn run(self, cx: JobCx) -> Result<Outcome> {
        let tx = cx.begin().await?;
        let Some(portal) =
            portals::store::find(&tx, self.portal).await?.filter(|portal| portal.status == "active")
        else {
            return Ok(Outcome::Done);
        };
        let Some(contact) = links::store::contact_by_email(&tx, portal.client_id, &self.email).await? else {
            return Ok(Outcome::Done);
        };
        let input = NewLink { contact_id: Some(contact.id), send: true, ..NewLink::default() };
        match links::actions::create_in(&tx, &cx.app.public_url, &portal, &input, None).await {
            Ok(_) => tx.commit().await?,
            Err(error) if error.refusal().is_some() => {}
            Err(error) => return Err(error),
        }
        Ok(Outcome::Done)
    }
}

/// All of them.
pub(crate) fn jobs() -> Vec<JobInfo> {
    vec![JobInfo::of::<SendLink>()]
}

/// By the clock: sessions and codes that ended a week ago are forgotten.
pub(crate) fn schedules() -> Vec<Schedule> {
    vec![Schedule::new("portal.sweep_visits", "40 3 * * *", |cx: JobCx| async move {
        let before = cx.app.clock.now() - SignedDuration::from_hours(24 * 7);
        let workspaces = store::workspaces_to_sweep(&cx.app.db.system().await?, before).await?;
        for workspace in workspaces {
            let tx = cx.app.db.begin(workspace, rapport_db::Origin::system()).await?;
            store::sweep(&tx, before).await?;
            tx.commit().await?;
        }
        Ok(Outcome::Done)
    })]
}
