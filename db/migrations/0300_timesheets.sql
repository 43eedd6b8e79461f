-- Time and expenses: the running timer, entries, the week's sheet and its approval, costs.

create schema timesheets;
comment on schema timesheets is 'Timers, time entries, timesheets and expenses';
grant usage on schema timesheets to rapport_app, rapport_system;

-- Timer ---------------------------------------------------------------------

create table timesheets.timers (
  workspace_id uuid not null,
  member_id uuid not null,
  id uuid not null,
  project_id uuid not null,
  task_id uuid,
  description text not null default '' check (length(description) <= 2000),
  is_billable boolean not null default true,
  started_at timestamptz not null,
  reminded_at timestamptz,
  primary key (workspace_id, member_id),
  unique (workspace_id, id),
  constraint timers_member_is_on_the_project foreign key (workspace_id, project_id, member_id)
    references projects.project_members (workspace_id, project_id, member_id),
  constraint timers_task_is_of_the_project foreign key (workspace_id, project_id, task_id)
    references projects.tasks (workspace_id, project_id, id)
);
comment on table timesheets.timers is 'The running timer of a member; the key allows only one';
comment on column timesheets.timers.reminded_at is 'When the member was last asked whether it was forgotten';
create index timers_of_project on timesheets.timers (workspace_id, project_id, member_id);
create index timers_of_task on timesheets.timers (workspace_id, project_id, task_id) where task_id is not null;
create index timers_running_long on timesheets.timers (started_at);
select app.make_tenant_table('timesheets.timers', system => 'read');

-- Timesheets ----------------------------------------------------------------

create table timesheets.timesheets (
  workspace_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  week_start date not null,
  status text not null default 'open' check (status in ('open', 'submitted', 'approved', 'rejected')),
  note text not null default '' check (length(note) <= 5000),
  submitted_at timestamptz,
  decided_by uuid,
  decided_at timestamptz,
  decision_comment text not null default '' check (length(decision_comment) <= 5000),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, member_id, week_start),
  unique (workspace_id, member_id, week_start, status),
  foreign key (workspace_id, member_id) references identity.memberships (workspace_id, id),
  foreign key (workspace_id, decided_by) references identity.memberships (workspace_id, id),
  constraint timesheets_submitted_at_when check ((status = 'open') = (submitted_at is null)),
  constraint timesheets_decided_at_when check (
    (status in ('approved', 'rejected')) = (decided_at is not null and decided_by is not null))
);
comment on table timesheets.timesheets is 'One week of one member, submitted and approved as a whole';
comment on column timesheets.timesheets.week_start is 'First day of the week as the workspace counted when it began';
create index timesheets_by_week on timesheets.timesheets (workspace_id, week_start, member_id);
create index timesheets_to_decide on timesheets.timesheets (workspace_id, submitted_at, id) where status = 'submitted';
select app.make_tenant_table('timesheets.timesheets');

create table timesheets.timesheet_decisions (
  workspace_id uuid not null,
  id uuid not null,
  timesheet_id uuid not null,
  decision text not null check (decision in ('submitted', 'approved', 'rejected', 'reopened')),
  decided_by uuid not null,
  comment text not null default '' check (length(comment) <= 5000),
  total_seconds bigint not null check (total_seconds >= 0),
  billable_seconds bigint not null check (billable_seconds >= 0),
  decided_at timestamptz not null,
  primary key (workspace_id, id),
  foreign key (workspace_id, timesheet_id) references timesheets.timesheets (workspace_id, id) on delete cascade,
  foreign key (workspace_id, decided_by) references identity.memberships (workspace_id, id)
);
comment on table timesheets.timesheet_decisions is 'Every submission, approval, rejection and reopening of a sheet, with its totals then';
create index timesheet_decisions_in_order on timesheets.timesheet_decisions (workspace_id, timesheet_id, decided_at, id);
select app.make_tenant_table('timesheets.timesheet_decisions', append_only => true);

create table timesheets.period_locks (
  workspace_id uuid not null,
  locked_until date,
  grace_days smallint not null default 0 check (grace_days between 0 and 60),
  locked_by uuid,
  updated_at timestamptz not null default now(),
  primary key (workspace_id),
  foreign key (workspace_id, locked_by) references identity.memberships (workspace_id, id)
);
comment on table timesheets.period_locks is 'Days up to and including which time and expenses are closed';
select app.make_tenant_table('timesheets.period_locks');

-- Time entries --------------------------------------------------------------

