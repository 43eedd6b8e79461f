//! The template every workspace starts with.

use rapport_base::Result;
use rapport_db::TenantTx;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Shape, Template, TemplateId, TemplateMilestone, TemplateTask, store};
use crate::{members::MemberRole, projects::BillingType, tasks::Priority};

/// Title, days to the due date, percent of the price.
const MILESTONES: [(&str, i32, i64); 3] =
    [("Kick-off and concept", 10, 30), ("Design approved", 25, 30), ("Website live", 45, 40)];

/// Title, milestone, role, days, hours, visible to the client.
const TASKS: [(&str, usize, MemberRole, i32, i64, bool); 8] = [
    ("Kick-off call and goals", 0, MemberRole::Lead, 2, 2, true),
    ("Gather content and access", 0, MemberRole::Lead, 7, 3, true),
    ("Sitemap and wireframes", 0, MemberRole::Contributor, 10, 8, true),
    ("Visual design of the key pages", 1, MemberRole::Contributor, 20, 16, true),
    ("Review round with the client", 1, MemberRole::Lead, 25, 3, true),
    ("Build the pages", 2, MemberRole::Contributor, 36, 32, false),
    ("Test on phones, in browsers, for accessibility", 2, MemberRole::Reviewer, 41, 6, false),
    ("Launch and hand-over", 2, MemberRole::Lead, 45, 4, true),
];

/// Gives a new workspace its first template.
pub async fn make(tx: &TenantTx) -> Result<()> {
    if store::load_default(tx).await?.is_some() {
        return Ok(());
    }
    store::insert(tx, &website()).await
}

fn website() -> Shape {
    let milestones: Vec<TemplateMilestone> = MILESTONES
        .iter()
        .map(|(title, days, percent)| TemplateMilestone {
            id: Uuid::now_v7(),
            title: (*title).into(),
            description: String::new(),
            due_after_days: Some(*days),
            amount_cents: None,
            amount_percent: Some(Decimal::from(*percent)),
            is_client_visible: true,
        })
        .collect();
    let tasks = TASKS
        .iter()
        .map(|(title, milestone, role, days, hours, visible)| TemplateTask {
            id: Uuid::now_v7(),
            milestone_id: Some(milestones[*milestone].id),
            title: (*title).into(),
            description: String::new(),
            priority: Priority::Medium,
            assignee_role: Some(*role),
            due_after_days: Some(*days),
            estimated_seconds: Some(hours * 3_600),
            is_client_visible: *visible,
        })
        .collect();
    Shape {
        template: Template {
            id: TemplateId::new(),
            name: "Website project".into(),
            description: String::new(),
            billing_type: BillingType::Hourly,
            budget_cents: None,
            budget_seconds: Some(TASKS.iter().map(|task| task.4 * 3_600).sum()),
            currency: None,
            duration_days: Some(45),
            is_default: true,
            tasks: 8,
            milestones: 3,
            version: 1,
        },
        milestones,
        tasks,
    }
}

#[cfg(test)]
mod tests {
    use super::{MILESTONES, website};

    #[test]
    fn the_first_template_bills_the_whole_price_in_steps_and_ends_in_time() {
        assert_eq!(MILESTONES.iter().map(|m| m.2).sum::<i64>(), 100);
        let shape = website();
        let last = shape.tasks.iter().filter_map(|t| t.due_after_days).max();
        assert!(last <= shape.template.duration_days);
        assert!(shape.tasks.iter().all(|t| shape.milestones.iter().any(|m| Some(m.id) == t.milestone_id)));
    }
}
