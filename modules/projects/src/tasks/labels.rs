//! All SQL of labels.

use rapport_base::{Result, text};
use rapport_db::TenantTx;
use uuid::Uuid;

use super::TaskId;

/// Cleaned names, each once, however it is written.
#[must_use]
pub fn tidy(names: &[String]) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let mut tidy: Vec<String> = names
        .iter()
        .filter_map(|name| text::clean_line(name))
        .filter(|name| seen.insert(text::fold(name)))
        .collect();
    tidy.sort_by_key(|name| text::fold(name));
    tidy
}

/// Makes these the labels of a task; names not known yet become labels of the workspace.
pub async fn set(tx: &TenantTx, task: TaskId, names: &[String]) -> Result<()> {
    let folded: Vec<String> = names.iter().map(|name| text::fold(name)).collect();
    if !names.is_empty() {
        let ids: Vec<Uuid> = names.iter().map(|_| Uuid::now_v7()).collect();
        tx.execute(
            "insert into projects.labels (workspace_id, id, name, name_sort)
             select $1, given.id, given.name, given.folded from unnest($2::uuid[], $3::text[], $4::text[]) as given (id, name, folded)
             on conflict (workspace_id, name_sort) do nothing",
            &[&tx.workspace(), &ids, &names, &folded],
        )
        .await?;
    }
    tx.execute(
        "delete from projects.task_labels where workspace_id = $1 and task_id = $2",
        &[&tx.workspace(), &task],
    )
    .await?;
    tx.execute(
        "insert into projects.task_labels (workspace_id, task_id, label_id)
         select $1, $2, id from projects.labels where workspace_id = $1 and name_sort = any($3)",
        &[&tx.workspace(), &task, &folded],
    )
    .await
    .map(drop)
}

/// Labels of the workspace, by name.
pub async fn all(tx: &TenantTx) -> Result<Vec<(String, String)>> {
    tx.query(
        "select name, name from projects.labels where workspace_id = $1 order by name_sort limit 200",
        &[&tx.workspace()],
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::tidy;

    #[test]
    fn a_label_counts_once_however_it_is_written() {
        let names = [" Design ", "design", "", "Copy"].map(String::from);
        assert_eq!(tidy(&names), ["Copy", "Design"]);
    }
}
