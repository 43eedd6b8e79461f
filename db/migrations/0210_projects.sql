-- Projects: the delivery of what was sold, with tasks, milestones, deliverables and templates.

create schema projects;
comment on schema projects is 'Projects, their tasks, milestones, deliverables and templates';
grant usage on schema projects to rapport_app, rapport_system;

-- Templates -----------------------------------------------------------------

create table projects.templates (
  workspace_id uuid not null,
  id uuid not null,
  name text not null check (length(name) between 1 and 200),
  name_sort text collate "C" not null,
  description text not null default '',
  billing_type text not null default 'hourly' check (billing_type in ('hourly', 'fixed', 'retainer', 'non_billable')),
  budget_cents bigint check (budget_cents >= 0),
  budget_seconds bigint check (budget_seconds >= 0),
  currency text check (currency ~ '^[A-Z]{3}$'),
  duration_days integer check (duration_days between 0 and 3650),
  is_default boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  archived_at timestamptz,
  primary key (workspace_id, id),
  constraint templates_budget_has_currency check (budget_cents is null or currency is not null)
);
comment on table projects.templates is 'Shape of a project to start from; one of them is taken for won deals';
comment on column projects.templates.name_sort is 'The name folded by the program, for order and prefix search';
create unique index templates_one_default on projects.templates (workspace_id) where is_default and archived_at is null;
create index templates_by_name on projects.templates (workspace_id, name_sort, id) where archived_at is null;
select app.make_tenant_table('projects.templates');

create table projects.template_milestones (
  workspace_id uuid not null,
  id uuid not null,
  template_id uuid not null,
  position integer not null,
  title text not null check (length(title) between 1 and 300),
  description text not null default '',
  due_after_days integer check (due_after_days between 0 and 3650),
  amount_cents bigint check (amount_cents >= 0),
  amount_percent numeric(6, 3) check (amount_percent between 0 and 100),
  is_client_visible boolean not null default true,
  primary key (workspace_id, id),
  unique (workspace_id, template_id, id),
  foreign key (workspace_id, template_id) references projects.templates (workspace_id, id) on delete cascade,
  constraint template_milestones_amount_or_percent check (amount_cents is null or amount_percent is null)
);
comment on table projects.template_milestones is 'Milestones a template makes; days count from the start of the project';
comment on column projects.template_milestones.amount_percent is 'Share of the value of the deal, or of the budget without a deal';
create index template_milestones_in_order on projects.template_milestones (workspace_id, template_id, position, id);
select app.make_tenant_table('projects.template_milestones');

create table projects.template_tasks (
  workspace_id uuid not null,
  id uuid not null,
  template_id uuid not null,
  milestone_id uuid,
  parent_id uuid,
  position integer not null,
  title text not null check (length(title) between 1 and 300),
  description text not null default '',
  priority text not null default 'medium' check (priority in ('low', 'medium', 'high', 'urgent')),
  assignee_role text check (assignee_role in ('lead', 'contributor', 'reviewer')),
  start_after_days integer check (start_after_days between 0 and 3650),
  due_after_days integer check (due_after_days between 0 and 3650),
  estimated_seconds bigint check (estimated_seconds >= 0),
  is_client_visible boolean not null default false,
  primary key (workspace_id, id),
  unique (workspace_id, template_id, id),
  foreign key (workspace_id, template_id) references projects.templates (workspace_id, id) on delete cascade,
  foreign key (workspace_id, template_id, milestone_id) references projects.template_milestones (workspace_id, template_id, id) on delete cascade,
  foreign key (workspace_id, template_id, parent_id) references projects.template_tasks (workspace_id, template_id, id) on delete cascade
);
comment on table projects.template_tasks is 'Tasks a template makes; days count from the start of the project, assignees come by project role';
create index template_tasks_in_order on projects.template_tasks (workspace_id, template_id, position, id);
select app.make_tenant_table('projects.template_tasks');

-- Projects ------------------------------------------------------------------

