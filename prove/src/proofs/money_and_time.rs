//! Many want the same money, number, hour or week at once, while program and database are killed.

use std::time::Duration;

use anyhow::Result;
use futures::FutureExt;
use tokio::time::sleep;
use tokio_postgres::Client;

use super::verdict;
use crate::{
    Ground, Line, Proof,
    account::Account,
    ledger::gaps,
    races::{Outcome, Races},
};

pub const PROOF: Proof = Proof {
    name: "money-and-time",
    does: "At three tables three rivals each issue the same invoice, pay it whole, refund the same payment, start and stop the same timer, log the same hour, and approve, reject and edit the same week, at the same moments; meanwhile program and private PostgreSQL get `kill -9` in turn. `make test-money-and-time` tries the same rules one by one.",
    tried: |ground| tried(ground).boxed_local(),
};

/// What must never be, as questions to the database past the wall.
const NEVER: &[(&str, &str)] = &[
    (
        "no invoice is paid by more or less than its allocations, nor above its total",
        "select count(*) from invoicing.invoices i where paid_cents > total_cents or paid_cents <> coalesce((
         select sum(a.amount_cents) from invoicing.payment_allocations a
         where a.workspace_id = i.workspace_id and a.invoice_id = i.id), 0)",
    ),
    (
        "no payment is allocated and refunded above its amount, or otherwise than its rows say",
        "select count(*) from invoicing.payments p where allocated_cents + refunded_cents > amount_cents
         or allocated_cents <> coalesce((select sum(a.amount_cents) from invoicing.payment_allocations a
           where a.workspace_id = p.workspace_id and a.payment_id = p.id), 0)
         or refunded_cents <> coalesce((select sum(r.amount_cents) from invoicing.refunds r
           where r.workspace_id = p.workspace_id and r.payment_id = p.id and r.status <> 'failed'), 0)",
    ),
    (
        "every invoice is the sum of its lines, and is issued once",
        "select count(*) from invoicing.invoices i where subtotal_cents <> coalesce((select sum(l.amount_cents)
           from invoicing.invoice_lines l where l.workspace_id = i.workspace_id and l.invoice_id = i.id), 0)
         or total_cents <> subtotal_cents - discount_cents + tax_cents
         or (state = 'issued') <> (1 = (select count(*) from spine.events e where e.workspace_id = i.workspace_id
           and e.subject_id = i.id and e.kind = 'invoice.issued'))",
    ),
    (
        "every payment and refund has exactly one event",
        "select (select count(*) from invoicing.payments p where 1 <> (select count(*) from spine.events e
           where e.workspace_id = p.workspace_id and e.subject_id = p.id and e.kind = 'payment.recorded'))
         + abs((select count(*) from invoicing.refunds) - (select count(*) from spine.events where kind = 'payment.refunded'))",
    ),
    (
        "no member has two timers, and no two hours overlap",
        "select (select count(*) from (select 1 from timesheets.timers group by workspace_id, member_id having count(*) > 1) t)
         + (select count(*) from timesheets.time_entries a join timesheets.time_entries b
            on b.workspace_id = a.workspace_id and b.member_id = a.member_id and b.id > a.id
            and tstzrange(a.started_at, a.ended_at) && tstzrange(b.started_at, b.ended_at)
            where a.started_at is not null and b.started_at is not null)",
    ),
    (
        "a decided week holds what was decided on: its entries, hours and frozen rates",
        "select (select count(*) from timesheets.time_entries e join timesheets.timesheets s
            on s.workspace_id = e.workspace_id and s.member_id = e.member_id and s.week_start = e.week_start
            where s.status <> e.timesheet_status
            or (s.status = 'approved' and e.is_billable and e.billing_rate_cents is null and exists (
              select 1 from timesheets.time_entries o where o.workspace_id = e.workspace_id and o.billing_rate_cents is not null)))
         + (select count(*) from timesheets.timesheets s where status = 'approved' and (
              select d.total_seconds from timesheets.timesheet_decisions d where d.workspace_id = s.workspace_id
              and d.timesheet_id = s.id order by d.decided_at desc, d.id desc limit 1) <> coalesce((
              select sum(e.duration_seconds) from timesheets.time_entries e where e.workspace_id = s.workspace_id
              and e.member_id = s.member_id and e.week_start = s.week_start), 0))",
    ),
    (
        "a week is decided once each time it was handed in",
        "select count(*) from timesheets.timesheets s where (select count(*) from timesheets.timesheet_decisions d
           where d.workspace_id = s.workspace_id and d.timesheet_id = s.id and d.decision in ('approved', 'rejected'))
         > (select count(*) from timesheets.timesheet_decisions d
           where d.workspace_id = s.workspace_id and d.timesheet_id = s.id and d.decision = 'submitted')",
    ),
];

