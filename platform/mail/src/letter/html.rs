//! A letter as HTML that old and new mail programs show alike: tables, inline styles, and a few
//! rules for dark mode where they are understood.

use super::{Block, Brand, Letter, is_link};
use std::fmt::Write;

const HOUSE_COLOR: &str = "#1d4ed8";
const FONT: &str = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/// A paragraph of text; line breaks are kept.
pub fn paragraph(text: &str) -> String {
    format!("<p class=\"ink\" style=\"margin:0 0 16px;color:#18181b\">{}</p>", lines(text))
}

/// A button that leads to an address of the web, in the brand's colour. Anything that is no such
/// address is shown as text only.
pub fn button(label: &str, url: &str, color: &str) -> String {
    if !is_link(url) {
        return paragraph(label);
    }
    let color = safe_color(color);
    let ink = ink_on(color);
    format!(
        "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:8px 0 24px\"><tr>\
         <td bgcolor=\"{color}\" style=\"border-radius:8px;background:{color}\">\
         <a href=\"{href}\" style=\"display:inline-block;padding:12px 22px;border-radius:8px;color:{ink};font-weight:600;text-decoration:none\">{label}</a>\
         </td></tr></table>",
        href = escape(url),
        label = escape(label),
    )
}

/// The frame around a letter's body, which must be safe HTML already; all else is text.
pub fn layout(brand: &Brand, preheader: &str, body_html: &str, footer: &[String]) -> String {
    let foot: String = footer.iter().map(|line| footer_line(&escape(line))).collect();
    frame(brand, "en", preheader, body_html, &foot)
}

pub(super) fn render(letter: &Letter, brand: &Brand) -> String {
    let mut body = String::new();
    for block in &letter.blocks {
        body.push_str(&render_block(block, brand));
    }
    let mut foot: String = letter.footer.iter().map(|line| footer_line(&lines(line))).collect();
    if let Some(url) = &letter.unsubscribe {
        let link =
            format!("<a href=\"{}\" class=\"soft\" style=\"color:#5f6368\">Unsubscribe</a>", escape(url));
        foot.push_str(&footer_line(&link));
    }
    frame(brand, &letter.language, letter.opening(), &body, &foot)
}

fn render_block(block: &Block, brand: &Brand) -> String {
    match block {
        Block::Greeting(text) => format!(
            "<p class=\"ink\" style=\"margin:0 0 16px;font-size:18px;font-weight:600;color:#18181b\">{}</p>",
            lines(text)
        ),
        Block::Line(text) => paragraph(text),
        Block::Button { label, url } => button(label, url, &brand.color),
        Block::Quote(text) => format!(
            "<blockquote class=\"box ink\" style=\"margin:0 0 20px;padding:12px 16px;border-left:4px solid {};background:#f4f4f5;color:#18181b\">{}</blockquote>",
            safe_color(&brand.color),
            lines(text)
        ),
        Block::Code(code) => format!(
            "<p class=\"box ink\" style=\"margin:0 0 20px;padding:14px;border-radius:8px;background:#f4f4f5;color:#18181b;font:600 26px/1.2 ui-monospace,Menlo,Consolas,monospace;letter-spacing:5px;text-align:center\">{}</p>",
            escape(code)
        ),
        Block::Facts(rows) => facts(rows),
        Block::Small(text) => format!(
            "<p class=\"soft\" style=\"margin:0 0 16px;font-size:13px;color:#5f6368\">{}</p>",
            lines(text)
        ),
    }
}

fn facts(rows: &[(String, String)]) -> String {
    let mut table = String::from(
        "<table cellpadding=\"0\" cellspacing=\"0\" border=\"0\" width=\"100%\" style=\"margin:0 0 20px\">",
    );
    for (label, value) in rows {
        let _ = write!(
            table,
            "<tr><th scope=\"row\" align=\"left\" class=\"soft line\" style=\"padding:8px 12px 8px 0;border-bottom:1px solid #e4e4e7;font-weight:400;color:#5f6368\">{}</th>\
             <td align=\"right\" class=\"ink line\" style=\"padding:8px 0;border-bottom:1px solid #e4e4e7;font-weight:600;color:#18181b\">{}</td></tr>",
            escape(label),
            lines(value)
        );
    }
    table + "</table>"
}

fn frame(brand: &Brand, language: &str, preheader: &str, body: &str, foot: &str) -> String {
    let color = safe_color(&brand.color);
    let name = escape(&brand.name);
    let logo = brand.logo_url.as_deref().filter(|url| url.starts_with("https://") && is_link(url));
    let head = match logo {
        Some(url) => format!(
            "<img src=\"{}\" alt=\"{name}\" height=\"36\" style=\"display:block;height:36px;max-width:220px;border:0\">",
            escape(url)
        ),
        None => format!(
            "<span class=\"ink\" style=\"font-size:17px;font-weight:700;color:#18181b\">{name}</span>"
        ),
    };
    format!(
        "<!doctype html>\n\
<html lang=\"{language}\" dir=\"auto\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
<meta name=\"color-scheme\" content=\"light dark\"><meta name=\"supported-color-schemes\" content=\"light dark\">\
<title>{name}</title><style>\
@media (prefers-color-scheme:dark){{.page{{background:#18181b!important}}.card{{background:#27272a!important}}\
.ink{{color:#fafafa!important}}.soft{{color:#b4b4bb!important}}.box{{background:#3f3f46!important}}.line{{border-color:#3f3f46!important}}}}\
@media (max-width:480px){{.pad{{padding:24px 20px!important}}}}\
</style></head>\n\
<body class=\"page\" style=\"margin:0;padding:0;background:#f4f4f5;font:16px/1.55 {FONT}\">\
<div style=\"display:none;max-height:0;overflow:hidden;opacity:0\">{preheader}</div>\
<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"><tr><td align=\"center\" style=\"padding:32px 12px\">\
<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"max-width:560px\">\
<tr><td style=\"padding:0 4px 16px\">{head}</td></tr>\
<tr><td class=\"card pad\" style=\"padding:32px;background:#ffffff;border-radius:12px;border-top:4px solid {color}\">{body}</td></tr>\
<tr><td style=\"padding:20px 4px 0\">{foot}</td></tr>\
</table></td></tr></table></body></html>\n",
        language = escape(language),
        preheader = escape(&preheader.chars().take(140).collect::<String>()),
    )
}

fn footer_line(inner: &str) -> String {
    format!("<p class=\"soft\" style=\"margin:0 0 6px;font-size:12px;color:#5f6368\">{inner}</p>")
}

fn lines(text: &str) -> String {
    text.trim().lines().map(escape).collect::<Vec<_>>().join("<br>")
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && c != '\n' && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

fn safe_color(color: &str) -> &str {
    let good =
        color.len() == 7 && color.starts_with('#') && color[1..].bytes().all(|b| b.is_ascii_hexdigit());
    if good { color } else { HOUSE_COLOR }
}

/// White or near-black, whichever reads better on the colour (WCAG relative luminance).
fn ink_on(color: &str) -> &'static str {
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&color[at..at + 2], 16).unwrap_or(0)) / 255.0;
        if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
    let on_white = 1.05 / (luminance + 0.05);
    let on_black = (luminance + 0.05) / 0.0591;
    if on_white >= on_black { "#ffffff" } else { "#18181b" }
}
