//! Lines and upright bars on a grid.

use super::{Chart, fill, stroke};
use crate::Html;

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 200.0;

/// How the series are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Line,
    Area,
    Bars,
    Stacked,
}

/// The range of the axis in round steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Scale {
    low: i128,
    high: i128,
    step: i128,
}

impl Scale {
    /// Covers the values and zero in three to six round steps.
    fn over(min: i64, max: i64) -> Self {
        let (min, max) = (i128::from(min.min(0)), i128::from(max.max(0)));
        let span = (max - min).max(1);
        let mut unit: i128 = 1;
        let step = 'found: loop {
            for factor in [1, 2, 5] {
                if span <= unit * factor * 4 {
                    break 'found unit * factor;
                }
            }
            unit *= 10;
        };
        let high = (max + step - 1).div_euclid(step) * step;
        let low = min.div_euclid(step) * step;
        Self { low, high: high.max(low + step), step }
    }

    fn ticks(self) -> impl DoubleEndedIterator<Item = i128> {
        let count = (self.high - self.low) / self.step;
        (0..=count).map(move |i| self.low + i * self.step)
    }

    fn y(self, value: i128) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "pixels, not money")]
        let part = (value - self.low) as f64 / (self.high - self.low) as f64;
        HEIGHT - part * HEIGHT
    }
}

pub(super) fn plot(chart: &Chart<'_>, kind: Kind) -> Html {
    let steps = chart.labels.len();
    let totals = || {
        (0..steps).map(|step| {
            (0..chart.series.len()).fold(0_i64, |sum, s| sum.saturating_add(chart.value(s, step)))
        })
    };
    let singles = || (0..chart.series.len()).flat_map(|s| (0..steps).map(move |step| chart.value(s, step)));
    let (min, max) = if kind == Kind::Stacked {
        (totals().min().unwrap_or(0), totals().max().unwrap_or(0))
    } else {
        (singles().min().unwrap_or(0), singles().max().unwrap_or(0))
    };
    let scale = Scale::over(min, max);

    let mut svg = String::new();
    for tick in scale.ticks() {
        let y = scale.y(tick);
        let class = if tick == 0 { "grid grid-zero" } else { "grid" };
        svg.push_str(&format!(
            "<line class=\"{class}\" x1=\"0\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>"
        ));
    }
    match kind {
        Kind::Line | Kind::Area => lines(chart, kind, scale, &mut svg),
        Kind::Bars => bars(chart, scale, &mut svg),
        Kind::Stacked => stack(chart, scale, &mut svg),
    }
    let cell = cell(steps);
    for (step, _) in &chart.marks {
        let x = (at(*step) + 0.5) * cell;
        svg.push_str(&format!(
            "<line class=\"mark-line\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"0\" y2=\"{HEIGHT}\"/>"
        ));
    }
    for step in 0..steps {
        svg.push_str(&format!(
            "<rect class=\"hit\" x=\"{:.1}\" width=\"{cell:.1}\" height=\"{HEIGHT}\" data-tip=\"{}\"><title>{1}</title></rect>",
            at(step) * cell,
            crate::escape(chart.told(step))
        ));
    }

    let ticks: String = scale
        .ticks()
        .rev()
        .map(|tick| {
            let tick = i64::try_from(tick).unwrap_or(i64::MAX);
            format!("<span>{}</span>", crate::escape((chart.show)(tick)))
        })
        .collect();
    let labels: String =
        chart.labels.iter().map(|label| format!("<span>{}</span>", crate::escape(label))).collect();
    let crowd = match steps {
        0..=5 => "",
        6..=16 => " axis-x-half",
        _ => " axis-x-few",
    };
    let picture = Html::raw(format!(
        "<div class=\"plot\"><div class=\"axis-y num\" aria-hidden=\"true\">{ticks}</div>\
         <svg class=\"plot-svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{svg}</svg>\
         <div class=\"axis-x{crowd}\" aria-hidden=\"true\">{labels}</div></div>"
    ));
    let name = match kind {
        Kind::Line => "line",
        Kind::Area => "area",
        Kind::Bars => "bars",
        Kind::Stacked => "stacked",
    };
    chart.figure(name, picture)
}

fn at(step: usize) -> f64 {
    f64::from(u32::try_from(step).unwrap_or(u32::MAX))
}

fn cell(steps: usize) -> f64 {
    WIDTH / at(steps.max(1))
}

fn lines(chart: &Chart<'_>, kind: Kind, scale: Scale, svg: &mut String) {
    let steps = chart.labels.len();
    let cell = cell(steps);
    let zero = scale.y(0);
    for s in 0..chart.series.len() {
        let points: Vec<String> = (0..steps)
            .map(|step| format!("{:.1},{:.1}", (at(step) + 0.5) * cell, scale.y(chart.value(s, step).into())))
            .collect();
        if kind == Kind::Area && !points.is_empty() {
            svg.push_str(&format!(
                "<polygon class=\"area {}\" points=\"{:.1},{zero:.1} {} {:.1},{zero:.1}\"/>",
                fill(s),
                0.5 * cell,
                points.join(" "),
                (at(steps) - 0.5) * cell,
            ));
        }
        svg.push_str(&format!("<polyline class=\"line {}\" points=\"{}\"/>", stroke(s), points.join(" ")));
    }
}

fn bar(svg: &mut String, series: usize, x: f64, width: f64, top: f64, bottom: f64) {
    svg.push_str(&format!(
        "<rect class=\"bar {}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\"/>",
        fill(series),
        top.min(bottom),
        (top - bottom).abs()
    ));
}

fn bars(chart: &Chart<'_>, scale: Scale, svg: &mut String) {
    let cell = cell(chart.labels.len());
    let count = at(chart.series.len().max(1));
    let width = (cell * 0.64 / count).min(44.0);
    let zero = scale.y(0);
    for step in 0..chart.labels.len() {
        let left = (at(step) + 0.5) * cell - width * count / 2.0;
        for s in 0..chart.series.len() {
            let inner = if chart.series.len() > 1 { width * 0.9 } else { width };
            bar(svg, s, left + at(s) * width, inner, scale.y(chart.value(s, step).into()), zero);
        }
    }
}

fn stack(chart: &Chart<'_>, scale: Scale, svg: &mut String) {
    let cell = cell(chart.labels.len());
    let width = (cell * 0.64).min(44.0);
    for step in 0..chart.labels.len() {
        let left = (at(step) + 0.5) * cell - width / 2.0;
        let mut sum: i128 = 0;
        for s in 0..chart.series.len() {
            let from = scale.y(sum);
            sum += i128::from(chart.value(s, step));
            bar(svg, s, left, width, scale.y(sum), from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_ends_on_round_numbers_that_cover_the_values() {
        assert_eq!(Scale::over(0, 87), Scale { low: 0, high: 100, step: 50 });
        assert_eq!(Scale::over(0, 80), Scale { low: 0, high: 80, step: 20 });
        assert_eq!(Scale::over(-30, 100), Scale { low: -50, high: 100, step: 50 });
        assert_eq!(Scale::over(0, 0), Scale { low: 0, high: 1, step: 1 });
        assert!(Scale::over(i64::MIN, i64::MAX).ticks().count() <= 7);
    }
}