async fn tried(ground: &Ground) -> Result<Vec<Line>> {
    let installation = ground.installation("money-and-time")?;
    let address = installation.launch.address.clone();
    let (mut program, _) = installation.start().await?;
    let account = Account::sign_up(&address, "money-and-time").await?;
    let races = Races::start(&address, &account, 3);
    let mut ready = Vec::new();
    for round in 0..ground.rounds.max(2) {
        sleep(Duration::from_millis(rand::random_range(1_500..5_000))).await;
        if round % 2 == 0 {
            program.kill().await?;
            let (started, took) = installation.start().await?;
            program = started;
            ready.push(took);
        } else {
            let killed = installation.kill_postmaster().await?;
            ready.push(installation.ready_again(killed).await);
        }
    }
    sleep(Duration::from_secs(4)).await;
    let all = races.stop().await;
    let owner = installation.owner().await?;
    let mut lines = vec![raced(&all)];
    for (promise, sql) in NEVER {
        let found: i64 = owner.query_one(*sql, &[]).await?.get(0);
        lines.push(Line::new(
            *promise,
            found == 0,
            format!("{found} found, {}", rows(&owner, promise).await?),
        ));
    }
    lines.push(Line::none(
        "invoice numbers have no gap",
        &gaps(&owner, account.workspace).await?,
        "none missing, none twice",
    ));
    let kept: i64 = owner
        .query_one("select count(*) from invoicing.payments where id = any($1)", &[&all.money])
        .await?
        .get(0);
    lines.push(Line::new(
        "no acknowledged payment is lost",
        usize::try_from(kept)? == all.money.len(),
        format!("{kept} of {}", all.money.len()),
    ));
    let (clean, check) = installation.check().await?;
    lines.push(Line::new("`rapport check` finds no difference", clean, check));
    lines.push(Line::none("no answer but yes, no and “later”", &all.broken, "none"));
    lines.push(verdict::within("no request takes > 10 s", Duration::from_secs(10), all.longest));
    lines.push(verdict::all_within("ready again < 5 s after each kill", Duration::from_secs(5), &ready));
    program.stop().await?;
    Ok(lines)
}

/// Each wish was fulfilled and denied: without both, nobody raced.
fn raced(all: &Outcome) -> Line {
    let told: Vec<String> = all
        .wishes
        .iter()
        .map(|(wish, tally)| format!("{wish} {} yes, {} no, {} cut off", tally.won, tally.lost, tally.cut))
        .collect();
    let contested = all.wishes.values().filter(|tally| tally.won > 0 && tally.lost > 0).count();
    Line::new(
        "rivals met: wishes were granted to some and denied to others (a timer that starts ends the one before)",
        contested >= 8,
        told.join("; "),
    )
}

async fn rows(owner: &Client, promise: &str) -> Result<String> {
    let (what, table) = match promise {
        _ if promise.contains("week") => ("weeks", "timesheets.timesheets"),
        _ if promise.contains("hours overlap") => ("entries", "timesheets.time_entries"),
        _ if promise.contains("invoice") => ("invoices", "invoicing.invoices"),
        _ => ("payments", "invoicing.payments"),
    };
    let count: i64 = owner.query_one(&format!("select count(*) from {table}"), &[]).await?.get(0);
    Ok(format!("{count} {what}"))
}
