//! Naming and ending deputies.

use garde::Validate;
use jiff::civil::Date;
use rapport_base::{Error, FieldError, MemberId, PermissionSet, Refusal, Result};
use rapport_web::Cx;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Deputy, DeputyId,
    rules::{self, Person},
    store::{self, Who},
};
use crate::{
    events::{DeputyEnded, DeputyNamed},
    permissions::{TEAM_DEPUTIES, TEAM_MANAGE},
};

const MOST: i64 = 100;

/// A deputy to be named.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeputy {
    /// Who decides.
    #[garde(skip)]
    pub deputy_id: MemberId,
    /// The first day, in the workspace's zone: today or later.
    #[garde(skip)]
    #[schema(value_type = String, format = "date")]
    pub from: Date,
    /// The last day.
    #[garde(skip)]
    #[schema(value_type = String, format = "date")]
    pub until: Date,
    /// In whose place; one's own unless said. For others, those who manage the team only.
    #[serde(default)]
    #[garde(skip)]
    pub member_id: Option<MemberId>,
}

/// Names a deputy: in these days they approve what the one who is away may approve.
pub(crate) async fn name(cx: &Cx, new: NewDeputy) -> Result<Deputy> {
    rapport_web::validate(&new)?;
    let member_id = new.member_id.unwrap_or(cx.member.id);
    if member_id != cx.member.id {
        cx.require(TEAM_MANAGE)?;
    }
    let zone = cx.workspace().zone();
    let days = rules::days(new.from, new.until, cx.app.clock.today(&zone), &zone);
    let tx = cx.begin().await?;
    let lender = store::lock_lender(&tx, member_id).await?;
    let deputy = store::deputy(&tx, new.deputy_id).await?;
    let lends = lender.as_ref().is_some_and(|who| approves(cx, &who.role));
    let mut errors = rules::check_people(
        lender.as_ref().map(person),
        lends,
        deputy.as_ref().map(person),
        new.deputy_id == member_id,
    );
    let (days, lender, deputy) = match (days, lender, deputy) {
        (Ok(days), Some(lender), Some(deputy)) if errors.is_empty() => (days, lender, deputy),
        (days, ..) => {
            errors.extend(days.err().unwrap_or_default());
            return Err(Refusal::invalid(errors).into());
        }
    };
    if let Some((from, until)) = store::overlapping(&tx, member_id, new.deputy_id, days).await? {
        let fmt = cx.fmt();
        let message = format!(
            "{} is deputy of {} from {} to {} already.",
            deputy.name,
            lender.name,
            fmt.date(from),
            fmt.date(until)
        );
        return Err(overlaps(message));
    }
    if store::count(&tx).await? >= MOST {
        let message = "At most 100 deputies are named at a time. End one that is not needed.";
        return Err(Refusal::conflict("deputies.too_many", message).into());
    }
    let named = Deputy {
        id: DeputyId::new(),
        member_id,
        member_name: lender.name,
        deputy_id: new.deputy_id,
        deputy_name: deputy.name,
        from: days.from,
        until: days.until,
        starts_at: days.starts_at,
        ends_at: days.ends_at,
        ended_at: None,
    };
    store::insert(&tx, &named, cx.member.id).await.map_err(|error| match rapport_db::constraint(&error) {
        Some("deputies_named_once") => overlaps("They are named for some of these days already.".into()),
        _ => error,
    })?;
    tx.publish(&DeputyNamed {
        id: named.id.uuid(),
        member_id,
        member_name: named.member_name.clone(),
        deputy_id: named.deputy_id,
        deputy_name: named.deputy_name.clone(),
        from: named.from,
        until: named.until,
        starts_at: named.starts_at,
    });
    tx.commit().await?;
    Ok(named)
}

/// Ends a deputy's days, or takes them back before they began; from the next request on they
/// approve nothing any more.
pub(crate) async fn end(cx: &Cx, id: DeputyId) -> Result<Deputy> {
    let tx = cx.begin().await?;
    let deputy = store::lock(&tx, id).await?;
    if deputy.member_id != cx.member.id {
        cx.require(TEAM_MANAGE)?;
    }
    store::end(&tx, id, cx.member.id).await?;
    tx.publish(&DeputyEnded {
        id: id.uuid(),
        member_id: deputy.member_id,
        member_name: deputy.member_name.clone(),
        deputy_id: deputy.deputy_id,
        deputy_name: deputy.deputy_name.clone(),
    });
    tx.commit().await?;
    Ok(deputy)
}

/// Whether a role approves something, so that it may be lent.
pub(crate) fn approves(cx: &Cx, role: &str) -> bool {
    PermissionSet::of_role(role, &cx.app.permissions).has(TEAM_DEPUTIES)
}

fn person(who: &Who) -> Person<'_> {
    Person { role: &who.role, is_active: who.is_active }
}

fn overlaps(message: String) -> Error {
    Refusal::invalid(vec![FieldError::new("from", "overlaps", message)]).into()
}