create table projects.projects (
  workspace_id uuid not null,
  id uuid not null,
  client_id uuid not null,
  deal_id uuid,
  template_id uuid,
  name text not null check (length(name) between 1 and 200),
  name_sort text collate "C" not null,
  description text not null default '',
  status text not null default 'planning' check (status in ('planning', 'active', 'on_hold', 'completed', 'cancelled')),
  billing_type text not null default 'hourly' check (billing_type in ('hourly', 'fixed', 'retainer', 'non_billable')),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  budget_cents bigint check (budget_cents >= 0),
  budget_seconds bigint check (budget_seconds >= 0),
  hourly_rate_cents bigint check (hourly_rate_cents >= 0),
  start_date date,
  deadline date,
  completed_at timestamptz,
  spent_cents bigint not null default 0,
  logged_seconds bigint not null default 0 check (logged_seconds >= 0),
  created_by uuid,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  last_activity_at timestamptz not null default now(),
  deleted_at timestamptz,
  primary key (workspace_id, id),
  unique (workspace_id, client_id, id),
  foreign key (workspace_id, client_id) references clients.clients (workspace_id, id),
  foreign key (workspace_id, template_id) references projects.templates (workspace_id, id),
  foreign key (workspace_id, created_by) references identity.memberships (workspace_id, id),
  constraint projects_deadline_after_start check (deadline >= start_date),
  constraint projects_completed_when_done check ((status = 'completed') = (completed_at is not null))
);
comment on table projects.projects is 'Delivery of a won deal or a retainer for one client';
comment on column projects.projects.deal_id is 'The deal it came from; no foreign key, deals stand on the same floor';
comment on column projects.projects.spent_cents is 'Billable value of time and expenses, kept in step by the statements that change them';
comment on column projects.projects.logged_seconds is 'Worked time of all entries, kept in step likewise';
create unique index projects_once_per_deal on projects.projects (workspace_id, deal_id) where deal_id is not null;
create index projects_by_name on projects.projects (workspace_id, name_sort, id) where deleted_at is null;
create index projects_by_activity on projects.projects (workspace_id, last_activity_at desc, id desc) where deleted_at is null;
create index projects_by_creation on projects.projects (workspace_id, created_at desc, id desc) where deleted_at is null;
create index projects_of_client on projects.projects (workspace_id, client_id, created_at desc, id desc);
create index projects_by_status on projects.projects (workspace_id, status, name_sort, id) where deleted_at is null;
create index projects_by_deadline on projects.projects (workspace_id, deadline, id)
  where deleted_at is null and deadline is not null and status in ('planning', 'active', 'on_hold');
create index projects_of_template on projects.projects (workspace_id, template_id) where template_id is not null;
create index projects_to_purge on projects.projects (deleted_at) where deleted_at is not null;
select app.make_tenant_table('projects.projects');

create table projects.project_members (
  workspace_id uuid not null,
  project_id uuid not null,
  member_id uuid not null,
  role text not null default 'contributor' check (role in ('lead', 'contributor', 'reviewer')),
  hourly_rate_cents bigint check (hourly_rate_cents >= 0),
  joined_at timestamptz not null,
  left_at timestamptz,
  primary key (workspace_id, project_id, member_id),
  foreign key (workspace_id, project_id) references projects.projects (workspace_id, id) on delete cascade,
  foreign key (workspace_id, member_id) references identity.memberships (workspace_id, id)
);
comment on table projects.project_members is 'Who works on a project, in which role and at which rate; who left keeps the row, because time entries point at it';
create index project_members_of_member on projects.project_members (workspace_id, member_id, project_id) where left_at is null;
select app.make_tenant_table('projects.project_members');

create table projects.project_tags (
  workspace_id uuid not null,
  project_id uuid not null,
  tag text collate "C" not null check (length(tag) between 1 and 60),
  primary key (workspace_id, project_id, tag),
  foreign key (workspace_id, project_id) references projects.projects (workspace_id, id) on delete cascade
);
comment on table projects.project_tags is 'Tags of a project, one row each';
create index project_tags_by_tag on projects.project_tags (workspace_id, tag, project_id);
select app.make_tenant_table('projects.project_tags');

