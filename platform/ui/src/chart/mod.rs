//! Charts as SVG made on the server: visible without scripts, printable, themed by classes,
//! with a table twin for readers. Labels are HTML, so that they keep their size at any width.

mod plot;
mod rows;
mod shapes;

use std::fmt::Display;

pub use shapes::{Slice, donut, funnel, gauge, heat, spark};

use crate::Html;
use crate::arg::Arg;
use crate::html::Tag;

type Shown<'f> = Box<dyn Fn(i64) -> String + 'f>;

/// One line, or one colour of bars.
#[derive(Clone, Debug)]
struct Series {
    name: String,
    values: Vec<i64>,
}

/// A chart over labelled steps (months, people, stages).
pub struct Chart<'f> {
    title: String,
    about: String,
    labels: Vec<String>,
    series: Vec<Series>,
    show: Shown<'f>,
    marks: Vec<(usize, String)>,
}

impl std::fmt::Debug for Chart<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chart")
            .field("title", &self.title)
            .field("series", &self.series)
            .finish_non_exhaustive()
    }
}

impl<'f> Chart<'f> {
    /// A chart with a title (read out, and the table's caption).
    pub fn new(title: impl Display) -> Self {
        Self {
            title: title.to_string(),
            about: String::new(),
            labels: Vec::new(),
            series: Vec::new(),
            show: Box::new(|value| value.to_string()),
            marks: Vec::new(),
        }
    }

    /// A sentence on what it shows.
    #[must_use]
    pub fn about(mut self, about: impl Display) -> Self {
        self.about = about.to_string();
        self
    }

    /// The steps along the axis.
    #[must_use]
    pub fn labels<L: Display>(mut self, labels: impl IntoIterator<Item = L>) -> Self {
        self.labels = labels.into_iter().map(|label| label.to_string()).collect();
        self
    }

    /// One series of values, as many as there are labels; missing ones count as none.
    #[must_use]
    pub fn series<V: Arg<i64>>(mut self, name: impl Display, values: impl IntoIterator<Item = V>) -> Self {
        self.series.push(Series {
            name: name.to_string(),
            values: values.into_iter().map(|value| value.value()).collect(),
        });
        self
    }

    /// How values are written.
    #[must_use]
    pub fn format(mut self, show: impl Fn(i64) -> String + 'f) -> Self {
        self.show = Box::new(show);
        self
    }

    /// Marks a step with an event.
    #[must_use]
    pub fn mark(mut self, step: usize, text: impl Display) -> Self {
        self.marks.push((step, text.to_string()));
        self
    }

    /// Lines.
    pub fn line(&self) -> Html {
        plot::plot(self, plot::Kind::Line)
    }

    /// Lines over a tinted area.
    pub fn area(&self) -> Html {
        plot::plot(self, plot::Kind::Area)
    }

    /// Upright bars, side by side.
    pub fn bars(&self) -> Html {
        plot::plot(self, plot::Kind::Bars)
    }

    /// Upright bars, on top of each other.
    pub fn stacked(&self) -> Html {
        plot::plot(self, plot::Kind::Stacked)
    }

    /// Lying bars with a label each: best for names and ageing. Several series lie in one bar.
    pub fn rows(&self) -> Html {
        rows::rows(self)
    }

    fn value(&self, series: usize, step: usize) -> i64 {
        self.series.get(series).and_then(|s| s.values.get(step)).copied().unwrap_or(0)
    }

    /// The step in words: what a pointer, a finger or a reader is told.
    fn told(&self, step: usize) -> String {
        let label = self.labels.get(step).map_or("", String::as_str);
        let parts: Vec<String> = (0..self.series.len())
            .map(|s| {
                let value = (self.show)(self.value(s, step));
                if self.series.len() == 1 { value } else { format!("{} {value}", self.series[s].name) }
            })
            .collect();
        let marks: String =
            self.marks.iter().filter(|(at, _)| *at == step).map(|(_, text)| format!(" · {text}")).collect();
        format!("{label}: {}{marks}", parts.join(", "))
    }

    fn legend(&self) -> Html {
        if self.series.len() < 2 {
            return Html::default();
        }
        let items: String = self
            .series
            .iter()
            .enumerate()
            .map(|(i, series)| legend_item(&fill(i), &series.name, ""))
            .collect();
        Html::raw(format!("<ul class=\"legend\">{items}</ul>"))
    }

