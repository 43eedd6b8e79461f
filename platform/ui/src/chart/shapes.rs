//! Pictures without an axis: sparkline, donut, funnel, heat map, gauge.

use std::fmt::Display;

use super::{figure, fill, legend_item, share, stroke, twin};
use crate::arg::Arg;
use crate::{Html, Tone};

/// A named part of a whole.
#[derive(Clone, Debug)]
pub struct Slice {
    name: String,
    value: i64,
    tone: Option<Tone>,
}

impl Slice {
    /// A part and its size.
    pub fn new(name: impl Display, value: impl Arg<i64>) -> Self {
        Self { name: name.to_string(), value: value.value(), tone: None }
    }

    /// A colour with a meaning, instead of the next one of the palette.
    #[must_use]
    pub const fn tone(mut self, tone: Tone) -> Self {
        self.tone = Some(tone);
        self
    }

    /// The class of its swatch, as the `i`th part.
    fn fill(&self, i: usize) -> String {
        self.tone.map_or_else(|| fill(i), |tone| format!("fill-{}", tone.as_str()))
    }

    /// The class of its arc, as the `i`th part.
    fn stroke(&self, i: usize) -> String {
        self.tone.map_or_else(|| stroke(i), |tone| format!("stroke-{}", tone.as_str()))
    }
}

fn slices_table(title: &str, slices: &[Slice], show: &dyn Fn(i64) -> String) -> Html {
    let rows: String = slices
        .iter()
        .map(|slice| {
            format!(
                "<tr><th scope=\"row\">{}</th><td class=\"num\">{}</td></tr>",
                crate::escape(&slice.name),
                crate::escape(show(slice.value))
            )
        })
        .collect();
    twin(title, &format!("<tbody>{rows}</tbody>"))
}

/// The course of a few values, beside a figure; decoration, the figure says it. Nothing when there
/// was nothing.
pub fn spark(values: &[impl Arg<i64>]) -> Html {
    let values: Vec<i64> = values.iter().map(Arg::value).collect();
    let (Some(min), Some(max)) = (values.iter().min(), values.iter().max()) else {
        return Html::default();
    };
    if *min == 0 && *max == 0 {
        return Html::default();
    }
    let span = max.saturating_sub(*min);
    let last = values.len().saturating_sub(1).max(1);
    let points: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(i, value)| {
            let x = share(i64::try_from(i).unwrap_or(0), i64::try_from(last).unwrap_or(1), 100.0);
            let y = if span == 0 { 14.0 } else { 26.0 - share(value.saturating_sub(*min), span, 24.0) };
            format!("{x:.1},{y:.1}")
        })
        .collect();
    let line = points.join(" ");
    Html::raw(format!(
        "<svg class=\"spark\" viewBox=\"0 0 100 28\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <polygon class=\"spark-area\" points=\"0,28 {line} 100,28\"/><polyline class=\"spark-line\" points=\"{line}\"/></svg>"
    ))
}

/// Parts of a whole.
pub fn donut(title: impl Display, slices: &[Slice], show: impl Fn(i64) -> String) -> Html {
    let title = title.to_string();
    let total = slices.iter().fold(0_i64, |sum, slice| sum.saturating_add(slice.value.max(0)));
    let mut offset = 0.0;
    let mut rings =
        String::from("<circle class=\"ring-track\" cx=\"18\" cy=\"18\" r=\"14\" pathLength=\"100\"/>");
    let mut legend = String::new();
    for (i, slice) in slices.iter().enumerate() {
        let part = share(slice.value.max(0), total, 100.0);
        let gap = if part > 2.0 { 0.8 } else { 0.0 };
        let told = format!("{}: {} ({part:.0}%)", slice.name, show(slice.value));
        if part > 0.0 {
            rings.push_str(&format!(
                "<circle class=\"slice {}\" cx=\"18\" cy=\"18\" r=\"14\" pathLength=\"100\" stroke-dasharray=\"{:.2} 100\" stroke-dashoffset=\"{:.2}\" data-tip=\"{}\"/>",
                slice.stroke(i),
                (part - gap).max(0.1),
                -offset,
                crate::escape(told)
            ));
        }
        offset += part;
        legend.push_str(&legend_item(&slice.fill(i), &slice.name, &show(slice.value)));
    }
    let picture = Html::raw(format!(
        "<div class=\"donut\"><svg viewBox=\"0 0 36 36\" aria-hidden=\"true\">{rings}</svg><span class=\"donut-total num\">{}</span></div>",
        crate::escape(show(total))
    ));
    let legend = Html::raw(format!("<ul class=\"legend legend-values\">{legend}</ul>"));
    let table = slices_table(&title, slices, &show);
    figure("donut", &title, "", picture, legend, table)
}

