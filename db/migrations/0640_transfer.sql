-- Moving a workspace: the exports that were asked for, and what an import needs.

create schema transfer;
grant usage on schema transfer to rapport_app, rapport_system;
comment on schema transfer is 'Exports of whole workspaces';

create table transfer.exports (
  workspace_id uuid not null,
  id uuid not null,
  status text not null default 'waiting' check (status in ('waiting', 'running', 'ready', 'failed', 'cancelled', 'expired')),
  requested_by uuid not null,
  requested_by_name text not null,
  attempts integer not null default 0 check (attempts >= 0),
  tables_done integer not null default 0 check (tables_done >= 0),
  tables_total integer not null default 0 check (tables_total >= 0),
  rows_done bigint not null default 0 check (rows_done >= 0),
  files_done bigint not null default 0 check (files_done >= 0),
  storage_key text,
  byte_size bigint check (byte_size >= 0),
  sha256 bytea check (length(sha256) = 32),
  failure text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  ready_at timestamptz,
  expires_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, requested_by) references identity.memberships (workspace_id, id),
  check (status <> 'ready' or (storage_key is not null and byte_size is not null and sha256 is not null and expires_at is not null))
);
comment on table transfer.exports is 'An export of everything of the workspace as one file, and what became of it';
create unique index exports_one_at_a_time on transfer.exports (workspace_id) where status in ('waiting', 'running');
create index exports_newest on transfer.exports (workspace_id, created_at desc, id desc);
create index exports_expiry on transfer.exports (expires_at) where status = 'ready';
create index exports_stuck on transfer.exports (updated_at) where status in ('waiting', 'running');
select app.make_tenant_table('transfer.exports', system => 'write');

create table transfer.downloads (
  workspace_id uuid not null,
  id uuid not null,
  export_id uuid not null,
  by_id uuid not null,
  by_name text not null,
  ip text,
  at timestamptz not null,
  primary key (workspace_id, id),
  foreign key (workspace_id, export_id) references transfer.exports (workspace_id, id)
);
comment on table transfer.downloads is 'Who fetched which export, and when';
create index downloads_of_export on transfer.downloads (workspace_id, export_id, at desc);
select app.make_tenant_table('transfer.downloads', append_only => true);

-- History that came in with an import: readers that act upon events leave it alone.
alter table spine.events add column imported_at timestamptz;
comment on column spine.events.imported_at is 'When it came in with an import of its workspace; none for what happened here';

-- Rows of such a table may point at later ones of the same statement or of the next.
alter table projects.tasks alter constraint tasks_workspace_id_project_id_parent_id_fkey deferrable;
alter table projects.template_tasks alter constraint template_tasks_workspace_id_template_id_parent_id_fkey deferrable;
alter table invoicing.invoices alter constraint invoices_workspace_id_client_id_credits_id_fkey deferrable;

-- An import writes approved weeks and issued invoices as they are. Only the transaction that wrote the
-- workspace's own row may do so, and only where it says that it imports that workspace.
create function app.importing() returns boolean language sql stable set search_path = pg_catalog as $$
  select case when current_setting('app.importing', true) = current_setting('app.workspace_id', true)
    then exists (select from identity.workspaces w
      where w.id = nullif(current_setting('app.workspace_id', true), '')::uuid
        and w.xmin = pg_current_xact_id_if_assigned()::xid)
    else false end
$$;
comment on function app.importing is 'Whether this transaction brings in the workspace it works in';
revoke execute on function app.importing from public;
grant execute on function app.importing to rapport_app;
grant usage on schema app to rapport_app;

create or replace trigger keep_time_entry before insert or update or delete on timesheets.time_entries
  for each row when (not app.importing()) execute function timesheets.keep_time_entry();
create or replace trigger keep_invoice_parts before insert or update or delete on invoicing.invoice_projects
  for each row when (not app.importing()) execute function invoicing.keep_invoice_parts();
create or replace trigger keep_invoice_parts before insert or update or delete on invoicing.invoice_lines
  for each row when (not app.importing()) execute function invoicing.keep_invoice_parts();
create or replace trigger keep_invoice_parts before insert or update or delete on invoicing.invoice_line_taxes
  for each row when (not app.importing()) execute function invoicing.keep_invoice_parts();
create or replace trigger keep_invoice_parts before insert or update or delete on invoicing.invoice_taxes
  for each row when (not app.importing()) execute function invoicing.keep_invoice_parts();
create or replace trigger keep_invoice_parts before insert or update or delete on invoicing.invoice_line_sources
  for each row when (not app.importing()) execute function invoicing.keep_invoice_parts('released_at');
