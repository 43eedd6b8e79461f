//! From which day a rate counts. What has a rate keeps the present one in a column of its own;
//! here are those that counted before it, until a day.

mod question;

use jiff::civil::Date;
use rapport_base::{MemberId, Refusal, Result, WorkspaceId};
use rapport_db::{TenantTx, row};
use uuid::Uuid;

pub use question::{answered, asked, question};

/// What has a rate of its own. Modules above name what is theirs: `project`, `project_member`, `task`.
#[derive(Clone, Copy, Debug)]
pub struct Rated {
    kind: &'static str,
    subject: Uuid,
    member: Uuid,
}

impl Rated {
    /// Something with one rate.
    #[must_use]
    pub fn new(kind: &'static str, subject: impl Into<Uuid>) -> Self {
        Self { kind, subject: subject.into(), member: Uuid::nil() }
    }
    /// A member's rate on something.
    #[must_use]
    pub fn of_member(kind: &'static str, subject: impl Into<Uuid>, member: MemberId) -> Self {
        Self { member: member.uuid(), ..Self::new(kind, subject) }
    }
    pub(crate) fn workspace(id: WorkspaceId) -> Self {
        Self::new("workspace", id.uuid())
    }
    pub(crate) fn member(id: MemberId) -> Self {
        Self::new("member", id.uuid())
    }
    pub(crate) fn cost(id: MemberId) -> Self {
        Self::new("cost", id.uuid())
    }
}

row! {
    /// A rate that counted until a day.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PastRate {
        /// Whose, as in [`Rated`].
        pub kind: String,
        /// The first day on which the next rate counts.
        pub until: Date,
        /// Minor units an hour; none where no rate was set.
        pub rate_cents: Option<i64>,
    }
}

/// Notes that a rate changes from a day on; without a day, the new one counts for all time that
/// is not approved yet, and what counted before is forgotten.
///
/// # Errors
/// Beside `rate_from`, a day to come.
pub async fn change(
    tx: &TenantTx,
    rated: Rated,
    before: Option<i64>,
    from: Option<Date>,
    today: Date,
) -> Result<()> {
    // The day before the change keeps the rate it has; whatever was to count from a later day on is gone.
    const FROM: &str = "with gone as (
         delete from identity.past_rates
         where workspace_id = $1 and kind = $2 and subject_id = $3 and member_id = $4 and until > $5
         returning until, rate_cents),
       covering as (select rate_cents from gone order by until limit 1)
       insert into identity.past_rates (workspace_id, kind, subject_id, member_id, until, rate_cents, created_at)
       values ($1, $2, $3, $4, $5,
         case when exists (select from covering) then (select rate_cents from covering) else $6::int8 end, $7)
       on conflict do nothing";
    const ALL: &str = "delete from identity.past_rates
       where workspace_id = $1 and kind = $2 and subject_id = $3 and member_id = $4";
    let workspace = tx.workspace();
    match from {
        Some(day) if day > today => {
            Err(Refusal::field("rate_from", "future", "Choose today or an earlier day.").into())
        }
        Some(day) => {
            let now = tx.now();
            tx.execute(FROM, &[&workspace, &rated.kind, &rated.subject, &rated.member, &day, &before, &now])
                .await
                .map(drop)
        }
        None => tx.execute(ALL, &[&workspace, &rated.kind, &rated.subject, &rated.member]).await.map(drop),
    }
}

/// What counted before, of a few things with a rate; the latest first.
///
/// # Errors
/// A bug when the database refuses.
pub async fn past(tx: &TenantTx, rated: &[Rated]) -> Result<Vec<PastRate>> {
    let kinds: Vec<&str> = rated.iter().map(|of| of.kind).collect();
    let subjects: Vec<Uuid> = rated.iter().map(|of| of.subject).collect();
    let members: Vec<Uuid> = rated.iter().map(|of| of.member).collect();
    tx.query(
        "select past.kind, past.until, past.rate_cents
         from unnest($2::text[], $3::uuid[], $4::uuid[]) as asked (kind, subject_id, member_id)
         join identity.past_rates past on past.workspace_id = $1 and past.kind = asked.kind
           and past.subject_id = asked.subject_id and past.member_id = asked.member_id
         order by past.until desc, past.kind limit 50",
        &[&tx.workspace(), &kinds, &subjects, &members],
    )
    .await
}