create table timesheets.time_entries (
  workspace_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  project_id uuid not null,
  task_id uuid,
  date date not null,
  week_start date not null,
  timesheet_status text not null default 'open',
  started_at timestamptz,
  ended_at timestamptz,
  duration_seconds integer not null,
  description text not null default '' check (length(description) <= 2000),
  is_billable boolean not null default true,
  billable_seconds integer,
  billable_reason text check (length(billable_reason) between 1 and 1000),
  billable_set_by uuid,
  billing_rate_cents bigint check (billing_rate_cents >= 0),
  cost_rate_cents bigint check (cost_rate_cents >= 0),
  value_cents bigint not null default 0 check (value_cents >= 0),
  invoice_id uuid,
  invoice_line_id uuid,
  invoiced_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  constraint time_entries_week_is_open foreign key (workspace_id, member_id, week_start, timesheet_status)
    references timesheets.timesheets (workspace_id, member_id, week_start, status) on update cascade,
  constraint time_entries_member_is_on_the_project foreign key (workspace_id, project_id, member_id)
    references projects.project_members (workspace_id, project_id, member_id),
  constraint time_entries_task_is_of_the_project foreign key (workspace_id, project_id, task_id)
    references projects.tasks (workspace_id, project_id, id),
  foreign key (workspace_id, billable_set_by) references identity.memberships (workspace_id, id),
  constraint time_entries_within_twelve_hours check (duration_seconds between 1 and 43200),
  constraint time_entries_span_is_the_duration check (
    (started_at is null and ended_at is null)
    or (started_at is not null and ended_at is not null and extract(epoch from ended_at - started_at) = duration_seconds)),
  constraint time_entries_not_in_the_future check (date <= (updated_at at time zone 'UTC')::date + 1),
  constraint time_entries_in_their_week check (date between week_start and week_start + 6),
  constraint time_entries_billable_quantity check (billable_seconds between 0 and 86400),
  constraint time_entries_adjusted_with_a_reason check (
    (billable_seconds is null and billable_reason is null and billable_set_by is null)
    or (billable_seconds is not null and billable_reason is not null and billable_set_by is not null)),
  constraint time_entries_reserved_together check ((invoice_id is null) = (invoice_line_id is null)),
  constraint time_entries_invoiced_by_invoice check (invoiced_at is null or invoice_id is not null),
  constraint time_entries_do_not_overlap exclude using gist (
    workspace_id with =, member_id with =, tstzrange(started_at, ended_at) with &&) where (started_at is not null)
);
comment on table timesheets.time_entries is 'Work of one member on one day; raw span, worked duration and billable quantity are three facts';
comment on column timesheets.time_entries.date is 'The day in the zone of the member; a span over midnight is two entries';
comment on column timesheets.time_entries.timesheet_status is 'Follows the sheet by the foreign key, so an entry cannot slip into a sheet that is submitted';
comment on column timesheets.time_entries.billable_seconds is 'Set when a manager bills another quantity than the duration';
comment on column timesheets.time_entries.billing_rate_cents is 'Frozen at approval, like the cost rate; until then rates are resolved when asked';
comment on column timesheets.time_entries.value_cents is 'Billable value counted into spent_cents of the project: at the rate when written, corrected at approval';
comment on column timesheets.time_entries.invoice_id is 'The draft or issued invoice that holds it; invoicing stands above, hence no foreign key';
create index time_entries_of_member on timesheets.time_entries (workspace_id, member_id, date, id);
create index time_entries_of_sheet on timesheets.time_entries (workspace_id, member_id, week_start, timesheet_status);
create index time_entries_of_project on timesheets.time_entries (workspace_id, project_id, date, id);
create index time_entries_by_date on timesheets.time_entries (workspace_id, date desc, id desc);
create index time_entries_of_task on timesheets.time_entries (workspace_id, project_id, task_id) where task_id is not null;
create index time_entries_to_bill on timesheets.time_entries (workspace_id, project_id, date) where is_billable and invoice_id is null;
create index time_entries_of_invoice on timesheets.time_entries (workspace_id, invoice_id) where invoice_id is not null;
select app.make_tenant_table('timesheets.time_entries');

