//! Every URL of the module.

use rapport_base::Page;
use rapport_web::{Doc, Routes};

use crate::{
    DELIVERABLES_MANAGE, Deliverable, Milestone, PROJECTS_MANAGE, PROJECTS_READ, Project, ProjectMember,
    TASKS_DELETE, TASKS_WRITE, TEMPLATES_MANAGE, Task,
    deliverables::{
        self, DeliverableChange, NewDeliverable,
        api::{DeliverableWithHistory, VersionUpload},
    },
    members::{self, TeamInput},
    milestones::{self, MilestoneChange, NewMilestone},
    projects::{self, NewProject, ProjectChange, ProjectQuery, api::ProjectWithTeam},
    tasks::{self, NewTask, TaskChange, TaskQuery, checklist, comments},
    templates::{self, NewTemplate, Shape, Template, TemplateChange},
};

/// Largest upload.
const UPLOAD: usize = 60 * 1024 * 1024;

pub fn routes() -> Routes {
    pages(template_api(deliverable_api(milestone_api(task_api(project_api(Routes::new("projects")))))))
}

fn project_api(routes: Routes) -> Routes {
    use projects::api;
    routes
        .get("/api/projects", PROJECTS_READ, api::list)
        .doc(Doc::new("List projects").query::<ProjectQuery>().returns::<Page<Project>>(200))
        .post("/api/projects", PROJECTS_MANAGE, api::create)
        .doc(Doc::new("Open a project").body::<NewProject>().returns::<ProjectWithTeam>(201))
        .get("/api/projects/{id}", PROJECTS_READ, api::show)
        .doc(Doc::new("Get a project").returns::<ProjectWithTeam>(200))
        .patch("/api/projects/{id}", PROJECTS_MANAGE, api::update)
        .doc(Doc::new("Change a project").body::<ProjectChange>().returns::<Project>(200))
        .get("/api/projects/{id}/members", PROJECTS_READ, members::api::list)
        .doc(Doc::new("List a project's members").returns::<Page<ProjectMember>>(200))
        .put("/api/projects/{id}/members", PROJECTS_MANAGE, members::api::put)
        .doc(
            Doc::new("Set a project's members")
                .about("Whoever is not on the list leaves the project.")
                .body::<TeamInput>()
                .returns::<Page<ProjectMember>>(200),
        )
}

fn task_api(routes: Routes) -> Routes {
    use tasks::api;
    routes
        .get("/api/projects/{id}/tasks", PROJECTS_READ, api::list_of_project)
        .doc(Doc::new("List a project's tasks").query::<TaskQuery>().returns::<Page<Task>>(200))
        .post("/api/projects/{id}/tasks", TASKS_WRITE, api::create)
        .doc(Doc::new("Add a task").body::<NewTask>().returns::<Task>(201))
        .get("/api/tasks", PROJECTS_READ, api::list)
        .doc(Doc::new("List tasks over all projects").query::<TaskQuery>().returns::<Page<Task>>(200))
        .get("/api/tasks/{id}", PROJECTS_READ, api::show)
        .doc(Doc::new("Get a task").returns::<Task>(200))
        .patch("/api/tasks/{id}", TASKS_WRITE, api::update)
        .doc(Doc::new("Change a task").body::<TaskChange>().returns::<Task>(200))
        .delete("/api/tasks/{id}", TASKS_DELETE, api::delete)
        .doc(Doc::new("Delete a task").answers(204, "Deleted; time logged on it stays."))
        .get("/api/tasks/{id}/comments", PROJECTS_READ, api::list_comments)
        .doc(Doc::new("List a task's comments").returns::<Page<comments::Comment>>(200))
        .post("/api/tasks/{id}/comments", TASKS_WRITE, api::comment)
        .doc(Doc::new("Comment on a task").body::<comments::NewComment>().returns::<comments::Comment>(201))
        .get("/api/tasks/{id}/checklist", PROJECTS_READ, api::list_checklist)
        .doc(Doc::new("List a task's steps").returns::<Page<checklist::Step>>(200))
        .post("/api/tasks/{id}/checklist", TASKS_WRITE, api::add_step)
        .doc(Doc::new("Add a step to a task").body::<checklist::NewStep>().returns::<checklist::Step>(201))
        .patch("/api/checklist/{id}", TASKS_WRITE, api::change_step)
        .doc(
            Doc::new("Change a step or tick it off")
                .body::<checklist::StepChange>()
                .returns::<checklist::Step>(200),
        )
        .delete("/api/checklist/{id}", TASKS_WRITE, api::remove_step)
        .doc(Doc::new("Remove a step").answers(204, "Removed."))
}