create table projects.budget_alerts (
  workspace_id uuid not null,
  project_id uuid not null,
  measure text not null check (measure in ('money', 'time')),
  threshold_percent smallint not null check (threshold_percent between 1 and 1000),
  raised_at timestamptz not null,
  primary key (workspace_id, project_id, measure, threshold_percent),
  foreign key (workspace_id, project_id) references projects.projects (workspace_id, id) on delete cascade
);
comment on table projects.budget_alerts is 'Budget thresholds already reported, so that each is reported once';
select app.make_tenant_table('projects.budget_alerts');

-- Milestones ----------------------------------------------------------------

create table projects.milestones (
  workspace_id uuid not null,
  id uuid not null,
  project_id uuid not null,
  position bigint not null default 0,
  title text not null check (length(title) between 1 and 300),
  description text not null default '',
  status text not null default 'pending' check (status in ('pending', 'in_progress', 'completed')),
  due_date date,
  completed_at timestamptz,
  completed_by uuid,
  amount_cents bigint check (amount_cents >= 0),
  is_client_visible boolean not null default true,
  invoice_id uuid,
  invoice_line_id uuid,
  invoiced_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  primary key (workspace_id, id),
  unique (workspace_id, project_id, id),
  foreign key (workspace_id, project_id) references projects.projects (workspace_id, id) on delete cascade,
  foreign key (workspace_id, completed_by) references identity.memberships (workspace_id, id),
  constraint milestones_completed_when_done check ((status = 'completed') = (completed_at is not null)),
  constraint milestones_reserved_together check ((invoice_id is null) = (invoice_line_id is null)),
  constraint milestones_invoiced_by_invoice check (invoiced_at is null or invoice_id is not null)
);
comment on table projects.milestones is 'Dated checkpoints of a project that may carry an amount to bill, in the currency of the project';
comment on column projects.milestones.invoice_id is 'The draft or issued invoice that holds it; invoicing stands above, hence no foreign key';
create index milestones_in_order on projects.milestones (workspace_id, project_id, position, id) where deleted_at is null;
create index milestones_by_due_date on projects.milestones (workspace_id, due_date, id) where deleted_at is null and completed_at is null;
create index milestones_to_bill on projects.milestones (workspace_id, project_id, completed_at)
  where deleted_at is null and invoice_id is null and completed_at is not null and amount_cents is not null;
create index milestones_of_invoice on projects.milestones (workspace_id, invoice_id) where invoice_id is not null;
select app.make_tenant_table('projects.milestones');

-- Tasks ---------------------------------------------------------------------

create table projects.tasks (
  workspace_id uuid not null,
  id uuid not null,
  project_id uuid not null,
  parent_id uuid,
  milestone_id uuid,
  title text not null check (length(title) between 1 and 300),
  description text not null default '',
  status text not null default 'todo' check (status in ('todo', 'in_progress', 'review', 'done')),
  priority text not null default 'medium' check (priority in ('low', 'medium', 'high', 'urgent')),
  position bigint not null default 0,
  assigned_to uuid,
  start_date date,
  due_date date,
  estimated_seconds bigint check (estimated_seconds >= 0),
  hourly_rate_cents bigint check (hourly_rate_cents >= 0),
  is_client_visible boolean not null default false,
  completed_at timestamptz,
  created_by uuid,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  primary key (workspace_id, id),
  unique (workspace_id, project_id, id),
  foreign key (workspace_id, project_id) references projects.projects (workspace_id, id) on delete cascade,
  foreign key (workspace_id, project_id, parent_id) references projects.tasks (workspace_id, project_id, id) on delete cascade,
  foreign key (workspace_id, project_id, milestone_id) references projects.milestones (workspace_id, project_id, id),
  foreign key (workspace_id, assigned_to) references identity.memberships (workspace_id, id),
  foreign key (workspace_id, created_by) references identity.memberships (workspace_id, id),
  constraint tasks_not_their_own_parent check (parent_id <> id),
  constraint tasks_due_after_start check (due_date >= start_date),
  constraint tasks_completed_when_done check ((status = 'done') = (completed_at is not null))
);
comment on table projects.tasks is 'To-dos of a project; deleted ones stay, because time entries point at them';
comment on column projects.tasks.position is 'Order within a column of the board, with gaps to drop cards into';
create index tasks_on_board on projects.tasks (workspace_id, project_id, status, position, id) where deleted_at is null;
create index tasks_of_member on projects.tasks (workspace_id, assigned_to, due_date, id) where deleted_at is null and completed_at is null;
create index tasks_by_due_date on projects.tasks (workspace_id, due_date, id) where deleted_at is null and completed_at is null;
create index tasks_of_parent on projects.tasks (workspace_id, project_id, parent_id) where parent_id is not null;
create index tasks_of_milestone on projects.tasks (workspace_id, project_id, milestone_id) where milestone_id is not null;
select app.make_tenant_table('projects.tasks');

