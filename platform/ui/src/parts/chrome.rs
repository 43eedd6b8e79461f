//! What stands around `#main`: head, sidebar, top bar, toasts, palette. Rendered here once,
//! so that a page's own template stays small.

use askama::Template;

use crate::format::{Locale, initials};
use crate::html::Tag;
use crate::shell::{NavItem, PlainShell, PortalShell, Shell, Toast};
use crate::{Html, assets, escape};

const THEMES: [(&str, &str, &str); 3] =
    [("light", "Light", "sun"), ("dark", "Dark", "moon"), ("system", "Like the system", "monitor")];

#[derive(Template)]
#[template(path = "parts/head.html")]
struct Head<'a> {
    title: &'a str,
    site: &'a str,
    about: String,
    theme: &'a str,
    nonce: &'a str,
    brand: String,
    script: &'a str,
}

#[derive(Template)]
#[template(path = "parts/toasts.html")]
struct Toasts<'a> {
    flash: &'a [Toast],
    csrf: &'a str,
}

#[derive(Template)]
#[template(path = "parts/app_before.html")]
struct AppBefore<'a> {
    shell: &'a Shell,
}

impl AppBefore<'_> {
    fn user_menu(&self, id: &'static str) -> Html {
        rendered(&UserMenu { shell: self.shell, id, theme: self.shell.theme.as_str(), themes: THEMES })
    }
}

#[derive(Template)]
#[template(path = "parts/user_menu.html")]
struct UserMenu<'a> {
    shell: &'a Shell,
    id: &'static str,
    theme: &'static str,
    themes: [(&'static str, &'static str, &'static str); 3],
}

#[derive(Template)]
#[template(path = "parts/app_after.html")]
struct AppAfter<'a> {
    shell: &'a Shell,
    toasts: Html,
    primary: Vec<&'a NavItem>,
    symbols: Vec<(&'static str, Html)>,
}

/// Icons the palette's answers may name.
const SYMBOLS: [&str; 16] = [
    "arrow-right",
    "search",
    "users",
    "user",
    "building-2",
    "kanban",
    "folder-kanban",
    "list-checks",
    "clock",
    "receipt-text",
    "file",
    "message-circle",
    "calendar",
    "wallet",
    "heart-pulse",
    "settings",
];

#[derive(Template)]
#[template(path = "parts/portal_before.html")]
struct PortalBefore<'a> {
    shell: &'a PortalShell,
}

#[derive(Template)]
#[template(path = "parts/public_before.html")]
struct PublicBefore;

fn rendered(template: &impl Template) -> Html {
    Html::raw(template.render().unwrap_or_default())
}

fn toasts(flash: &[Toast], csrf: &str) -> Html {
    rendered(&Toasts { flash, csrf })
}

fn lang(lang: &str, locale: Locale) -> &str {
    match (lang, locale) {
        ("", Locale::EnUs) => "en-US",
        ("", Locale::EnGb) => "en-GB",
        ("", _) => "en",
        (lang, _) => lang,
    }
}

/// Attributes of `<body>`: the background swaps' settings, inherited by every link and form.
fn body(csrf: &str, stream: &str, zone: &str, locale: Locale) -> Html {
    let tag: Html = Tag::new("hr")
        .attr("hx-boost:inherited", "true")
        .attr("hx-target:inherited", "#main")
        .attr("hx-select:inherited", "#main")
        .attr("hx-swap:inherited", "outerMorph show:none")
        .attr(
            "hx-select-oob:inherited",
            "#nav:outerMorph,#topbar:outerMorph,#bottom-bar:outerMorph,#toasts:beforeend",
        )
        .some("data-stream", stream)
        .some("data-csrf", csrf)
        .some("data-zone", zone)
        .attr("data-locale", locale.tag())
        .attr("data-build", assets::build())
        .into();
    let text = tag.as_str();
    Html::raw(text.trim_start_matches("<hr").trim_end_matches('>').to_owned())
}

impl Shell {
    /// For `<html lang>`.
    pub fn lang_tag(&self) -> &str {
        lang(&self.lang, self.fmt.locale)
    }

    /// The inside of `<head>`.
    pub fn head(&self) -> Html {
        let brand = match &self.workspace.brand {
            Some(hex) => self.path(format!("brand.css?v={}", hex.trim_start_matches('#'))),
            None => String::new(),
        };
        rendered(&Head {
            title: &self.title,
            site: &self.workspace.name,
            about: format!("{} of {}, in Rapport.", self.title, self.workspace.name),
            theme: self.theme.as_str(),
            nonce: &self.nonce,
            brand,
            script: "app.js",
        })
    }

    /// Attributes of `<body>`.
    pub fn body_attributes(&self) -> Html {
        body(&self.csrf, &self.path("stream"), self.fmt.zone.iana_name().unwrap_or_default(), self.fmt.locale)
    }

    /// Everything before `#main`.
    pub fn before_main(&self) -> Html {
        rendered(&AppBefore { shell: self })
    }

    /// Everything after `#main`.
    pub fn after_main(&self) -> Html {
        let all = || self.nav.iter().flat_map(|section| &section.items);
        let mut primary: Vec<&NavItem> = all().filter(|item| item.primary).take(4).collect();
        if primary.is_empty() {
            primary = all().take(4).collect();
        }
        rendered(&AppAfter {
            shell: self,
            toasts: toasts(&self.flash, &self.csrf),
            primary,
            symbols: SYMBOLS.map(|name| (name, crate::icons::inside(name))).to_vec(),
        })
    }
}

