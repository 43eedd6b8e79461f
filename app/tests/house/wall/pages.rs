//! What a page offers: its forms with their fields, and its links.

use std::sync::LazyLock;

use regex::Regex;

/// A form as a browser would send it untouched.
#[derive(Clone, Debug)]
pub struct PageForm {
    pub action: String,
    pub posts: bool,
    pub multipart: bool,
    pub fields: Vec<(String, String)>,
    /// Fields that may not stay empty.
    pub required: Vec<String>,
}

static FORM: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?s)<form\b([^>]*)>(.*?)</form>").unwrap());
static CONTROL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)<select\b([^>]*)>(.*?)</select>|<textarea\b([^>]*)>(.*?)</textarea>|<(?:input|button)\b([^>]*)>")
        .unwrap()
});
static OPTION: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"<option\b([^>]*)>").unwrap());
static LINK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"<a\b[^>]*\bhref="([^"]*)""#).unwrap());

fn attribute(of: &str, name: &str) -> Option<String> {
    let start = format!("{name}=\"");
    let at = of.match_indices(&start).find(|(at, _)| *at == 0 || of[..*at].ends_with(char::is_whitespace))?.0;
    let value = of[at + start.len()..].split('"').next()?;
    Some(value.replace("&amp;", "&").replace("&#34;", "\"").replace("&#39;", "'").replace("&lt;", "<"))
}

fn has(of: &str, word: &str) -> bool {
    of.split_whitespace().any(|piece| piece == word || piece.starts_with(&format!("{word}=")))
}

/// Every form of a page.
pub fn forms(html: &str) -> Vec<PageForm> {
    FORM.captures_iter(html)
        .map(|found| {
            let head = &found[1];
            let mut form = PageForm {
                action: attribute(head, "action").unwrap_or_default(),
                posts: attribute(head, "method").as_deref() == Some("post"),
                multipart: attribute(head, "enctype").as_deref() == Some("multipart/form-data"),
                fields: Vec::new(),
                required: Vec::new(),
            };
            for control in CONTROL.captures_iter(&found[2]) {
                read(&mut form, &control);
            }
            form
        })
        .collect()
}

fn read(form: &mut PageForm, control: &regex::Captures<'_>) {
    let head = [1, 3, 5].iter().find_map(|at| control.get(*at)).map_or("", |found| found.as_str());
    let Some(name) = attribute(head, "name").filter(|name| name != "csrf") else { return };
    let value = if let Some(options) = control.get(2) {
        let options: Vec<&str> =
            OPTION.captures_iter(options.as_str()).map(|found| found.get(1).unwrap().as_str()).collect();
        let chosen = options.iter().find(|option| has(option, "selected"));
        let some =
            options.iter().find(|option| attribute(option, "value").is_some_and(|value| !value.is_empty()));
        let chosen = if has(head, "required") { chosen.or(some) } else { chosen.or(options.first()) };
        chosen.and_then(|option| attribute(option, "value")).unwrap_or_default()
    } else if let Some(text) = control.get(4) {
        text.as_str().to_owned()
    } else {
        let kind = attribute(head, "type").unwrap_or_default();
        let again = form.fields.iter().any(|(known, _)| *known == name);
        match kind.as_str() {
            "file" => return,
            "checkbox" | "radio" if !has(head, "checked") => return,
            "submit" if again => return,
            _ => attribute(head, "value").unwrap_or_default(),
        }
    };
    if has(head, "required") && value.is_empty() {
        form.required.push(name.clone());
    }
    form.fields.push((name, value));
}

/// Every link of a page that stays in the house.
pub fn links(html: &str) -> Vec<String> {
    let hrefs = LINK.captures_iter(html).map(|found| found[1].replace("&amp;", "&"));
    hrefs.filter(|href| href.starts_with('/')).collect()
}