create table projects.task_dependencies (
  workspace_id uuid not null,
  project_id uuid not null,
  task_id uuid not null,
  depends_on_id uuid not null,
  lag_days integer not null default 0 check (lag_days between -365 and 365),
  created_at timestamptz not null default now(),
  primary key (workspace_id, task_id, depends_on_id),
  foreign key (workspace_id, project_id, task_id) references projects.tasks (workspace_id, project_id, id) on delete cascade,
  foreign key (workspace_id, project_id, depends_on_id) references projects.tasks (workspace_id, project_id, id) on delete cascade,
  constraint task_dependencies_not_on_itself check (task_id <> depends_on_id)
);
comment on table projects.task_dependencies is 'A task that starts after another has finished, both of one project';
create index task_dependencies_of_project on projects.task_dependencies (workspace_id, project_id, depends_on_id);
select app.make_tenant_table('projects.task_dependencies');

create table projects.task_comments (
  workspace_id uuid not null,
  id uuid not null,
  task_id uuid not null,
  author_id uuid not null,
  body text not null check (length(body) between 1 and 20000),
  created_at timestamptz not null default now(),
  edited_at timestamptz,
  deleted_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, task_id) references projects.tasks (workspace_id, id) on delete cascade,
  foreign key (workspace_id, author_id) references identity.memberships (workspace_id, id)
);
comment on table projects.task_comments is 'What members say about a task; never shown to clients';
create index task_comments_in_order on projects.task_comments (workspace_id, task_id, created_at, id);
select app.make_tenant_table('projects.task_comments');

create table projects.task_comment_mentions (
  workspace_id uuid not null,
  comment_id uuid not null,
  member_id uuid not null,
  primary key (workspace_id, comment_id, member_id),
  foreign key (workspace_id, comment_id) references projects.task_comments (workspace_id, id) on delete cascade,
  foreign key (workspace_id, member_id) references identity.memberships (workspace_id, id)
);
comment on table projects.task_comment_mentions is 'Members a comment speaks to';
create index task_comment_mentions_of_member on projects.task_comment_mentions (workspace_id, member_id, comment_id);
select app.make_tenant_table('projects.task_comment_mentions');

create table projects.task_checklist_items (
  workspace_id uuid not null,
  id uuid not null,
  task_id uuid not null,
  position integer not null,
  body text not null check (length(body) between 1 and 500),
  done_at timestamptz,
  done_by uuid,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, task_id) references projects.tasks (workspace_id, id) on delete cascade,
  foreign key (workspace_id, done_by) references identity.memberships (workspace_id, id),
  constraint task_checklist_items_done_by_someone check (done_by is null or done_at is not null)
);
comment on table projects.task_checklist_items is 'Small steps of a task to tick off';
create index task_checklist_items_in_order on projects.task_checklist_items (workspace_id, task_id, position, id);
select app.make_tenant_table('projects.task_checklist_items');

