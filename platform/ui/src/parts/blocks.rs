//! The parts a page is made of.

use std::fmt::Display;

use jiff::Timestamp;

use super::{SIZES, TONES, one_of};
use crate::arg::Arg;
use crate::format::{Format, initials};
use crate::html::Tag;
use crate::{Html, Tone, icons};

fn tone(text: impl Display) -> &'static str {
    one_of(&text.to_string(), &TONES)
}

/// A small label with a meaning.
pub fn badge(text: impl Display, tone_: impl Display, icon: impl Display, dot: impl Arg<bool>) -> Html {
    Tag::new("span")
        .class("badge")
        .class(format!("badge-{}", tone(tone_)))
        .html(icons::maybe(&icon.to_string(), "sm"))
        .html_if(dot.value(), || Tag::new("span").class("dot").attr("aria-hidden", "true").into())
        .text(text)
        .into()
}

/// A person's mark: a picture, or initials on a colour of their own.
pub fn avatar(name: impl Display, url: impl Display, size: impl Display) -> Html {
    let (name, url) = (name.to_string(), url.to_string());
    let hue = name.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % 8;
    let tag = Tag::new("span")
        .class("avatar")
        .class(format!("avatar-{}", one_of(&size.to_string(), &SIZES)))
        .class(format!("hue-{hue}"))
        .attr("title", &name)
        .attr("role", "img")
        .attr("aria-label", &name);
    if url.is_empty() {
        tag.text(initials(&name)).into()
    } else {
        tag.html(Tag::new("img").attr("src", url).attr("alt", "").attr("loading", "lazy")).into()
    }
}

/// Several people, overlapping; more than four become a count.
pub fn avatars(names: &[impl Display]) -> Html {
    let mut inner: String = names.iter().take(4).map(|name| avatar(name, "", "sm").to_string()).collect();
    if names.len() > 4 {
        let rest: Vec<String> = names[4..].iter().map(ToString::to_string).collect();
        let more: Html = Tag::new("span")
            .class("avatar avatar-sm avatar-more")
            .attr("role", "img")
            .attr("title", rest.join(", "))
            .attr("aria-label", rest.join(", "))
            .text(format!("+{}", rest.len()))
            .into();
        inner.push_str(more.as_str());
    }
    Tag::new("span").class("avatars").html(Html::raw(inner)).into()
}

/// Keys of a shortcut, separated by blanks.
pub fn kbd(keys: impl Display) -> Html {
    let keys: String = keys
        .to_string()
        .split(' ')
        .map(|key| Html::from(Tag::new("kbd").class("kbd").text(key)).to_string())
        .collect();
    Tag::new("span").class("keys").html(Html::raw(keys)).into()
}

/// Text to take along with one press.
pub fn copy(text: impl Display, label: impl Display) -> Html {
    let text = text.to_string();
    Tag::new("span")
        .class("copy")
        .html(Tag::new("code").class("copy-text").text(&text))
        .html(
            Tag::new("button")
                .class("btn btn-ghost btn-icon btn-sm only-js")
                .attr("type", "button")
                .attr("data-copy", &text)
                .attr("data-done", "Copied")
                .attr("aria-label", &label)
                .attr("title", label)
                .html(icons::sized("copy", "sm")),
        )
        .into()
}

/// A word with an explanation on hover and focus.
pub fn tip(text: impl Display, hint: impl Display) -> Html {
    Tag::new("span")
        .class("tip")
        .attr("tabindex", "0")
        .text(text)
        .html(Tag::new("span").class("tip-text").attr("role", "tooltip").text(hint))
        .into()
}

/// A bar of how much is done.
pub fn progress(
    value: impl Arg<i64>,
    max: impl Arg<i64>,
    label: impl Display,
    tone_: impl Display,
    show: impl Arg<bool>,
) -> Html {
    let (value, max) = (value.value().max(0), max.value().max(1));
    let percent = share(value, max, 100);
    let over = value > max;
    let tone_ = tone_.to_string();
    let tone_ = if over && tone_.is_empty() { "red".to_owned() } else { tone_ };
    let bar = Html::raw(format!(
        "<svg class=\"progress-bar\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"progress-track\" width=\"100\" height=\"6\"/>\
         <rect class=\"progress-fill\" width=\"{}\" height=\"6\"/></svg>",
        percent.min(100)
    ));
    let label = label.to_string();
    Tag::new("div")
        .class("progress")
        .class_if(!tone_.is_empty(), &format!("tone-{}", tone(&tone_)))
        .attr("role", "progressbar")
        .attr("aria-label", &label)
        .attr("aria-valuemin", 0)
        .attr("aria-valuemax", 100)
        .attr("aria-valuenow", percent.min(100))
        .html_if(show.value(), || {
            Tag::new("div")
                .class("progress-head")
                .html(Tag::new("span").text(&label))
                .html(Tag::new("span").class("num muted").text(format!("{percent}%")))
                .into()
        })
        .html(bar)
        .into()
}

/// How much is done, as a ring.
pub fn ring(value: impl Arg<i64>, max: impl Arg<i64>, label: impl Display) -> Html {
    let percent = share(value.value().max(0), max.value().max(1), 100).min(100);
    Html::raw(format!(
        "<span class=\"ring\" role=\"img\" aria-label=\"{}: {percent}%\"><svg viewBox=\"0 0 36 36\" aria-hidden=\"true\">\
         <circle class=\"ring-track\" cx=\"18\" cy=\"18\" r=\"15\" pathLength=\"100\"/>\
         <circle class=\"ring-fill\" cx=\"18\" cy=\"18\" r=\"15\" pathLength=\"100\" stroke-dasharray=\"{percent} 100\"/></svg>\
         <span class=\"num\">{percent}</span></span>",
        crate::escape(label)
    ))
}