fn milestone_api(routes: Routes) -> Routes {
    use milestones::api;
    routes
        .get("/api/projects/{id}/milestones", PROJECTS_READ, api::list)
        .doc(Doc::new("List a project's milestones").returns::<Page<Milestone>>(200))
        .post("/api/projects/{id}/milestones", PROJECTS_MANAGE, api::create)
        .doc(Doc::new("Add a milestone").body::<NewMilestone>().returns::<Milestone>(201))
        .get("/api/milestones/{id}", PROJECTS_READ, api::show)
        .doc(Doc::new("Get a milestone").returns::<Milestone>(200))
        .patch("/api/milestones/{id}", PROJECTS_MANAGE, api::update)
        .doc(
            Doc::new("Change a milestone")
                .about("Status `completed` sets `completed_at` and offers the amount for billing; any other status opens it again.")
                .body::<MilestoneChange>()
                .returns::<Milestone>(200),
        )
        .delete("/api/milestones/{id}", PROJECTS_MANAGE, api::delete)
        .doc(Doc::new("Delete a milestone").answers(204, "Deleted; its tasks stay."))
}

fn deliverable_api(routes: Routes) -> Routes {
    use deliverables::api;
    routes
        .get("/api/projects/{id}/deliverables", PROJECTS_READ, api::list)
        .doc(Doc::new("List a project's deliverables").returns::<Page<Deliverable>>(200))
        .post("/api/projects/{id}/deliverables", DELIVERABLES_MANAGE, api::create)
        .doc(Doc::new("Add a deliverable").body::<NewDeliverable>().returns::<DeliverableWithHistory>(201))
        .get("/api/deliverables/{id}", PROJECTS_READ, api::show)
        .doc(Doc::new("Get a deliverable with its versions and decisions").returns::<DeliverableWithHistory>(200))
        .patch("/api/deliverables/{id}", DELIVERABLES_MANAGE, api::update)
        .doc(Doc::new("Change a deliverable").body::<DeliverableChange>().returns::<Deliverable>(200))
        .delete("/api/deliverables/{id}", DELIVERABLES_MANAGE, api::delete)
        .doc(Doc::new("Delete a deliverable").answers(204, "Deleted, unless it is approved."))
        .post("/api/deliverables/{id}/versions", DELIVERABLES_MANAGE, api::add_version)
        .doc(
            Doc::new("Add a version")
                .about("A file or a link, as a multipart form, or a link as JSON. It goes to the client for approval at once unless `submit` is false.")
                .multipart::<VersionUpload>()
                .returns::<DeliverableWithHistory>(201),
        )
        .body_limit(UPLOAD)
        .post("/api/deliverables/{id}/submit", DELIVERABLES_MANAGE, api::submit)
        .doc(Doc::new("Send the newest version for approval").returns::<Deliverable>(200))
}

fn template_api(routes: Routes) -> Routes {
    use templates::api;
    routes
        .get("/api/templates", PROJECTS_MANAGE, api::list)
        .doc(Doc::new("List project templates").returns::<Page<Template>>(200))
        .post("/api/templates", TEMPLATES_MANAGE, api::create)
        .doc(Doc::new("Make a template of a project").body::<NewTemplate>().returns::<Shape>(201))
        .get("/api/templates/{id}", TEMPLATES_MANAGE, api::show)
        .doc(Doc::new("Get a template with all it makes").returns::<Shape>(200))
        .patch("/api/templates/{id}", TEMPLATES_MANAGE, api::update)
        .doc(Doc::new("Change a template").body::<TemplateChange>().returns::<Shape>(200))
        .delete("/api/templates/{id}", TEMPLATES_MANAGE, api::delete)
        .doc(Doc::new("Delete a template").answers(204, "Deleted; projects made from it stay."))
}

