//! Lucide's icons, inlined where they are used: no request, no flicker, themed by `currentColor`.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::Html;

static SOURCE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/dist/icons.txt"));

fn all() -> &'static HashMap<&'static str, &'static str> {
    static ALL: OnceLock<HashMap<&'static str, &'static str>> = OnceLock::new();
    ALL.get_or_init(|| SOURCE.lines().filter_map(|line| line.split_once('\t')).collect())
}

/// Is there an icon of this name?
pub fn exists(name: &str) -> bool {
    all().contains_key(name)
}

/// The icon, hidden from screen readers; an unknown name shows a dashed circle.
pub fn svg(name: &str) -> Html {
    sized(name, "md")
}

/// The icon's shapes without their frame.
pub(crate) fn inside(name: &str) -> Html {
    Html::raw(all().get(name).copied().unwrap_or_default())
}

/// The icon in size `sm`, `md`, `lg` or `xl`.
pub(crate) fn sized(name: &str, size: &str) -> Html {
    let body = all().get(name).or_else(|| all().get("circle-dashed")).copied().unwrap_or_default();
    let size = match size {
        "sm" => "icon icon-sm",
        "lg" => "icon icon-lg",
        "xl" => "icon icon-xl",
        _ => "icon",
    };
    Html::raw(format!("<svg class=\"{size}\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">{body}</svg>"))
}

/// The icon, or nothing for the empty name.
pub(crate) fn maybe(name: &str, size: &str) -> Html {
    if name.is_empty() { Html::default() } else { sized(name, size) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn icons_are_found_by_lucide_s_names() {
        assert!(exists("receipt-text") && exists("users") && exists("trash-2") && exists("circle-dashed"));
        assert!(!exists("no-such-icon"));
        assert!(svg("users").as_str().starts_with("<svg class=\"icon\""));
    }
}