/// Steps that grow smaller, with the share that goes on.
pub fn funnel(title: impl Display, slices: &[Slice], show: impl Fn(i64) -> String) -> Html {
    let title = title.to_string();
    let max = slices.iter().map(|slice| slice.value).max().unwrap_or(0);
    let rows: String = slices
        .iter()
        .enumerate()
        .map(|(i, slice)| {
            let width = share(slice.value.max(0), max, 100.0);
            let next = slices.get(i + 1).map_or(width, |next| share(next.value.max(0), max, 100.0));
            let (left, right) = (50.0 - width / 2.0, 50.0 + width / 2.0);
            let (low_left, low_right) = (50.0 - next / 2.0, 50.0 + next / 2.0);
            let kept = match i.checked_sub(1).map(|before| slices[before].value) {
                Some(before) if before > 0 => format!("{:.0}%", share(slice.value, before, 100.0)),
                _ => String::new(),
            };
            format!(
                "<div class=\"funnel-row\"><span class=\"bar-label\">{}</span>\
                 <svg viewBox=\"0 0 100 20\" preserveAspectRatio=\"none\"><polygon class=\"{}\" points=\"{left:.2},0 {right:.2},0 {low_right:.2},20 {low_left:.2},20\"/></svg>\
                 <span class=\"bar-value num\">{}</span><span class=\"funnel-kept num\">{kept}</span></div>",
                crate::escape(&slice.name),
                fill(0),
                crate::escape(show(slice.value)),
            )
        })
        .collect();
    let picture = Html::raw(format!("<div class=\"funnel\" aria-hidden=\"true\">{rows}</div>"));
    let table = slices_table(&title, slices, &show);
    figure("funnel", &title, "", picture, Html::default(), table)
}

/// A table whose cells are tinted by their value; it is its own table.
pub fn heat(
    title: impl Display,
    rows: &[impl AsRef<str>],
    columns: &[impl AsRef<str>],
    cells: &[Vec<i64>],
    show: impl Fn(i64) -> String,
) -> Html {
    let max = cells.iter().flatten().copied().max().unwrap_or(0);
    let head: String = columns
        .iter()
        .map(|column| format!("<th scope=\"col\">{}</th>", crate::escape(column.as_ref())))
        .collect();
    let body: String = rows
        .iter()
        .enumerate()
        .map(|(i, row)| {
            let cells: String = (0..columns.len())
                .map(|j| {
                    let value = cells.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0);
                    let level = if value <= 0 { 0.0 } else { share(value, max, 5.0).ceil().clamp(1.0, 5.0) };
                    format!("<td class=\"num heat-{level:.0}\">{}</td>", crate::escape(show(value)))
                })
                .collect();
            format!("<tr><th scope=\"row\">{}</th>{cells}</tr>", crate::escape(row.as_ref()))
        })
        .collect();
    let title = crate::escape(title);
    Html::raw(format!(
        "<div class=\"table-wrap heat-wrap\" role=\"region\" aria-label=\"{title}\" tabindex=\"0\"><table class=\"heat\"><caption class=\"sr-only\">{title}</caption>\
         <thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    ))
}

/// A score from 0 to 100 on a half circle.
pub fn gauge(score: impl Arg<i64>, label: impl Display) -> Html {
    let score = score.value().clamp(0, 100);
    let tone = match score {
        70.. => "green",
        40..70 => "amber",
        _ => "red",
    };
    let label = crate::escape(label);
    Html::raw(format!(
        "<div class=\"gauge tone-{tone}\" role=\"img\" aria-label=\"{label}: {score} of 100\"><svg viewBox=\"0 0 100 56\" aria-hidden=\"true\">\
         <path class=\"ring-track\" d=\"M8 50a42 42 0 0 1 84 0\" pathLength=\"100\"/>\
         <path class=\"ring-fill\" d=\"M8 50a42 42 0 0 1 84 0\" pathLength=\"100\" stroke-dasharray=\"{score} 100\"/></svg>\
         <span class=\"gauge-score num\">{score}</span><span class=\"gauge-label\">{label}</span></div>"
    ))
}
