//! Where time can be logged, as one field: a project, or one of its tasks.

use projects::{ProjectId, TaskId};
use rapport_ui::Choice;

use super::store::Workplace;

/// The value of a choice: `project` or `project/task`.
#[must_use]
pub fn value(project: ProjectId, task: Option<TaskId>) -> String {
    task.map_or_else(|| project.to_string(), |task| format!("{project}/{task}"))
}

/// Reads a choice back.
#[must_use]
pub fn read(value: &str) -> Option<(ProjectId, Option<TaskId>)> {
    match value.split_once('/') {
        Some((project, task)) => Some((project.parse().ok()?, Some(task.parse().ok()?))),
        None => Some((value.parse().ok()?, None)),
    }
}

/// All choices, grouped by project.
#[must_use]
pub fn choices(places: &[Workplace]) -> Vec<Choice> {
    places
        .iter()
        .map(|place| Choice {
            value: value(place.project_id, place.task_id),
            label: place.task_title.clone().unwrap_or_else(|| place.project_name.clone()),
            hint: if place.task_id.is_none() { "The whole project".into() } else { String::new() },
            group: format!("{} · {}", place.project_name, place.client_name),
            disabled: false,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_reads_back_what_it_was_made_of() {
        let (project, task) = (ProjectId::new(), TaskId::new());
        assert_eq!(read(&value(project, None)), Some((project, None)));
        assert_eq!(read(&value(project, Some(task))), Some((project, Some(task))));
        assert_eq!(read("nonsense"), None);
        assert_eq!(read(&format!("{project}/x")), None);
    }
}