create table projects.task_attachments (
  workspace_id uuid not null,
  task_id uuid not null,
  file_id uuid not null,
  added_by uuid,
  added_at timestamptz not null,
  primary key (workspace_id, task_id, file_id),
  foreign key (workspace_id, task_id) references projects.tasks (workspace_id, id) on delete cascade,
  foreign key (workspace_id, file_id) references files.files (workspace_id, id) on delete cascade,
  foreign key (workspace_id, added_by) references identity.memberships (workspace_id, id)
);
comment on table projects.task_attachments is 'Files that belong to a task';
create index task_attachments_of_file on projects.task_attachments (workspace_id, file_id);
select app.make_tenant_table('projects.task_attachments');

create table projects.labels (
  workspace_id uuid not null,
  id uuid not null,
  name text not null check (length(name) between 1 and 60),
  name_sort text collate "C" not null,
  color text not null default '#64748b' check (color ~ '^#[0-9a-f]{6}$'),
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, name_sort)
);
comment on table projects.labels is 'Labels of the workspace for tasks';
select app.make_tenant_table('projects.labels');

create table projects.task_labels (
  workspace_id uuid not null,
  task_id uuid not null,
  label_id uuid not null,
  primary key (workspace_id, task_id, label_id),
  foreign key (workspace_id, task_id) references projects.tasks (workspace_id, id) on delete cascade,
  foreign key (workspace_id, label_id) references projects.labels (workspace_id, id) on delete cascade
);
comment on table projects.task_labels is 'Which labels a task carries';
create index task_labels_by_label on projects.task_labels (workspace_id, label_id, task_id);
select app.make_tenant_table('projects.task_labels');

-- Deliverables --------------------------------------------------------------

create table projects.deliverables (
  workspace_id uuid not null,
  id uuid not null,
  project_id uuid not null,
  milestone_id uuid,
  title text not null check (length(title) between 1 and 300),
  description text not null default '',
  status text not null default 'draft' check (status in ('draft', 'awaiting_approval', 'approved', 'revision_requested')),
  current_version integer not null default 0 check (current_version >= 0),
  due_date date,
  sent_at timestamptz,
  decided_at timestamptz,
  created_by uuid,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, project_id) references projects.projects (workspace_id, id) on delete cascade,
  foreign key (workspace_id, project_id, milestone_id) references projects.milestones (workspace_id, project_id, id),
  foreign key (workspace_id, created_by) references identity.memberships (workspace_id, id),
  constraint deliverables_sent_with_a_version check (status = 'draft' or (current_version > 0 and sent_at is not null)),
  constraint deliverables_decided_when_judged check ((status in ('approved', 'revision_requested')) = (decided_at is not null))
);
comment on table projects.deliverables is 'Things the client approves or sends back';
comment on column projects.deliverables.current_version is 'Number of the newest version; 0 before the first';
create index deliverables_of_project on projects.deliverables (workspace_id, project_id, created_at desc, id desc) where deleted_at is null;
create index deliverables_awaiting on projects.deliverables (workspace_id, sent_at, id) where deleted_at is null and status = 'awaiting_approval';
create index deliverables_of_milestone on projects.deliverables (workspace_id, project_id, milestone_id) where milestone_id is not null;
select app.make_tenant_table('projects.deliverables');

create table projects.deliverable_versions (
  workspace_id uuid not null,
  deliverable_id uuid not null,
  number integer not null check (number > 0),
  file_id uuid,
  file_version integer,
  url text check (url ~ '^https?://' and length(url) <= 2000),
  note text not null default '',
  added_by uuid,
  created_at timestamptz not null default now(),
  primary key (workspace_id, deliverable_id, number),
  foreign key (workspace_id, deliverable_id) references projects.deliverables (workspace_id, id) on delete cascade,
  foreign key (workspace_id, file_id, file_version) references files.file_versions (workspace_id, file_id, number),
  foreign key (workspace_id, added_by) references identity.memberships (workspace_id, id),
  constraint deliverable_versions_file_or_url check (
    (file_id is not null and file_version is not null and url is null)
    or (file_id is null and file_version is null and url is not null))
);
comment on table projects.deliverable_versions is 'One version of a deliverable: a version of a file, or a link';
create index deliverable_versions_of_file on projects.deliverable_versions (workspace_id, file_id, file_version) where file_id is not null;
select app.make_tenant_table('projects.deliverable_versions', append_only => true);

