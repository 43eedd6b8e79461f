//! The summary of what is wrong with a form.

use crate::form::FormState;
use crate::html::Tag;
use crate::{Html, icons};

/// What is wrong with a form, with links to the fields.
pub fn errors(form: &FormState) -> Html {
    let list: Vec<(&str, &str)> = form.errors().collect();
    if list.is_empty() {
        return Html::default();
    }
    let title = match list.len() {
        1 => "One thing needs attention".to_owned(),
        n => format!("{n} things need attention"),
    };
    let items: String = list
        .iter()
        .map(|(name, text)| {
            let item = Tag::new("li");
            let item = if name.is_empty() {
                item.text(text)
            } else {
                item.html(Tag::new("a").attr("href", format!("#{}", form.id(name))).text(text))
            };
            Html::from(item).to_string()
        })
        .collect();
    Tag::new("div")
        .class("alert alert-red")
        .attr("role", "alert")
        .attr("data-errors", "")
        .html(icons::svg("circle-alert"))
        .html(
            Tag::new("div")
                .class("alert-body")
                .html(Tag::new("p").class("alert-title").text(title))
                .html(Tag::new("ul").html(Html::raw(items))),
        )
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_links_to_each_field() {
        let form = FormState::new().with_error("name", "Say a name").with_error("", "Nothing saved");
        let html = errors(&form).to_string();
        assert!(html.contains("href=\"#f-name\"") && html.contains("role=\"alert\""), "{html}");
        assert!(errors(&FormState::new()).is_empty());
    }
}
