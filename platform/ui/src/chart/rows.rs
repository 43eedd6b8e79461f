//! Lying bars with a label each.

use super::{Chart, fill, share};
use crate::Html;

pub(super) fn rows(chart: &Chart<'_>) -> Html {
    let total = |step: usize| {
        (0..chart.series.len()).fold(0_i64, |sum, s| sum.saturating_add(chart.value(s, step).max(0)))
    };
    let max = (0..chart.labels.len()).map(total).max().unwrap_or(0);
    let list: String = chart
        .labels
        .iter()
        .enumerate()
        .map(|(step, label)| {
            let mut x = 0.0;
            let parts: String = (0..chart.series.len())
                .map(|s| {
                    let width = share(chart.value(s, step).max(0), max, 100.0);
                    let part = format!("<rect class=\"{}\" x=\"{x:.2}\" width=\"{width:.2}\" height=\"8\"/>", fill(s));
                    x += width;
                    part
                })
                .collect();
            format!(
                "<div class=\"bar-row\" data-tip=\"{}\"><span class=\"bar-label\">{}</span>\
                 <svg class=\"bar-line\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\"><rect class=\"progress-track\" width=\"100\" height=\"8\"/>{parts}</svg>\
                 <span class=\"bar-value num\">{}</span></div>",
                crate::escape(chart.told(step)),
                crate::escape(label),
                crate::escape((chart.show)(total(step)))
            )
        })
        .collect();
    chart.figure("rows", Html::raw(format!("<div class=\"bar-rows\" aria-hidden=\"true\">{list}</div>")))
}