impl PortalShell {
    /// For `<html lang>`.
    pub fn lang_tag(&self) -> &str {
        lang(&self.lang, self.fmt.locale)
    }

    /// The inside of `<head>`.
    pub fn head(&self) -> Html {
        let brand = match &self.agency.brand {
            Some(hex) => self.path(format!("brand.css?v={}", hex.trim_start_matches('#'))),
            None => String::new(),
        };
        rendered(&Head {
            title: &self.title,
            site: &self.agency.name,
            about: format!("{}: what {} shares with you.", self.title, self.agency.name),
            theme: self.theme.as_str(),
            nonce: &self.nonce,
            brand,
            script: "portal.js",
        })
    }

    /// Attributes of `<body>`.
    pub fn body_attributes(&self) -> Html {
        body(&self.csrf, &self.path("stream"), self.fmt.zone.iana_name().unwrap_or_default(), self.fmt.locale)
    }

    /// Everything before `#main`.
    pub fn before_main(&self) -> Html {
        rendered(&PortalBefore { shell: self })
    }

    /// Everything after `#main`.
    pub fn after_main(&self) -> Html {
        let mut html = toasts(&self.flash, &self.csrf).to_string();
        html.push_str(&live_pill().to_string());
        if self.powered_by {
            html.push_str(
                "<footer class=\"portal-foot\"><p class=\"muted small\">Made with Rapport</p></footer>",
            );
        }
        Html::raw(html)
    }
}

fn live_pill() -> Html {
    Tag::new("button")
        .class("live-pill")
        .attr("id", "live-pill")
        .attr("type", "button")
        .flag("hidden", true)
        .html(crate::icons::sized("refresh-cw", "sm"))
        .html(Tag::new("span").text("Updated. Show"))
        .into()
}

impl PlainShell {
    /// For `<html lang>`.
    pub fn lang_tag(&self) -> &str {
        lang(&self.lang, self.fmt.locale)
    }

    fn head_with(&self, script: &str) -> Html {
        rendered(&Head {
            title: &self.title,
            site: if self.sender.is_empty() { "Rapport" } else { &self.sender },
            about: if self.about.is_empty() { self.title.clone() } else { self.about.clone() },
            theme: self.theme.as_str(),
            nonce: &self.nonce,
            brand: self.brand_css.clone().unwrap_or_default(),
            script,
        })
    }

    /// The inside of `<head>`.
    pub fn head(&self) -> Html {
        self.head_with("portal.js")
    }

    /// The inside of `<head>` of a page without scripts.
    pub fn head_public(&self) -> Html {
        self.head_with("")
    }

    /// Attributes of `<body>`.
    pub fn body_attributes(&self) -> Html {
        body(&self.csrf, "", "", self.fmt.locale)
    }

    /// Everything before `#main`.
    pub fn before_main(&self) -> Html {
        let brand = if self.sender.is_empty() {
            "<a class=\"public-brand\" href=\"/\"><span class=\"mark\">R</span><strong>Rapport</strong></a>"
                .to_owned()
        } else {
            let (initials, name) = (escape(initials(&self.sender)), escape(&self.sender));
            format!(
                "<span class=\"public-brand\"><span class=\"mark\">{initials}</span><strong>{name}</strong></span>"
            )
        };
        Html::raw(format!(
            "<a class=\"skip\" href=\"#main\">Skip to content</a>\
             <div class=\"loading-bar\" aria-hidden=\"true\"></div>\
             <header class=\"plain-top\">{brand}</header>",
        ))
    }

    /// Everything after `#main`.
    pub fn after_main(&self) -> Html {
        toasts(&self.flash, &self.csrf)
    }

    /// The head of the landing page.
    pub fn before_public(&self) -> Html {
        rendered(&PublicBefore)
    }

    /// The foot of the landing page.
    pub fn after_public(&self) -> Html {
        Html::raw(
            "<footer class=\"public-foot\"><p class=\"muted small\">Rapport is free software under the AGPL.</p></footer>",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::{NavSection, Workspace};

    fn shell() -> Shell {
        Shell {
            title: "Clients <&>".into(),
            workspace: Workspace { name: "North".into(), slug: "north".into(), ..Workspace::default() },
            nav: vec![NavSection {
                label: String::new(),
                items: vec![NavItem {
                    label: "Clients".into(),
                    href: "/app/north/clients".into(),
                    active: true,
                    ..NavItem::default()
                }],
            }],
            nonce: "n0".into(),
            csrf: "tok\"en".into(),
            flash: vec![Toast::success("Saved <b>").undo("/undo")],
            ..Shell::default()
        }
    }

    #[test]
    fn the_shell_escapes_what_people_wrote() {
        let shell = shell();
        let page = format!("{}{}{}", shell.head(), shell.before_main(), shell.after_main());
        assert!(page.contains("Clients &#60;&#38;&#62;") || page.contains("Clients &lt;&amp;&gt;"));
        assert!(!page.contains("Saved <b>"));
        assert!(page.contains("aria-current=\"page\""));
    }

    #[test]
    fn scripts_carry_the_nonce_and_nothing_is_inline() {
        let shell = shell();
        let page = format!("{}{}{}", shell.head(), shell.before_main(), shell.after_main());
        assert!(page.contains("nonce=\"n0\""));
        for forbidden in [" style=", "<style", " onclick", "javascript:"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }

    #[test]
    fn body_attributes_cannot_be_broken_out_of() {
        assert!(shell().body_attributes().as_str().contains("data-csrf=\"tok&quot;en\""));
    }
}
