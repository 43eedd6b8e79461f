//! The settings page of notices.

use askama::Template;
use axum::response::Response;
use rapport_base::Result;
use rapport_ui::{FormState, Shell, Toast};
use rapport_web::{Cx, Form, page, redirect_with};

use super::{Preference, Wish};
use crate::{ByEmail, NoticeKinds};

const WAYS: [(&str, &str); 3] = [("now", "At once"), ("daily", "Once a day"), ("never", "Never")];

struct Group {
    name: String,
    kinds: Vec<Preference>,
}

#[derive(Template)]
#[template(path = "preferences/show.html")]
struct Show {
    shell: Shell,
    form: FormState,
    groups: Vec<Group>,
    ways: [(&'static str, &'static str); 3],
}

/// GET /app/{workspace}/settings/notifications
pub async fn show(cx: Cx) -> Result<Response> {
    let kinds = cx.app.parts.find::<NoticeKinds>().unwrap_or_default();
    let tx = cx.read().await?;
    let (preferences, shell) = futures::join!(super::of(&tx, &kinds, cx.member.id), cx.shell(&tx));
    let mut form = FormState::new();
    let mut groups: Vec<Group> = Vec::new();
    for preference in preferences? {
        form.set(&format!("app.{}", preference.kind), if preference.in_app { "on" } else { "" });
        form.set(&format!("mail.{}", preference.kind), preference.by_email.as_str());
        match groups.iter_mut().find(|group| group.name == preference.group) {
            Some(group) => group.kinds.push(preference),
            None => groups.push(Group { name: preference.group.clone(), kinds: vec![preference] }),
        }
    }
    page(&Show {
        shell: shell?.titled("Your notices").crumb("Settings", cx.path("settings")),
        form,
        groups,
        ways: WAYS,
    })
}

/// POST /app/{workspace}/settings/notifications
pub async fn save(cx: Cx, form: Form) -> Result<Response> {
    let kinds = cx.app.parts.find::<NoticeKinds>().unwrap_or_default();
    let reader = form.reader();
    let wishes: Vec<Wish> = kinds
        .0
        .iter()
        .map(|kind| Wish {
            kind: kind.name.into(),
            in_app: reader.checked(&format!("app.{}", kind.name)),
            by_email: ByEmail::parse(form.value(&format!("mail.{}", kind.name))).unwrap_or(kind.by_email),
        })
        .collect();
    let tx = cx.begin().await?;
    super::save(&tx, &kinds, cx.member.id, &wishes).await?;
    tx.commit().await?;
    Ok(redirect_with(
        &cx.path("settings/notifications"),
        Toast::success("Saved. It holds for what happens from now on."),
    ))
}