fn pages(routes: Routes) -> Routes {
    use {
        deliverables::pages as deliverable, members::pages as team, milestones::pages as milestone,
        projects::pages as project, tasks::pages as task, templates::pages as template,
    };
    routes
        .get("/app/{workspace}/projects", PROJECTS_READ, project::index)
        .post("/app/{workspace}/projects", PROJECTS_MANAGE, project::create)
        .get("/app/{workspace}/projects/{id}", PROJECTS_READ, project::show)
        .post("/app/{workspace}/projects/{id}/status", PROJECTS_MANAGE, project::change_status)
        .get("/app/{workspace}/projects/{id}/settings", PROJECTS_MANAGE, projects::settings::show)
        .post("/app/{workspace}/projects/{id}/settings", PROJECTS_MANAGE, projects::settings::update)
        .post("/app/{workspace}/projects/{id}/template", TEMPLATES_MANAGE, template::save)
        .get("/app/{workspace}/projects/{id}/team", PROJECTS_READ, team::show)
        .post("/app/{workspace}/projects/{id}/team", PROJECTS_MANAGE, team::update)
        .get("/app/{workspace}/projects/{id}/board", PROJECTS_READ, task::board)
        .get("/app/{workspace}/projects/{id}/tasks", PROJECTS_READ, task::list)
        .post("/app/{workspace}/projects/{id}/tasks", TASKS_WRITE, task::create)
        .get("/app/{workspace}/tasks/{id}", PROJECTS_READ, task::show)
        .post("/app/{workspace}/tasks/{id}", TASKS_WRITE, task::update)
        .post("/app/{workspace}/tasks/{id}/move", TASKS_WRITE, task::move_card)
        .post("/app/{workspace}/tasks/{id}/tick", TASKS_WRITE, task::tick)
        .post("/app/{workspace}/tasks/{id}/delete", TASKS_DELETE, task::delete)
        .post("/app/{workspace}/tasks/{id}/comments", TASKS_WRITE, task::comment)
        .post("/app/{workspace}/tasks/{id}/checklist", TASKS_WRITE, task::add_step)
        .post("/app/{workspace}/checklist/{id}/tick", TASKS_WRITE, task::tick_step)
        .post("/app/{workspace}/checklist/{id}/delete", TASKS_WRITE, task::remove_step)
        .get("/app/{workspace}/my-work", TASKS_WRITE, tasks::my_work::show)
        .get("/app/{workspace}/projects/{id}/milestones", PROJECTS_READ, milestone::show)
        .post("/app/{workspace}/projects/{id}/milestones", PROJECTS_MANAGE, milestone::create)
        .post("/app/{workspace}/milestones/{id}", PROJECTS_MANAGE, milestone::update)
        .post("/app/{workspace}/milestones/{id}/status", PROJECTS_MANAGE, milestone::change_status)
        .post("/app/{workspace}/milestones/{id}/delete", PROJECTS_MANAGE, milestone::delete)
        .get("/app/{workspace}/projects/{id}/deliverables", PROJECTS_READ, deliverable::list)
        .post("/app/{workspace}/projects/{id}/deliverables", DELIVERABLES_MANAGE, deliverable::create)
        .get("/app/{workspace}/deliverables/{id}", PROJECTS_READ, deliverable::show)
        .post("/app/{workspace}/deliverables/{id}", DELIVERABLES_MANAGE, deliverable::update)
        .post("/app/{workspace}/deliverables/{id}/versions", DELIVERABLES_MANAGE, deliverable::add_version)
        .body_limit(UPLOAD)
        .get("/app/{workspace}/deliverables/{id}/versions/{number}", PROJECTS_READ, deliverable::download)
        .post("/app/{workspace}/deliverables/{id}/submit", DELIVERABLES_MANAGE, deliverable::submit)
        .post("/app/{workspace}/deliverables/{id}/decide", DELIVERABLES_MANAGE, deliverable::decide)
        .post("/app/{workspace}/deliverables/{id}/delete", DELIVERABLES_MANAGE, deliverable::delete)
        .get("/app/{workspace}/settings/templates", TEMPLATES_MANAGE, template::index)
        .get("/app/{workspace}/settings/templates/{id}", TEMPLATES_MANAGE, template::show)
        .post("/app/{workspace}/settings/templates/{id}", TEMPLATES_MANAGE, template::update)
        .post("/app/{workspace}/settings/templates/{id}/default", TEMPLATES_MANAGE, template::make_default)
        .post("/app/{workspace}/settings/templates/{id}/delete", TEMPLATES_MANAGE, template::delete)
        .post("/app/{workspace}/settings/templates/{id}/tasks", TEMPLATES_MANAGE, template::add_task)
        .post(
            "/app/{workspace}/settings/templates/{id}/milestones",
            TEMPLATES_MANAGE,
            template::add_milestone,
        )
        .post("/app/{workspace}/settings/templates/{id}/remove", TEMPLATES_MANAGE, template::remove)
}