create table projects.deliverable_decisions (
  workspace_id uuid not null,
  id uuid not null,
  deliverable_id uuid not null,
  number integer not null,
  decision text not null check (decision in ('approved', 'revision_requested')),
  comment text not null default '' check (length(comment) <= 20000),
  decided_by_kind text not null check (decided_by_kind in ('guest', 'member')),
  contact_id uuid,
  member_id uuid,
  decided_by_name text not null,
  portal_id uuid,
  ip text,
  user_agent text,
  receipt_hash bytea not null check (length(receipt_hash) = 32),
  task_id uuid,
  decided_at timestamptz not null,
  primary key (workspace_id, id),
  foreign key (workspace_id, deliverable_id, number) references projects.deliverable_versions (workspace_id, deliverable_id, number) on delete cascade,
  foreign key (workspace_id, contact_id) references clients.contacts (workspace_id, id),
  foreign key (workspace_id, member_id) references identity.memberships (workspace_id, id),
  foreign key (workspace_id, task_id) references projects.tasks (workspace_id, id),
  constraint deliverable_decisions_by_one_person check (
    (decided_by_kind = 'guest' and contact_id is not null and member_id is null)
    or (decided_by_kind = 'member' and member_id is not null and contact_id is null)),
  constraint deliverable_decisions_revision_says_why check (decision = 'approved' or comment <> '')
);
comment on table projects.deliverable_decisions is 'What was decided on a version, by whom and from where; the receipt of an approval';
comment on column projects.deliverable_decisions.receipt_hash is 'SHA-256 over the decision and the content that was decided on';
comment on column projects.deliverable_decisions.task_id is 'The task a revision request made for the team';
create unique index deliverable_decisions_approved_once on projects.deliverable_decisions (workspace_id, deliverable_id, number) where decision = 'approved';
create index deliverable_decisions_in_order on projects.deliverable_decisions (workspace_id, deliverable_id, decided_at, id);
create index deliverable_decisions_of_contact on projects.deliverable_decisions (workspace_id, contact_id) where contact_id is not null;
select app.make_tenant_table('projects.deliverable_decisions', append_only => true);

-- Published to the floors above ----------------------------------------------

create view projects.v_projects with (security_invoker = true) as
select workspace_id, id, client_id, deal_id, name, name_sort, description, status, billing_type, currency,
       budget_cents, budget_seconds, hourly_rate_cents, start_date, deadline, completed_at,
       spent_cents, logged_seconds, created_at, last_activity_at
from projects.projects
where deleted_at is null;
comment on view projects.v_projects is 'Projects that are not in the bin';

create view projects.v_project_members with (security_invoker = true) as
select workspace_id, project_id, member_id, role, hourly_rate_cents, joined_at, left_at
from projects.project_members;
comment on view projects.v_project_members is 'Who works or worked on which project, at which rate';

create view projects.v_tasks with (security_invoker = true) as
select workspace_id, id, project_id, parent_id, milestone_id, title, status, priority, assigned_to, start_date, due_date,
       estimated_seconds, hourly_rate_cents, is_client_visible, completed_at, deleted_at
from projects.tasks;
comment on view projects.v_tasks is 'Tasks, deleted ones too, because time was logged on them';

create view projects.v_milestones with (security_invoker = true) as
select workspace_id, id, project_id, title, status, due_date, completed_at, amount_cents, is_client_visible
from projects.milestones
where deleted_at is null;
comment on view projects.v_milestones is 'Milestones for modules above';
grant select on projects.v_milestones to rapport_app;

create view projects.v_milestones_to_bill with (security_invoker = true) as
select milestone.workspace_id, milestone.id, milestone.project_id, project.client_id, project.name as project_name,
       milestone.title, milestone.description, milestone.amount_cents, project.currency, milestone.completed_at
from projects.milestones as milestone
join projects.projects as project
  on project.workspace_id = milestone.workspace_id and project.id = milestone.project_id
where milestone.deleted_at is null and milestone.invoice_id is null
  and milestone.completed_at is not null and milestone.amount_cents is not null;