fn share(value: i64, max: i64, of: i64) -> i64 {
    i64::try_from(i128::from(value) * i128::from(of) / i128::from(max)).unwrap_or(i64::MAX)
}

/// One figure that matters.
pub fn stat(
    label: impl Display,
    value: impl Display,
    hint: impl Display,
    tone_: impl Display,
    href: impl Display,
    spark: impl Display,
) -> Html {
    let (hint, href, spark, tone_) =
        (hint.to_string(), href.to_string(), spark.to_string(), tone_.to_string());
    let tag = if href.is_empty() { Tag::new("div") } else { Tag::new("a").attr("href", &href) };
    tag.class("stat")
        .class_if(!tone_.is_empty(), &format!("tone-{}", tone(&tone_)))
        .html(Tag::new("span").class("stat-label").text(label))
        .html(Tag::new("span").class("stat-value num").text(value))
        .html(
            Tag::new("span")
                .class("stat-foot")
                .html(Tag::new("span").class("stat-hint").text(hint))
                .html(Html::raw(spark)),
        )
        .into()
}

/// A page or a part of it with nothing in it yet.
pub fn empty(
    icon: impl Display,
    title: impl Display,
    text: impl Display,
    action_label: impl Display,
    action_href: impl Display,
) -> Html {
    let label = action_label.to_string();
    let href = action_href.to_string();
    let dialog = href.strip_prefix("?dialog=").unwrap_or_default().to_owned();
    empty_head(icon, title, text)
        .html_if(!label.is_empty(), || {
            Tag::new("a")
                .class("btn btn-primary")
                .attr("href", &href)
                .some("data-dialog", dialog)
                .html(icons::sized("plus", "sm"))
                .html(Tag::new("span").text(&label))
                .into()
        })
        .into()
}

fn empty_head(icon: impl Display, title: impl Display, text: impl Display) -> Tag {
    Tag::new("div")
        .class("empty")
        .html(Tag::new("span").class("empty-icon").html(icons::sized(&icon.to_string(), "lg")))
        .html(Tag::new("p").class("empty-title").text(title))
        .html(Tag::new("p").class("empty-text").text(text))
}

/// Grey lines while something loads.
pub fn skeleton(lines: impl Arg<i64>) -> Html {
    let lines: String = (0..lines.value().clamp(1, 20))
        .map(|i| format!("<span class=\"skeleton-line skeleton-{}\"></span>", i % 3))
        .collect();
    Html::raw(format!("<div class=\"skeleton\" aria-hidden=\"true\">{lines}</div>"))
}

/// The icon of a tone, or the given one.
pub fn tone_icon(icon: impl Display, tone_: impl Display) -> Html {
    let icon = icon.to_string();
    if !icon.is_empty() {
        return icons::svg(&icon);
    }
    let tone = match tone(tone_) {
        "green" => Tone::Green,
        "amber" => Tone::Amber,
        "red" => Tone::Red,
        "violet" => Tone::Violet,
        "blue" => Tone::Blue,
        _ => Tone::Neutral,
    };
    icons::svg(tone.icon())
}

/// A file in a list.
pub fn file_row(
    name: impl Display,
    size: impl Display,
    href: impl Display,
    icon: impl Display,
    meta: impl Display,
) -> Html {
    let (size, meta) = (size.to_string(), meta.to_string());
    let details: Vec<&str> =
        [size.as_str(), meta.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
    Tag::new("div")
        .class("file-row")
        .html(Tag::new("span").class("file-icon").html(icons::svg(&icon.to_string())))
        .html(
            Tag::new("span")
                .class("file-text")
                .html(Tag::new("a").class("file-name").attr("href", href).attr("download", "").text(name))
                .html(Tag::new("span").class("muted small").text(details.join(" · "))),
        )
        .into()
}

/// A clock that goes on from what is there, and since when it runs.
pub fn timer(before: impl Arg<i64>, started_at: impl Arg<Option<Timestamp>>, fmt: &Format) -> Html {
    let before = before.value();
    let started = started_at.value();
    let seconds = before + started.map_or(0, |at| (fmt.now.as_second() - at.as_second()).max(0));
    Tag::new("span")
        .class("timer num")
        .attr("data-timer", started.map(|at| at.to_string()).unwrap_or_default())
        .attr("data-before", before)
        .text(clock(seconds))
        .into()
}

/// `1:02:03`.
pub(crate) fn clock(seconds: i64) -> String {
    format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_tone_is_neutral_and_text_is_escaped() {
        let html = badge("<b>", "pink", "", false).to_string();
        assert!(html.contains("badge-neutral") && html.contains("&lt;b&gt;"), "{html}");
    }

    #[test]
    fn progress_past_its_end_turns_red_and_says_the_true_figure() {
        let html = progress(150_i64, 100_i64, "Budget", "", true).to_string();
        assert!(html.contains("tone-red") && html.contains("150%"), "{html}");
        assert!(html.contains("aria-valuenow=\"100\""), "{html}");
    }

    #[test]
    fn a_timer_shows_what_was_there_plus_what_runs() {
        let fmt = Format { now: Timestamp::from_second(3_700).unwrap(), ..Format::default() };
        let html = timer(60_i64, Timestamp::UNIX_EPOCH, &fmt).to_string();
        assert!(html.contains("1:02:40"), "{html}");
    }
}
