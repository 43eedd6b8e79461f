//! Rich text: Markdown as typed in, safe HTML out.

use std::sync::LazyLock;

use ammonia::Builder;
use pulldown_cmark::{Options, Parser, html};
use rapport_ui::Html;

static SAFE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .tags(
            [
                "p",
                "br",
                "strong",
                "em",
                "del",
                "code",
                "pre",
                "blockquote",
                "ul",
                "ol",
                "li",
                "h1",
                "h2",
                "h3",
                "h4",
                "h5",
                "h6",
                "hr",
                "a",
                "table",
                "thead",
                "tbody",
                "tr",
                "th",
                "td",
            ]
            .into(),
        )
        .tag_attributes([("a", ["href"].into())].into())
        .generic_attributes(Default::default())
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .link_rel(Some("noopener noreferrer nofollow"));
    builder
});

/// The text as HTML that holds nothing but formatting and links.
#[must_use]
pub fn render(text: &str) -> Html {
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    let mut out = String::new();
    html::push_html(&mut out, Parser::new_ext(text, options));
    Html::raw(SAFE.clean(&out).to_string())
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn markdown_becomes_formatting() {
        let html = render("# Plan\n\n- **bold** and [a link](https://example.com)").to_string();
        assert!(
            html.contains("<strong>bold</strong>") && html.contains("href=\"https://example.com\""),
            "{html}"
        );
    }

    #[test]
    fn nothing_that_runs_or_loads_gets_through() {
        for bad in [
            "<script>alert(1)</script>",
            "[x](javascript:alert(1))",
            "<img src=x onerror=alert(1)>",
            "![x](https://evil.example/pixel.png)",
            "<a href=\"data:text/html,x\">y</a>",
            "<p style=\"position:fixed\">z</p>",
            "<iframe src=\"https://evil.example\"></iframe>",
        ] {
            let html = render(bad).to_string();
            for word in ["<script", "javascript:", "onerror", "<img", "data:", "style=", "<iframe"] {
                assert!(!html.contains(word), "{bad} gave {html}");
            }
        }
    }
}
