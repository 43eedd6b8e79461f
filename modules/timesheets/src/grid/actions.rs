//! Save a week at once, or begin it like the one before.

use jiff::civil::Date;
use projects::{ProjectId, TaskId};
use rapport_base::{FieldError, Refusal, Result};
use rapport_db::TenantTx;
use rapport_web::Cx;

use super::rules::{Cell, Change, plan};
use crate::entries::{
    TimeEntry, Worker,
    actions::{self as entries, Wish},
    rules::{Extent, plus_days, week_of},
    store,
};

/// A cell someone typed into.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    /// Its field on the form.
    pub field: String,
    pub project: ProjectId,
    pub task: Option<TaskId>,
    pub date: Date,
    /// What it showed.
    pub was: i64,
    /// What it says now.
    pub seconds: i64,
}

/// Saves the cells that were changed, all or none; how many they were.
///
/// # Errors
/// Beside the cells: what may not be logged there, what someone changed meanwhile.
pub(crate) async fn save(cx: &Cx, week: Date, cells: &[Typed]) -> Result<usize> {
    let worker = Worker::of(cx);
    let tx = cx.begin().await?;
    entries::check_week_open(&tx, &worker, week).await?;
    let there = store::lock_days(&tx, worker.member, week, plus_days(week, 6)).await?;
    let mut errors = Vec::new();
    let mut saved = 0;
    for cell in cells {
        match save_cell(&tx, &worker, &there, cell).await {
            Ok(()) => saved += 1,
            Err(rapport_base::Error::Refusal(refusal)) => {
                let said = refusal
                    .fields
                    .first()
                    .map_or_else(|| refusal.message.clone().into_owned(), |field| field.message.clone());
                errors.push(FieldError::new(cell.field.clone(), refusal.code, said));
            }
            // A constraint that refused one cell has ended the transaction for those after it.
            Err(_) if !errors.is_empty() => break,
            Err(bug) => return Err(bug),
        }
    }
    if !errors.is_empty() {
        return Err(Refusal::invalid(errors).into());
    }
    tx.commit().await?;
    Ok(saved)
}

async fn save_cell(tx: &TenantTx, worker: &Worker, there: &[TimeEntry], cell: &Typed) -> Result<()> {
    let here: Vec<&TimeEntry> = there
        .iter()
        .filter(|e| e.project_id == cell.project && e.task_id == cell.task && e.date == cell.date)
        .collect();
    if here.iter().map(|entry| entry.seconds()).sum::<i64>() != cell.was {
        return Err(Refusal::conflict(
            "timesheets.cell_changed",
            "This was changed elsewhere meanwhile. Load the week again.",
        )
        .into());
    }
    let shapes: Vec<Cell> =
        here.iter().map(|e| Cell { seconds: e.seconds(), has_span: e.started_at.is_some() }).collect();
    let changes = plan(&shapes, cell.seconds).map_err(|said| Refusal::conflict("timesheets.cell", said))?;
    for change in changes {
        match change {
            Change::Add(seconds) => {
                let wish = Wish {
                    project: cell.project,
                    task: cell.task,
                    description: String::new(),
                    is_billable: true,
                    extent: Extent::Length { date: cell.date, seconds },
                };
                entries::create_in(tx, worker, &wish).await?;
            }
            Change::Set(at, seconds) => {
                let entry = here[at];
                let wish = Wish {
                    project: entry.project_id,
                    task: entry.task_id,
                    description: entry.description.clone(),
                    is_billable: entry.is_billable,
                    extent: Extent::Length { date: entry.date, seconds },
                };
                entries::update_in(tx, worker, entry, &wish).await?;
            }
            Change::Remove(at) => entries::delete_in(tx, worker, here[at]).await?,
        }
    }
    Ok(())
}

/// Logs in a week what was logged in the week before, for every project, task and day that has nothing
/// yet; how many entries that made. Days to come and projects that are not active are left out.
///
/// # Errors
/// The week is locked, the period closed.
pub(crate) async fn copy_last_week(cx: &Cx, day: Date) -> Result<usize> {
    let worker = Worker::of(cx);
    let week = week_of(day, worker.week_start);
    let tx = cx.begin().await?;
    entries::check_week_open(&tx, &worker, week).await?;
    let there = store::lock_days(&tx, worker.member, week, plus_days(week, 6)).await?;
    let before = store::of_days(&tx, worker.member, plus_days(week, -7), plus_days(week, -1)).await?;
    let places = store::workplaces(&tx, worker.member).await?;
    let mut copied = 0;
    for entry in before {
        let date = plus_days(entry.date, 7);
        let taken = there
            .iter()
            .any(|e| e.project_id == entry.project_id && e.task_id == entry.task_id && e.date == date);
        let open =
            places.iter().any(|place| place.project_id == entry.project_id && place.task_id == entry.task_id);
        if taken || !open || date > worker.today {
            continue;
        }
        let wish = Wish {
            project: entry.project_id,
            task: entry.task_id,
            description: entry.description.clone(),
            is_billable: entry.is_billable,
            extent: Extent::Length { date, seconds: entry.seconds() },
        };
        entries::create_in(&tx, &worker, &wish).await?;
        copied += 1;
    }
    tx.commit().await?;
    Ok(copied)
}
