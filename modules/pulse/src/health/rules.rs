//! Pure decisions: how measures make a score, and a score a level.

use rapport_base::money;

use super::{Evidence, Factor};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Communication,
    Delivery,
    Payment,
    Engagement,
    Relationship,
}

impl Measure {
    /// As stored.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Measure::Communication => "communication",
            Measure::Delivery => "delivery",
            Measure::Payment => "payment",
            Measure::Engagement => "engagement",
            Measure::Relationship => "relationship",
        }
    }
    /// As shown.
    pub(crate) fn label(name: &str) -> &'static str {
        match name {
            "communication" => "Communication",
            "delivery" => "Delivery",
            "payment" => "Payment",
            "engagement" => "Engagement",
            _ => "Relationship",
        }
    }
    /// Its icon.
    pub(crate) fn icon(name: &str) -> &'static str {
        match name {
            "communication" => "message-square",
            "delivery" => "package-check",
            "payment" => "banknote",
            "engagement" => "mouse-pointer-click",
            _ => "users",
        }
    }
}

/// What a measure finds: a score with data, none without; always a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub measure: Measure,
    pub score: Option<i16>,
    pub sentence: String,
    pub evidence: Vec<Evidence>,
}

/// How much each measure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weights {
    pub communication: i16,
    pub delivery: i16,
    pub payment: i16,
    pub engagement: i16,
    pub relationship: i16,
}

impl Weights {
    pub(crate) fn of(&self, name: &str) -> i16 {
        match name {
            "communication" => self.communication,
            "delivery" => self.delivery,
            "payment" => self.payment,
            "engagement" => self.engagement,
            _ => self.relationship,
        }
    }
}

/// A score with its confidence and the factors that sum to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub score: i16,
    pub confidence: i16,
    pub factors: Vec<Factor>,
}

/// Puts findings together. What has no data takes no part in the score and lowers the confidence.
/// The relationship alone is too little to judge by.
pub(crate) fn judge(findings: Vec<Finding>, weights: &Weights) -> Option<Judgement> {
    let factors = findings.into_iter().map(|finding| Factor {
        name: finding.measure.name().into(),
        score: finding.score,
        weight: weights.of(finding.measure.name()),
        points: 0,
        sentence: finding.sentence,
        evidence: finding.evidence,
    });
    weigh(factors.collect(), weights)
}

/// The same factors under other weights.
pub(crate) fn weigh(mut factors: Vec<Factor>, weights: &Weights) -> Option<Judgement> {
    for factor in &mut factors {
        factor.weight = weights.of(&factor.name).max(0);
    }
    let counts = |factor: &&Factor| factor.score.is_some() && factor.weight > 0;
    if !factors.iter().filter(counts).any(|factor| factor.name != Measure::Relationship.name()) {
        return None;
    }
    let all: i64 = factors.iter().map(|factor| i64::from(factor.weight)).sum();
    let known: i64 = factors.iter().filter(counts).map(|factor| i64::from(factor.weight)).sum();
    let product =
        |factor: &Factor| i64::from(factor.score.unwrap_or(0).clamp(0, 100)) * i64::from(factor.weight);
    let sum: i64 = factors.iter().map(product).sum();
    let score = divided(sum, known);
    let shares: Vec<u64> = factors.iter().map(|factor| u64::try_from(product(factor)).unwrap_or(0)).collect();
    for (factor, points) in factors.iter_mut().zip(money::split(score, &shares)) {
        factor.points = small(points);
    }
    Some(Judgement { score: small(score), confidence: small(divided(known * 100, all)), factors })
}

/// A quotient, halves rounded up.
fn divided(sum: i64, by: i64) -> i64 {
    (2 * sum + by) / (2 * by.max(1))
}

fn small(value: i64) -> i16 {
    i16::try_from(value.clamp(0, 100)).unwrap_or(100)
}

/// How worried one should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something is very wrong.
    Critical,
    /// Look after this client.
    AtRisk,
    /// All is well.
    Healthy,
}

