//! What pipelines and stages may be.

use rapport_base::{Refusal, Result, text};

use super::{Stage, StageId, StageKind};

/// Colours to choose from, with their names and the tone they are shown in.
pub const COLORS: [(&str, &str, &str); 6] = [
    ("#64748b", "Grey", "neutral"),
    ("#3b82f6", "Blue", "blue"),
    ("#8b5cf6", "Violet", "violet"),
    ("#f59e0b", "Amber", "amber"),
    ("#22c55e", "Green", "green"),
    ("#ef4444", "Red", "red"),
];

/// Stages a pipeline may have at most.
pub const MOST_STAGES: usize = 30;

fn channels(color: &str) -> Option<[i32; 3]> {
    let hex = color.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.is_ascii())?;
    let at = |i: usize| i32::from_str_radix(&hex[i..i + 2], 16).ok();
    Some([at(0)?, at(2)?, at(4)?])
}

/// The tone nearest to a colour.
#[must_use]
pub fn tone(color: &str) -> &'static str {
    let Some(wanted) = channels(color) else { return "neutral" };
    let distance = |(hex, _, _): &&(&str, &str, &str)| -> i32 {
        let known = channels(hex).unwrap_or_default();
        known.iter().zip(wanted).map(|(a, b)| (a - b).pow(2)).sum()
    };
    COLORS.iter().min_by_key(distance).map_or("neutral", |(_, _, tone)| tone)
}

/// A colour in lower case, or the one that fits the kind.
pub fn color(typed: Option<&str>, kind: StageKind) -> Result<String> {
    match typed.map(str::trim).filter(|typed| !typed.is_empty()) {
        Some(typed) if channels(typed).is_some() => Ok(typed.to_lowercase()),
        Some(_) => {
            Err(Refusal::field("color", "invalid", "Write a colour as #rrggbb, such as #3b82f6.").into())
        }
        None => Ok(match kind {
            StageKind::Open => "#64748b",
            StageKind::Won => "#22c55e",
            StageKind::Lost => "#ef4444",
        }
        .into()),
    }
}

/// A name that says something.
pub fn name(typed: &str, what: &str) -> Result<String> {
    text::clean_line(typed)
        .ok_or_else(|| Refusal::field("name", "required", format!("Give the {what} a name.")).into())
}

/// The probability of a stage: won is certain, lost is hopeless, open is in between.
pub fn probability(kind: StageKind, wished: Option<i16>) -> Result<i16> {
    let fixed = match kind {
        StageKind::Won => 100,
        StageKind::Lost => 0,
        StageKind::Open => return Ok(wished.unwrap_or(50)),
    };
    if wished.is_some_and(|wished| wished != fixed) {
        let message = format!("A {} stage always counts {fixed} %.", kind.label().to_lowercase());
        return Err(Refusal::field("probability", "fixed", message).into());
    }
    Ok(fixed)
}

/// The order of stages after one of them was put at a place; open ones stay before closed ones.
#[must_use]
pub fn reordered(stages: &[Stage], moved: StageId, to: usize) -> Vec<StageId> {
    let mut order: Vec<&Stage> = stages.iter().filter(|stage| stage.id != moved).collect();
    if let Some(stage) = stages.iter().find(|stage| stage.id == moved) {
        order.insert(to.min(order.len()), stage);
    }
    order.sort_by_key(|stage| stage.kind.is_closed());
    order.iter().map(|stage| stage.id).collect()
}

/// Whether a pipeline still works without one of its stages: a stage to begin in, one to
/// win in and one to lose in are left.
pub fn may_go(stages: &[Stage], gone: StageId) -> Result<()> {
    let Some(stage) = stages.iter().find(|stage| stage.id == gone) else { return Ok(()) };
    if stages.iter().any(|other| other.id != gone && other.kind == stage.kind) {
        return Ok(());
    }
    let message = match stage.kind {
        StageKind::Open => "A pipeline needs an open stage for deals to begin in.",
        StageKind::Won => "A pipeline needs a stage for won deals.",
        StageKind::Lost => "A pipeline needs a stage for lost deals.",
    };
    Err(Refusal::conflict("pipelines.last_of_kind", message).into())
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::PipelineId;

    fn stage(name: &str, kind: StageKind, position: i16) -> Stage {
        Stage {
            id: StageId::new(),
            pipeline_id: PipelineId::new(),
            name: name.into(),
            color: "#64748b".into(),
            kind,
            probability: 0,
            position,
            rot_days: None,
            version: 1,
        }
    }

    #[test]
    fn a_colour_is_shown_in_the_nearest_tone() {
        for (color, shown) in [
            ("#3b82f6", "blue"),
            ("#1d4ed8", "blue"),
            ("#16a34a", "green"),
            ("#dc2626", "red"),
            ("nonsense", "neutral"),
        ] {
            assert_eq!(tone(color), shown, "{color}");
        }
        assert!(color(Some("red"), StageKind::Open).is_err());
        assert_eq!(color(None, StageKind::Won).unwrap(), "#22c55e");
    }

    #[test]
    fn closed_stages_count_wholly_or_not_at_all() {
        assert_eq!(probability(StageKind::Won, None).unwrap(), 100);
        assert_eq!(probability(StageKind::Lost, Some(0)).unwrap(), 0);
        assert!(probability(StageKind::Won, Some(90)).is_err());
        assert_eq!(probability(StageKind::Open, Some(35)).unwrap(), 35);
    }

    #[test]
    fn open_stages_always_stand_before_closed_ones() {
        let stages = [
            stage("Lead", StageKind::Open, 0),
            stage("Talk", StageKind::Open, 1),
            stage("Won", StageKind::Won, 2),
            stage("Lost", StageKind::Lost, 3),
        ];
        let names = |order: Vec<StageId>| -> Vec<String> {
            order.iter().map(|id| stages.iter().find(|s| s.id == *id).unwrap().name.clone()).collect()
        };
        assert_eq!(names(reordered(&stages, stages[1].id, 0)), ["Talk", "Lead", "Won", "Lost"]);
        assert_eq!(names(reordered(&stages, stages[0].id, 9)), ["Talk", "Lead", "Won", "Lost"]);
        assert_eq!(names(reordered(&stages, stages[3].id, 2)), ["Lead", "Talk", "Lost", "Won"]);
    }

    #[test]
    fn the_last_stage_of_a_kind_stays() {
        let stages = [
            stage("Lead", StageKind::Open, 0),
            stage("Talk", StageKind::Open, 1),
            stage("Won", StageKind::Won, 2),
        ];
        assert!(may_go(&stages, stages[0].id).is_ok());
        assert!(may_go(&stages, stages[2].id).is_err());
    }
}
