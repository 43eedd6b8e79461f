//! Sealing what is new, and checking what was sealed.

use std::collections::BTreeMap;

use rapport_base::{Result, WorkspaceId};
use rapport_db::App;

use super::{
    redactions::Redactions,
    rules::{BEGINNING, Fault, Report, Sealed, hash},
    store::{self, NewSeal, Unsealed},
};

/// Events sealed in one transaction.
pub(crate) const BATCH: usize = 2_000;
/// Seals read at once while checking.
const PAGE: i64 = 200;

/// Seals the next batch of audited events, each workspace's on its own chain; returns how many.
///
/// # Errors
/// A bug when the database refuses.
pub async fn seal(app: &App) -> Result<usize> {
    let tx = app.db.system().await?;
    if !store::take_turn(&tx).await? {
        return Ok(0);
    }
    let events = store::unsealed(&tx, i64::try_from(BATCH).expect("a small number")).await?;
    let count = events.len();
    if count == 0 {
        return Ok(0);
    }
    let mut runs: BTreeMap<WorkspaceId, Vec<Unsealed>> = BTreeMap::new();
    for event in events {
        runs.entry(event.workspace_id).or_default().push(event);
    }
    let workspaces: Vec<WorkspaceId> = runs.keys().copied().collect();
    let newest = store::newest(&tx, &workspaces).await?;
    let seals: Vec<NewSeal> = runs
        .into_iter()
        .map(|(workspace_id, events)| {
            let before = newest.iter().find(|(workspace, ..)| *workspace == workspace_id);
            let (number, previous) =
                before.map_or((1, BEGINNING.to_vec()), |(_, number, hash)| (number + 1, hash.clone()));
            let hash =
                hash(workspace_id, number, &previous, events.iter().map(|event| event.digest.as_slice()));
            let count = i32::try_from(events.len()).expect("at most a batch");
            NewSeal {
                workspace_id,
                sealed: Sealed { number, events: count, hash: hash.to_vec(), previous },
                first: events[0].clone(),
                last: events[events.len() - 1].clone(),
            }
        })
        .collect();
    store::insert(&tx, &seals, app.clock.now()).await?;
    tx.commit().await?;
    Ok(count)
}

/// Holds the audited events of a workspace against their seals, and what was redacted against the
/// events that vouch for it. Of a seal's hash that was kept elsewhere, the report says whether the
/// chain still holds it.
///
/// # Errors
/// A bug when the database refuses; what is wrong with the log is told in the report.
pub async fn verify(app: &App, workspace: WorkspaceId, kept: Option<[u8; 32]>) -> Result<Report> {
    let mut report = Report::new(workspace, kept);
    let mut place = ("0".to_owned(), 0);
    let mut number = 0;
    let tx = app.db.system().await?;
    let mut redacted = Redactions::new(store::redactions(&tx, workspace).await?);
    loop {
        let seals = store::seals(&tx, workspace, number, PAGE).await?;
        let Some(last) = seals.last() else { break };
        number = last.number;
        for seal in seals {
            let end = (seal.last_txid, seal.last_seq);
            let events = store::digests(&tx, workspace, (&place.0, place.1), (&end.0, end.1)).await?;
            let span = (seal.first_at, seal.last_at);
            let sealed =
                Sealed { number: seal.number, events: seal.events, hash: seal.hash, previous: seal.previous };
            let mut digests = Vec::with_capacity(events.len());
            for event in events {
                redacted.vouch(&event.payload);
                match redacted.original(event.id, event.digest) {
                    Ok(digest) => digests.push(digest),
                    Err(now) => {
                        report.faults.push(Fault::Redacted { event: event.id, at: event.at });
                        digests.push(now);
                    }
                }
            }
            report.look(&sealed, span, &digests);
            place = end;
        }
    }
    for (payload,) in store::vouched_after(&tx, workspace, &place.0, place.1).await? {
        redacted.vouch(&payload);
    }
    report.faults.extend(redacted.unvouched().map(|erasure| Fault::Unvouched { erasure }));
    report.unsealed = store::count_after(&tx, workspace, &place.0, place.1).await?;
    report.end();
    Ok(report)
}