impl Level {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Critical => "critical",
            Level::AtRisk => "at_risk",
            Level::Healthy => "healthy",
        }
    }
    /// From what is stored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Critical, Self::AtRisk, Self::Healthy].into_iter().find(|level| level.as_str() == text)
    }
    /// As shown.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Level::Critical => "Critical",
            Level::AtRisk => "At risk",
            Level::Healthy => "Healthy",
        }
    }
    /// Its colour.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Level::Critical => "red",
            Level::AtRisk => "amber",
            Level::Healthy => "green",
        }
    }
}

/// Where the levels begin, and how far beyond a score must go before it changes its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Thresholds {
    pub healthy_from: i16,
    pub at_risk_from: i16,
    pub hysteresis: i16,
}

impl Thresholds {
    /// The level of a score, given the level so far.
    pub(crate) fn level(&self, score: i16, so_far: Option<Level>) -> Level {
        // Each border stays where it is for newcomers, and moves away from who stands beside it.
        let above = |border: i16, upper: Level| match so_far {
            None => score >= border,
            Some(level) if level >= upper => score >= border - self.hysteresis,
            Some(_) => score >= border + self.hysteresis,
        };
        if above(self.healthy_from, Level::Healthy) {
            Level::Healthy
        } else if above(self.at_risk_from, Level::AtRisk) {
            Level::AtRisk
        } else {
            Level::Critical
        }
    }
}

/// A difference that people should see on the timeline.
pub(crate) fn matters(from: Option<(i16, Level)>, to: (i16, Level)) -> bool {
    from.is_none_or(|(score, level)| level != to.1 || (score - to.0).abs() >= 5)
}

/// What moved a score most, as a sentence.
pub(crate) fn reason(before: &[Factor], after: &[Factor]) -> String {
    let delta = |factor: &Factor| {
        let was = before.iter().find(|was| was.name == factor.name);
        match (was.and_then(|was| was.score), factor.score) {
            (Some(was), Some(is)) => i32::from(is - was) * i32::from(factor.weight),
            _ => 0,
        }
    };
    let most = after.iter().max_by_key(|factor| delta(factor).abs()).filter(|factor| delta(factor) != 0);
    most.map(|factor| factor.sentence.clone()).unwrap_or_default()
}

