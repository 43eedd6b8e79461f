//! "My work": open tasks of the reader over all projects, by when they are due.

use askama::Template;
use axum::response::Response;
use rapport_base::Result;
use rapport_ui::Shell;
use rapport_web::{Cx, page};

use super::{Task, rules::When, store};

/// A group of tasks.
struct Group {
    when: When,
    tasks: Vec<Task>,
}

#[derive(Template)]
#[template(path = "tasks/my_work.html")]
struct MyWork {
    shell: Shell,
    groups: Vec<Group>,
    here: String,
    estimated: i64,
    count: usize,
}

/// GET the page.
pub(crate) async fn show(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let (tasks, shell) = futures::join!(store::open_of(&tx, cx.member.id), cx.shell(&tx));
    let (tasks, today) = (tasks?, cx.today());
    let due_now = |task: &&Task| When::of(task.due_date, today, cx.workspace().week_start) <= When::ThisWeek;
    let estimated = tasks.iter().filter(due_now).filter_map(|task| task.estimated_seconds).sum();
    let count = tasks.len();
    let groups = When::ALL
        .into_iter()
        .map(|when| Group {
            when,
            tasks: tasks
                .iter()
                .filter(|task| When::of(task.due_date, today, cx.workspace().week_start) == when)
                .cloned()
                .collect(),
        })
        .filter(|group| !group.tasks.is_empty())
        .collect();
    page(&MyWork {
        shell: shell?.titled("My work").live("task. project."),
        groups,
        here: cx.path("my-work"),
        estimated,
        count,
    })
}
