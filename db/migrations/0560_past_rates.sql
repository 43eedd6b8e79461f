-- Rates count from a day on: what has a rate keeps the present one in a column of its own,
-- and here are the rates that counted before it. An hour is billed at the rate of its day.
create table identity.past_rates (
  workspace_id uuid not null,
  kind text not null check (kind in ('workspace', 'member', 'cost', 'project', 'project_member', 'task')),
  subject_id uuid not null,
  member_id uuid not null default '00000000-0000-0000-0000-000000000000',
  until date not null,
  rate_cents bigint check (rate_cents >= 0),
  created_at timestamptz not null default now(),
  primary key (workspace_id, kind, subject_id, member_id, until)
);
comment on table identity.past_rates is 'What an hour was billed at, or cost, until a day; null where none was set';
comment on column identity.past_rates.kind is 'Whose rate: the workspace''s, a member''s for billing or as cost, a project''s, a member''s on a project, a task''s';
comment on column identity.past_rates.subject_id is 'Workspace, member, project or task; those of modules above, hence no foreign key';
comment on column identity.past_rates.member_id is 'The member of a project, for kind project_member only';
comment on column identity.past_rates.until is 'The first day on which the next rate counts';
select app.make_tenant_table('identity.past_rates');

create view identity.v_past_rates with (security_invoker = true) as
select workspace_id, kind, subject_id, member_id, until, rate_cents
from identity.past_rates;
comment on view identity.v_past_rates is 'Rates that counted until a day, for modules above';
grant select on identity.v_past_rates to rapport_app;

-- Only approved time is billed, and approval freezes its rate: nothing is left to be looked up.
drop view timesheets.v_billable_time;
create view timesheets.v_billable_time with (security_invoker = true) as
select entry.workspace_id, entry.id, project.client_id, entry.project_id, project.name as project_name,
       project.billing_type, project.currency, entry.task_id, task.title as task_title, entry.member_id, person.name as member_name,
       entry.date, entry.description, entry.timesheet_status,
       coalesce(entry.billable_seconds, entry.duration_seconds) as billable_seconds,
       entry.billing_rate_cents as rate_cents,
       entry.value_cents as amount_cents
from timesheets.time_entries as entry
join projects.v_projects as project
  on project.workspace_id = entry.workspace_id and project.id = entry.project_id
join identity.v_members as person
  on person.workspace_id = entry.workspace_id and person.id = entry.member_id
left join projects.v_tasks as task
  on task.workspace_id = entry.workspace_id and task.id = entry.task_id
where entry.is_billable and entry.invoice_id is null;
comment on view timesheets.v_billable_time is
  'Billable entries no invoice holds; rate_cents is set once their week is approved; amount_cents is what the project counts as spent';
grant select on timesheets.v_billable_time to rapport_app;