comment on view projects.v_milestones_to_bill is 'Reached milestones with an amount that no invoice holds yet';

create view projects.v_project_progress with (security_invoker = true) as
select project.workspace_id, project.id as project_id, project.client_id,
       tasks.total as tasks_total, tasks.done as tasks_done, tasks.next_due as tasks_next_due,
       milestones.total as milestones_total, milestones.done as milestones_done, milestones.next_due as milestones_next_due,
       case when tasks.total > 0 then (tasks.done * 100 / tasks.total)::integer
            when milestones.total > 0 then (milestones.done * 100 / milestones.total)::integer
            when project.status = 'completed' then 100
            else 0 end as progress_percent
from projects.projects as project
cross join lateral (
  select count(*) as total, count(*) filter (where task.status = 'done') as done,
         min(task.due_date) filter (where task.status <> 'done') as next_due
  from projects.tasks as task
  where task.workspace_id = project.workspace_id and task.project_id = project.id
    and task.deleted_at is null and task.parent_id is null) as tasks
cross join lateral (
  select count(*) as total, count(*) filter (where milestone.status = 'completed') as done,
         min(milestone.due_date) filter (where milestone.status <> 'completed') as next_due
  from projects.milestones as milestone
  where milestone.workspace_id = project.workspace_id and milestone.project_id = project.id
    and milestone.deleted_at is null) as milestones
where project.deleted_at is null;
comment on view projects.v_project_progress is 'How far each project is: tasks and milestones done of all, as counts and percent';

-- What a guest may see, and nothing else.
create view projects.v_guest_tasks with (security_invoker = true) as
select workspace_id, id, project_id, milestone_id, title, status, start_date, due_date, completed_at, position
from projects.tasks
where is_client_visible and deleted_at is null;
comment on view projects.v_guest_tasks is 'Columns and rows of tasks that a guest may see';

create view projects.v_guest_milestones with (security_invoker = true) as
select workspace_id, id, project_id, title, description, status, due_date, completed_at, position
from projects.milestones
where is_client_visible and deleted_at is null;
comment on view projects.v_guest_milestones is 'Columns and rows of milestones that a guest may see';

create view projects.v_guest_deliverables with (security_invoker = true) as
select workspace_id, id, project_id, milestone_id, title, description, status, current_version, due_date, sent_at, decided_at
from projects.deliverables
where status <> 'draft' and deleted_at is null;
comment on view projects.v_guest_deliverables is 'Columns and rows of deliverables that a guest may see: those sent for approval';

create view projects.v_guest_deliverable_versions with (security_invoker = true) as
select version.workspace_id, version.deliverable_id, deliverable.project_id, version.number, version.file_id, version.file_version,
       version.url, version.created_at
from projects.deliverable_versions as version
join projects.deliverables as deliverable
  on deliverable.workspace_id = version.workspace_id and deliverable.id = version.deliverable_id
where deliverable.status <> 'draft' and deliverable.deleted_at is null;
comment on view projects.v_guest_deliverable_versions is 'Versions that a guest may see: those of deliverables sent for approval';

create view projects.v_guest_deliverable_decisions with (security_invoker = true) as
select decision.workspace_id, decision.id, decision.deliverable_id, deliverable.project_id, decision.number, decision.decision,
       decision.comment, decision.decided_by_name, decision.decided_at, encode(decision.receipt_hash, 'hex') as receipt
from projects.deliverable_decisions as decision
join projects.deliverables as deliverable
  on deliverable.workspace_id = decision.workspace_id and deliverable.id = decision.deliverable_id
where deliverable.status <> 'draft' and deliverable.deleted_at is null;
comment on view projects.v_guest_deliverable_decisions is 'What was decided on deliverables that a guest may see';

grant select on projects.v_guest_deliverable_versions, projects.v_guest_deliverable_decisions to rapport_app;
grant select on
  projects.v_projects, projects.v_project_members, projects.v_tasks, projects.v_milestones_to_bill, projects.v_project_progress,
  projects.v_guest_tasks, projects.v_guest_milestones, projects.v_guest_deliverables
to rapport_app;
