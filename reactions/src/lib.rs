//! The rules of the business that cross its modules: what one module's event makes another do.

mod kinds;
mod letters;
mod people;
mod store;
mod when_client_uploads_file_tell_team;
mod when_deal_won_open_project;
mod when_deal_won_welcome_client;
mod when_deliverable_approved_tell_team;
mod when_deliverable_submitted_ask_client;
mod when_deputy_ended_tell_deputy;
mod when_deputy_named_tell_both;
mod when_expense_decided_tell_member;
mod when_expense_submitted_tell_approvers;
mod when_feedback_given_open_task;
mod when_health_falls_tell_owner;
mod when_invoice_overdue_tell_team;
mod when_invoice_paid_tell_team;
mod when_member_joined_assign_projects;
mod when_member_joined_tell_team;
mod when_message_sent_tell_other_side;
mod when_milestone_completed_offer_invoice;
mod when_milestone_completed_tell_client;
mod when_rate_changed_revalue_time;
mod when_revision_requested_open_task;
mod when_task_assigned_tell_member;
mod when_timesheet_decided_tell_member;
mod when_timesheet_submitted_tell_approvers;

use deals::{OnWon, TemplateChoices};
use futures::FutureExt;
use projects::ClientOfDeal;
use rapport_base::Parts;
use rapport_queue::Listener;
use rapport_web::Module;

/// The module's declarations.
#[must_use]
pub fn module() -> Module {
    Module { listeners: listeners(), parts: Some(put), ..Module::new("reactions") }
}

fn listeners() -> Vec<Listener> {
    vec![
        when_client_uploads_file_tell_team::listener(),
        when_deal_won_welcome_client::listener(),
        when_deliverable_approved_tell_team::listener(),
        when_deliverable_submitted_ask_client::listener(),
        when_deputy_ended_tell_deputy::listener(),
        when_deputy_named_tell_both::listener(),
        when_expense_decided_tell_member::listener(),
        when_expense_submitted_tell_approvers::listener(),
        when_feedback_given_open_task::listener(),
        when_health_falls_tell_owner::listener(),
        when_invoice_overdue_tell_team::listener(),
        when_invoice_paid_tell_team::listener(),
        when_member_joined_assign_projects::listener(),
        when_member_joined_tell_team::listener(),
        when_message_sent_tell_other_side::listener(),
        when_milestone_completed_offer_invoice::listener(),
        when_milestone_completed_tell_client::listener(),
        when_rate_changed_revalue_time::listener(),
        when_revision_requested_open_task::listener(),
        when_task_assigned_tell_member::listener(),
        when_timesheet_decided_tell_member::listener(),
        when_timesheet_submitted_tell_approvers::listener(),
    ]
}

fn put(parts: Parts) -> Parts {
    notifications::announce(parts, kinds::ALL)
        .with(OnWon(|tx, deal| when_deal_won_open_project::open(tx, deal).boxed()))
        .with(ClientOfDeal(|tx, deal| when_deal_won_open_project::client_of(tx, deal).boxed()))
        .with(TemplateChoices(|tx| when_deal_won_open_project::templates(tx).boxed()))
}
