-- Outgoing mail, kept until it is delivered and for a while after.
create schema mail;
grant usage on schema mail to rapport_app, rapport_system;

create table mail.outbox (
  id uuid primary key,
  -- Null for mail beyond the workspaces: sign-in links and the like.
  workspace_id uuid references identity.workspaces (id) on delete cascade,
  key text not null,
  kind text not null,
  client_id uuid,
  recipient_name text not null,
  recipient_email text not null,
  sender_name text,
  reply_to_name text,
  reply_to_email text,
  subject text not null,
  body_text text not null,
  body_html text not null,
  headers jsonb not null default '[]',
  attachments jsonb not null default '[]',
  status text not null default 'queued' check (status in ('queued', 'kept', 'sent', 'failed')),
  last_error text,
  created_at timestamptz not null,
  sent_at timestamptz
);
comment on table mail.outbox is 'Mail to be sent, and what became of it.';
create unique index outbox_key on mail.outbox (workspace_id, key) nulls not distinct;
create index outbox_newest on mail.outbox (workspace_id, created_at desc, id desc);
create index outbox_all on mail.outbox (created_at desc, id desc);

alter table mail.outbox enable row level security;
alter table mail.outbox force row level security;
create policy tenant on mail.outbox to rapport_app
  using (workspace_id = current_setting('app.workspace_id')::uuid)
  with check (workspace_id = current_setting('app.workspace_id')::uuid);
create policy system on mail.outbox to rapport_system using (true) with check (true);
grant select, insert, update on mail.outbox to rapport_app;
grant select, insert, update, delete on mail.outbox to rapport_system;