create function timesheets.keep_time_entry() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if tg_op = 'INSERT' then
    if new.timesheet_status in ('submitted', 'approved') then
      raise exception 'the week % is %', new.week_start, new.timesheet_status
        using errcode = '23514', schema = 'timesheets', table = 'time_entries', constraint = 'time_entries_week_is_open';
    end if;
    return new;
  end if;
  if old.invoice_id is not null and (
    tg_op = 'DELETE'
    or (new.invoice_id is not distinct from old.invoice_id
        and (new.project_id, new.task_id, new.date, new.duration_seconds, new.is_billable, new.billable_seconds, new.billing_rate_cents)
          is distinct from
          (old.project_id, old.task_id, old.date, old.duration_seconds, old.is_billable, old.billable_seconds, old.billing_rate_cents))
  ) then
    raise exception 'the time entry is held by an invoice'
      using errcode = '23514', schema = 'timesheets', table = 'time_entries', constraint = 'time_entries_locked_by_invoice';
  end if;
  if old.timesheet_status in ('submitted', 'approved') and (
    tg_op = 'DELETE'
    or (new.member_id, new.project_id, new.task_id, new.date, new.week_start, new.started_at, new.ended_at,
        new.duration_seconds, new.description, new.is_billable, new.created_at)
      is distinct from
      (old.member_id, old.project_id, old.task_id, old.date, old.week_start, old.started_at, old.ended_at,
       old.duration_seconds, old.description, old.is_billable, old.created_at)
  ) then
    raise exception 'the week % is %', old.week_start, old.timesheet_status
      using errcode = '23514', schema = 'timesheets', table = 'time_entries', constraint = 'time_entries_week_is_open';
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  if new.week_start is distinct from old.week_start and new.timesheet_status in ('submitted', 'approved') then
    raise exception 'the week % is %', new.week_start, new.timesheet_status
      using errcode = '23514', schema = 'timesheets', table = 'time_entries', constraint = 'time_entries_week_is_open';
  end if;
  return new;
end
$$;
comment on function timesheets.keep_time_entry() is 'Keeps submitted, approved and invoiced time as it is';
revoke execute on function timesheets.keep_time_entry() from public;
create trigger keep_time_entry before insert or update or delete on timesheets.time_entries
  for each row execute function timesheets.keep_time_entry();

create table timesheets.time_entry_tags (
  workspace_id uuid not null,
  time_entry_id uuid not null,
  tag text collate "C" not null check (length(tag) between 1 and 60),
  primary key (workspace_id, time_entry_id, tag),
  foreign key (workspace_id, time_entry_id) references timesheets.time_entries (workspace_id, id) on delete cascade
);
comment on table timesheets.time_entry_tags is 'Tags of a time entry, one row each';
create index time_entry_tags_by_tag on timesheets.time_entry_tags (workspace_id, tag, time_entry_id);
select app.make_tenant_table('timesheets.time_entry_tags');

-- Expenses ------------------------------------------------------------------

create table timesheets.expenses (
  workspace_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  project_id uuid not null,
  date date not null,
  category text not null check (length(category) between 1 and 60),
  merchant text not null default '' check (length(merchant) <= 200),
  description text not null default '' check (length(description) <= 2000),
  amount_cents bigint not null check (amount_cents > 0),
  tax_cents bigint not null default 0 check (tax_cents >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  exchange_rate numeric(18, 8) not null default 1 check (exchange_rate > 0),
  project_amount_cents bigint not null check (project_amount_cents >= 0),
  is_billable boolean not null default true,
  markup_percent numeric(6, 3) not null default 0 check (markup_percent between 0 and 999),
  billable_cents bigint not null check (billable_cents >= 0),
  receipt_file_id uuid,
  status text not null default 'draft' check (status in ('draft', 'submitted', 'approved', 'rejected', 'invoiced', 'reimbursed')),
  submitted_at timestamptz,
  decided_by uuid,
  decided_at timestamptz,
  decision_comment text not null default '' check (length(decision_comment) <= 5000),
  reimbursed_at timestamptz,
  invoice_id uuid,
  invoice_line_id uuid,
  invoiced_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, member_id) references identity.memberships (workspace_id, id),
  foreign key (workspace_id, project_id) references projects.projects (workspace_id, id),
  foreign key (workspace_id, receipt_file_id) references files.files (workspace_id, id),
  foreign key (workspace_id, decided_by) references identity.memberships (workspace_id, id),
  constraint expenses_tax_within_amount check (tax_cents <= amount_cents),
  constraint expenses_billable_amount_when_billable check (is_billable or billable_cents = 0),
  constraint expenses_submitted_at_when check (status = 'draft' or submitted_at is not null),
  constraint expenses_decided_at_when check (
    status in ('draft', 'submitted') or (decided_at is not null and decided_by is not null)),
  constraint expenses_invoiced_when check (status <> 'invoiced' or invoiced_at is not null),
  constraint expenses_reimbursed_when check (status <> 'reimbursed' or reimbursed_at is not null),
  constraint expenses_reserved_together check ((invoice_id is null) = (invoice_line_id is null)),
  constraint expenses_invoiced_by_invoice check (invoiced_at is null or invoice_id is not null),
  constraint expenses_not_in_the_future check (date <= (updated_at at time zone 'UTC')::date + 1)
);
comment on table timesheets.expenses is 'A cost for a project, with its receipt; billed at most once';
comment on column timesheets.expenses.project_amount_cents is 'The amount in the currency of the project, by exchange_rate';
comment on column timesheets.expenses.billable_cents is 'What the client is billed in the currency of the project: amount with mark-up, 0 when not billable';
comment on column timesheets.expenses.invoice_id is 'The draft or issued invoice that holds it; invoicing stands above, hence no foreign key';
create index expenses_by_date on timesheets.expenses (workspace_id, date desc, id desc);
create index expenses_of_member on timesheets.expenses (workspace_id, member_id, date desc, id desc);
create index expenses_of_project on timesheets.expenses (workspace_id, project_id, date desc, id desc);
create index expenses_by_status on timesheets.expenses (workspace_id, status, date desc, id desc);
create index expenses_to_bill on timesheets.expenses (workspace_id, project_id, date) where is_billable and invoice_id is null;
create index expenses_of_invoice on timesheets.expenses (workspace_id, invoice_id) where invoice_id is not null;
create index expenses_of_receipt on timesheets.expenses (workspace_id, receipt_file_id) where receipt_file_id is not null;
select app.make_tenant_table('timesheets.expenses');