/// How many points each factor gained or lost between two scores, largest first.
pub(crate) fn moves(before: &[Factor], after: &[Factor]) -> Vec<(String, i16)> {
    let points =
        |factors: &[Factor], name: &str| factors.iter().find(|f| f.name == name).map_or(0, |f| f.points);
    let mut moves: Vec<(String, i16)> = after
        .iter()
        .map(|factor| (factor.name.clone(), factor.points - points(before, &factor.name)))
        .filter(|(_, points)| *points != 0)
        .collect();
    moves.sort_by_key(|(_, points)| -points.abs());
    moves
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Measure; 5] = [
        Measure::Payment,
        Measure::Delivery,
        Measure::Communication,
        Measure::Engagement,
        Measure::Relationship,
    ];
    const WEIGHTS: Weights =
        Weights { communication: 20, delivery: 20, payment: 20, engagement: 10, relationship: 5 };
    const BORDERS: Thresholds = Thresholds { healthy_from: 70, at_risk_from: 40, hysteresis: 3 };

    fn finding(measure: Measure, score: Option<i16>) -> Finding {
        Finding { measure, score, sentence: format!("{measure:?} {score:?}"), evidence: Vec::new() }
    }

    #[test]
    fn the_points_of_the_factors_sum_to_the_score() {
        for scores in [[93, 41, 77, 12, 55], [100, 100, 100, 100, 100], [0, 0, 0, 0, 0], [33, 33, 34, 1, 99]]
        {
            let findings = ALL.into_iter().zip(scores).map(|(m, s)| finding(m, Some(s))).collect();
            let health = judge(findings, &WEIGHTS).unwrap();
            assert_eq!(health.factors.iter().map(|f| f.points).sum::<i16>(), health.score, "{scores:?}");
            assert_eq!(health.confidence, 100);
        }
    }

    #[test]
    fn missing_data_lowers_the_confidence_not_the_score() {
        let full = judge(ALL.into_iter().map(|m| finding(m, Some(80))).collect(), &WEIGHTS).unwrap();
        let some = ALL.into_iter().map(|m| finding(m, (m == Measure::Payment).then_some(80))).collect();
        let some = judge(some, &WEIGHTS).unwrap();
        assert_eq!((full.score, some.score), (80, 80));
        assert_eq!((full.confidence, some.confidence), (100, 27));
    }

    #[test]
    fn the_relationship_alone_makes_no_score() {
        let only = ALL.into_iter().map(|m| finding(m, (m == Measure::Relationship).then_some(90))).collect();
        assert_eq!(judge(only, &WEIGHTS), None);
        let unweighed = Weights { payment: 0, ..WEIGHTS };
        assert_eq!(judge(vec![finding(Measure::Payment, Some(90))], &unweighed), None);
    }

    #[test]
    fn other_weights_give_another_score_of_the_same_factors() {
        let findings = vec![finding(Measure::Payment, Some(0)), finding(Measure::Delivery, Some(100))];
        let even = judge(findings, &WEIGHTS).unwrap();
        assert_eq!(even.score, 50);
        let paying = weigh(even.factors, &Weights { payment: 60, delivery: 20, ..WEIGHTS }).unwrap();
        assert_eq!(paying.score, 25);
    }

    #[test]
    fn a_level_does_not_flap_around_its_border() {
        let mut level = BORDERS.level(71, None);
        assert_eq!(level, Level::Healthy);
        for score in [69, 71, 68, 70, 67] {
            level = BORDERS.level(score, Some(level));
            assert_eq!(level, Level::Healthy, "{score}");
        }
        level = BORDERS.level(66, Some(level));
        assert_eq!(level, Level::AtRisk);
        for score in [70, 72, 69] {
            level = BORDERS.level(score, Some(level));
            assert_eq!(level, Level::AtRisk, "{score}");
        }
        assert_eq!(BORDERS.level(73, Some(level)), Level::Healthy);
        assert_eq!(BORDERS.level(10, Some(Level::Healthy)), Level::Critical);
        assert_eq!(BORDERS.level(90, Some(Level::Critical)), Level::Healthy);
    }

    #[test]
    fn without_hysteresis_the_borders_are_exact() {
        let borders = Thresholds { hysteresis: 0, ..BORDERS };
        for so_far in [None, Some(Level::Critical), Some(Level::AtRisk), Some(Level::Healthy)] {
            assert_eq!(borders.level(70, so_far), Level::Healthy);
            assert_eq!(borders.level(69, so_far), Level::AtRisk);
            assert_eq!(borders.level(40, so_far), Level::AtRisk);
            assert_eq!(borders.level(39, so_far), Level::Critical);
        }
    }

    #[test]
    fn what_moved_it_most_is_named_first() {
        let before =
            judge(vec![finding(Measure::Payment, Some(90)), finding(Measure::Delivery, Some(90))], &WEIGHTS)
                .unwrap();
        let after =
            judge(vec![finding(Measure::Payment, Some(20)), finding(Measure::Delivery, Some(85))], &WEIGHTS)
                .unwrap();
        assert_eq!(reason(&before.factors, &after.factors), "Payment Some(20)");
        assert_eq!(moves(&before.factors, &after.factors)[0].0, "payment");
        assert_eq!(
            moves(&before.factors, &after.factors).iter().map(|m| m.1).sum::<i16>(),
            after.score - before.score
        );
    }

    #[test]
    fn small_moves_within_a_level_do_not_matter() {
        assert!(!matters(Some((80, Level::Healthy)), (77, Level::Healthy)));
        assert!(matters(Some((80, Level::Healthy)), (75, Level::Healthy)));
        assert!(matters(Some((67, Level::Healthy)), (66, Level::AtRisk)));
        assert!(matters(None, (90, Level::Healthy)));
    }
}
