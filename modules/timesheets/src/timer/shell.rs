//! The timer in the head of every page.

use futures::{FutureExt, future::BoxFuture};
use rapport_base::Result;
use rapport_db::TenantTx;
use rapport_ui::{Banner, CreateLink, Shell, Tone};
use rapport_web::{Cx, ShellChange};

use super::{rules, store};
use crate::{EXPENSES_CREATE, TIME_TRACK};

/// Shows the running timer, offers to log time, and asks about a timer that looks forgotten.
pub fn part<'a>(cx: &'a Cx, tx: &'a TenantTx) -> BoxFuture<'a, Result<ShellChange>> {
    async move {
        if !cx.may(TIME_TRACK) {
            return Ok(Box::new(|_: &mut Shell| {}) as ShellChange);
        }
        let timer = store::find(tx, cx.member.id).await?;
        let (now, href) = (cx.now(), cx.path("time/timer"));
        let link = |label: &str, icon: &str, path: &str| CreateLink {
            label: label.into(),
            icon: icon.into(),
            href: cx.path(path),
        };
        let mut links = vec![link("Time entry", "clock", "time/day?dialog=new-entry")];
        if cx.may(EXPENSES_CREATE) {
            links.push(link("Expense", "receipt", "expenses/new"));
        }
        Ok(Box::new(move |shell: &mut Shell| {
            shell.show_timer = true;
            shell.create.extend(links);
            let Some(timer) = timer else { return };
            if rules::is_forgotten(timer.started_at, now) && shell.banner.is_none() {
                shell.banner = Some(Banner {
                    tone: Tone::Amber,
                    text: format!(
                        "Your timer on {} has run since {}. Did you forget it?",
                        timer.label(),
                        shell.fmt.datetime(timer.started_at)
                    ),
                    action: Some(("Stop or correct it".into(), href.clone())),
                });
            }
            shell.timer = Some(rapport_ui::Timer {
                label: timer.label().to_owned(),
                started_at: timer.started_at,
                href,
            });
        }) as ShellChange)
    }
    .boxed()
}
