//! Which member may see which file. This module knows what a file hangs on only by id, so
//! the modules that own those things put in gates.

use futures::future::BoxFuture;
use rapport_base::{Refusal, Result};
use rapport_db::TenantTx;
use rapport_web::Cx;
use uuid::Uuid;

use super::File;
use crate::FILES_READ_ALL;

/// What a gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The member works on what the file hangs on.
    Allow,
    /// What it hangs on is not there, or is none of the member's business.
    Deny,
    /// The file does not hang on anything this gate knows.
    Pass,
}

/// What a file hangs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    /// Client.
    pub client_id: Option<Uuid>,
    /// Project.
    pub project_id: Option<Uuid>,
    /// Portal.
    pub portal_id: Option<Uuid>,
}

/// Judges one place for one member.
pub type Gate = for<'a> fn(&'a Cx, &'a TenantTx, Place) -> BoxFuture<'a, Result<Verdict>>;

/// The gates of all modules. One of the parts; a module takes it out, pushes its own and puts it back.
#[derive(Clone, Default)]
pub struct Gates(pub Vec<Gate>);

/// Whether a member may see a file: those who see all files, who handed it in, and whom a gate lets through.
///
/// # Errors
/// A bug when the database refuses.
pub async fn may_see(cx: &Cx, tx: &TenantTx, file: &File) -> Result<bool> {
    let own = file.created_by_kind == "member" && file.created_by_id == Some(cx.member.id.uuid());
    if own || cx.may(FILES_READ_ALL) {
        return Ok(true);
    }
    let place = Place { client_id: file.client_id, project_id: file.project_id, portal_id: file.portal_id };
    Ok(judge(cx, tx, place).await? == Verdict::Allow)
}

/// Refuses a place that is not there, and one that the member does not work on.
pub(crate) async fn may_put(cx: &Cx, tx: &TenantTx, place: Place) -> Result<()> {
    match judge(cx, tx, place).await? {
        Verdict::Allow => Ok(()),
        Verdict::Pass
            if place.client_id.is_none() && place.project_id.is_none() && place.portal_id.is_none() =>
        {
            Ok(())
        }
        Verdict::Pass | Verdict::Deny => Err(Refusal::not_found().into()),
    }
}

/// One denial outweighs all; else one permission is enough.
async fn judge(cx: &Cx, tx: &TenantTx, place: Place) -> Result<Verdict> {
    let gates = cx.app.parts.find::<Gates>().unwrap_or_default();
    let verdicts = futures::future::join_all(gates.0.iter().map(|gate| gate(cx, tx, place))).await;
    let mut best = Verdict::Pass;
    for verdict in verdicts {
        match verdict? {
            Verdict::Deny => return Ok(Verdict::Deny),
            Verdict::Allow => best = Verdict::Allow,
            Verdict::Pass => {}
        }
    }
    Ok(best)
}