    fn table(&self) -> Html {
        let head: String = self
            .series
            .iter()
            .map(|series| format!("<th scope=\"col\" class=\"num\">{}</th>", crate::escape(&series.name)))
            .collect();
        let body: String = (0..self.labels.len())
            .map(|step| {
                let cells: String = (0..self.series.len())
                    .map(|s| {
                        format!("<td class=\"num\">{}</td>", crate::escape((self.show)(self.value(s, step))))
                    })
                    .collect();
                format!("<tr><th scope=\"row\">{}</th>{cells}</tr>", crate::escape(&self.labels[step]))
            })
            .collect();
        twin(&self.title, &format!("<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody>"))
    }

    /// Puts the picture in its frame.
    fn figure(&self, kind: &str, picture: Html) -> Html {
        figure(kind, &self.title, &self.about, picture, self.legend(), self.table())
    }
}

fn figure(kind: &str, title: &str, about: &str, picture: Html, legend: Html, table: Html) -> Html {
    let label = if about.is_empty() { title.to_owned() } else { format!("{title}. {about}") };
    Tag::new("figure")
        .class("chart")
        .class(format!("chart-{kind}"))
        .html(Tag::new("figcaption").class("sr-only").text(label))
        .html(picture)
        .html(legend)
        .html(table)
        .into()
}

fn legend_item(fill: &str, name: &str, value: &str) -> String {
    let value = if value.is_empty() {
        String::new()
    } else {
        format!("<span class=\"legend-value num\">{}</span>", crate::escape(value))
    };
    format!(
        "<li><svg class=\"swatch\" viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"{}\" width=\"10\" height=\"10\" rx=\"3\"/></svg><span>{}</span>{value}</li>",
        fill,
        crate::escape(name)
    )
}

/// The table behind a chart, folded away.
fn twin(title: &str, inside: &str) -> Html {
    Html::raw(format!(
        "<details class=\"chart-table\"><summary>Show as table</summary><div class=\"table-wrap\"><table class=\"table\"><caption class=\"sr-only\">{}</caption>{inside}</table></div></details>",
        crate::escape(title)
    ))
}

fn fill(series: usize) -> String {
    format!("fill-{}", series % 6 + 1)
}

fn stroke(series: usize) -> String {
    format!("stroke-{}", series % 6 + 1)
}

/// `part` of `whole` as a share of `of`, for drawing only.
fn share(part: i64, whole: i64, of: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "pixels, not money")]
    let share = part as f64 / (whole.max(1)) as f64 * of;
    share
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart() -> Chart<'static> {
        Chart::new("Revenue <x>")
            .about("Paid & due")
            .labels(["Jan", "Feb\"><script>"])
            .series("Paid", [100_i64, 250])
            .series("Due <b>", [0_i64, 50])
            .format(|value| format!("€{value}<"))
    }

    #[test]
    fn nothing_people_wrote_reaches_a_chart_unescaped() {
        for html in [chart().line(), chart().area(), chart().bars(), chart().stacked(), chart().rows()] {
            let html = html.to_string();
            assert!(!html.contains("<script") && !html.contains("<x>") && !html.contains("<b>"), "{html}");
            assert!(!html.contains(" style="), "{html}");
        }
        let slices = [Slice::new("<i>", 1_i64), Slice::new("b", 0_i64)];
        for html in [
            donut("<t>", &slices, |v| v.to_string()),
            funnel("<t>", &slices, |v| v.to_string()),
            heat("<t>", &["<r>"], &["<c>"], &[vec![3]], |v| v.to_string()),
            gauge(55_i64, "<g>"),
        ] {
            let html = html.to_string();
            for tag in ["<i>", "<t>", "<r>", "<c>", "<g>"] {
                assert!(!html.contains(tag), "{html}");
            }
        }
    }

    #[test]
    fn every_chart_has_a_description_and_a_table() {
        let html = chart().bars().to_string();
        assert!(html.contains("<figcaption") && html.contains("Paid &amp; due"), "{html}");
        assert!(html.contains("<th scope=\"row\">Jan</th><td class=\"num\">€100&lt;</td>"), "{html}");
    }

    #[test]
    fn empty_single_and_negative_values_draw_without_fault() {
        let none: [i64; 0] = [];
        assert!(!Chart::new("n").series("s", none).line().to_string().contains("NaN"));
        assert!(!Chart::new("n").labels(["a"]).series("s", [0_i64]).area().to_string().contains("NaN"));
        let html = Chart::new("n").labels(["a", "b"]).series("s", [-5_i64, i64::MAX]).bars().to_string();
        assert!(!html.contains("NaN") && !html.contains("inf"), "{html}");
        assert!(!spark(&none).to_string().contains("NaN"));
        assert!(!donut("t", &[], |v| v.to_string()).to_string().contains("NaN"));
    }
}