create function timesheets.keep_expense() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if (old.status in ('approved', 'invoiced', 'reimbursed') or old.invoice_id is not null) and (
    tg_op = 'DELETE'
    or (new.member_id, new.project_id, new.date, new.amount_cents, new.tax_cents, new.currency, new.exchange_rate,
        new.project_amount_cents, new.is_billable, new.markup_percent, new.billable_cents, new.receipt_file_id)
      is distinct from
      (old.member_id, old.project_id, old.date, old.amount_cents, old.tax_cents, old.currency, old.exchange_rate,
       old.project_amount_cents, old.is_billable, old.markup_percent, old.billable_cents, old.receipt_file_id)
  ) then
    raise exception 'the expense is %', old.status
      using errcode = '23514', schema = 'timesheets', table = 'expenses', constraint = 'expenses_approved_is_immutable';
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end
$$;
comment on function timesheets.keep_expense() is 'Keeps approved and invoiced expenses as they are';
revoke execute on function timesheets.keep_expense() from public;
create trigger keep_expense before update or delete on timesheets.expenses
  for each row execute function timesheets.keep_expense();

-- Published to the floors above ----------------------------------------------

create view timesheets.v_billable_time with (security_invoker = true) as
select entry.workspace_id, entry.id, project.client_id, entry.project_id, project.name as project_name,
       project.billing_type, project.currency, entry.task_id, task.title as task_title, entry.member_id, person.name as member_name,
       entry.date, entry.description, entry.timesheet_status,
       coalesce(entry.billable_seconds, entry.duration_seconds) as billable_seconds,
       entry.billing_rate_cents as frozen_rate_cents,
       coalesce(entry.billing_rate_cents, task.hourly_rate_cents, member.hourly_rate_cents, project.hourly_rate_cents, person.hourly_rate_cents) as rate_cents,
       entry.value_cents as amount_cents
from timesheets.time_entries as entry
join projects.v_projects as project
  on project.workspace_id = entry.workspace_id and project.id = entry.project_id
join projects.v_project_members as member
  on member.workspace_id = entry.workspace_id and member.project_id = entry.project_id and member.member_id = entry.member_id
join identity.v_members as person
  on person.workspace_id = entry.workspace_id and person.id = entry.member_id
left join projects.v_tasks as task
  on task.workspace_id = entry.workspace_id and task.id = entry.task_id
where entry.is_billable and entry.invoice_id is null;
comment on view timesheets.v_billable_time is
  'Billable entries no invoice holds; rate_cents is the frozen rate, else of task, project member, project, member; null when only the workspace has one; amount_cents is what the project counts as spent';

create view timesheets.v_billable_expenses with (security_invoker = true) as
select expense.workspace_id, expense.id, project.client_id, expense.project_id, project.name as project_name,
       project.currency, expense.member_id, expense.date, expense.category, expense.merchant, expense.description,
       expense.billable_cents, expense.markup_percent, expense.status
from timesheets.expenses as expense
join projects.v_projects as project
  on project.workspace_id = expense.workspace_id and project.id = expense.project_id
where expense.is_billable and expense.invoice_id is null and expense.status in ('approved', 'reimbursed');
comment on view timesheets.v_billable_expenses is 'Approved billable expenses no invoice holds, in the currency of their project';

create view timesheets.v_daily_time with (security_invoker = true) as
select workspace_id, member_id, project_id, task_id, date, is_billable,
       sum(duration_seconds)::bigint as worked_seconds,
       sum(case when is_billable then coalesce(billable_seconds, duration_seconds) else 0 end)::bigint as billable_seconds
from timesheets.time_entries
group by workspace_id, member_id, project_id, task_id, date, is_billable;
comment on view timesheets.v_daily_time is 'Time per member, project, task, day and billability';

grant select on timesheets.v_billable_time, timesheets.v_billable_expenses, timesheets.v_daily_time to rapport_app;
