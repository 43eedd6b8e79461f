-- Notices of the bell, the outbox of mails, and what each member wants to hear of.

create schema notifications;
grant usage on schema notifications to rapport_app, rapport_system;
comment on schema notifications is 'Notices in the program and mails out of it';

create table notifications.notices (
  workspace_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  kind text not null,
  title text not null check (title <> ''),
  body text,
  url text not null check (url ^@ '/'),
  event_id uuid,
  read_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, member_id) references identity.memberships (workspace_id, id)
);
comment on table notifications.notices is 'Something a member should know, in the bell';
create unique index notices_once_per_event on notifications.notices (workspace_id, member_id, kind, event_id) where event_id is not null;
create index notices_newest on notifications.notices (workspace_id, member_id, created_at desc, id desc);
create index notices_unread on notifications.notices (workspace_id, member_id) where read_at is null;
create index notices_age on notifications.notices (created_at);
select app.make_tenant_table('notifications.notices', system => 'write');

create table notifications.preferences (
  workspace_id uuid not null,
  member_id uuid not null,
  kind text not null,
  in_app boolean not null default true,
  by_email text not null default 'now' check (by_email in ('never', 'now', 'daily', 'weekly')),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, member_id, kind),
  foreign key (workspace_id, member_id) references identity.memberships (workspace_id, id) on delete cascade
);
comment on table notifications.preferences is 'By which ways a member hears of a kind of notice; no row means the kind''s default';
select app.make_tenant_table('notifications.preferences');

-- Mails of a workspace, and mails beyond them (sign-in links, password resets),
-- whose workspace_id is the zero UUID: so there is no foreign key.
create table notifications.mails (
  workspace_id uuid not null,
  id uuid not null,
  kind text not null,
  idempotency_key text not null,
  sender_name text,
  reply_to text,
  recipient text not null check (recipient <> ''),
  recipient_name text,
  subject text not null,
  text_body text not null,
  html_body text not null,
  headers jsonb not null default '{}',
  client_id uuid,
  contact_id uuid,
  subject_kind text,
  subject_id uuid,
  status text not null default 'queued' check (status in ('queued', 'sent', 'kept', 'failed', 'dead', 'suppressed')),
  attempts smallint not null default 0 check (attempts >= 0),
  next_attempt_at timestamptz,
  last_error text,
  provider_id text,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  primary key (workspace_id, id),
  constraint mails_once unique (workspace_id, idempotency_key),
  check ((status in ('sent', 'kept')) = (sent_at is not null))
);
comment on table notifications.mails is 'The outbox: every mail, sent or to be sent; without a mail server it is kept to be read here';
comment on column notifications.mails.status is 'queued, sent, kept (no mail server), failed (will be tried again), dead (given up), suppressed (unwanted)';
create index mails_due on notifications.mails (next_attempt_at) where status in ('queued', 'failed');
create index mails_newest on notifications.mails (workspace_id, created_at desc, id desc);
create index mails_subject on notifications.mails (workspace_id, subject_id, created_at desc) where subject_id is not null;
create index mails_all_newest on notifications.mails (created_at desc, id desc);
select app.make_tenant_table('notifications.mails', system => 'write', workspace_key => false);

create table notifications.mail_attachments (
  workspace_id uuid not null,
  mail_id uuid not null,
  position smallint not null,
  name text not null,
  content_type text not null,
  storage_key text not null,
  byte_size bigint not null check (byte_size >= 0),
  primary key (workspace_id, mail_id, position),
  foreign key (workspace_id, mail_id) references notifications.mails (workspace_id, id) on delete cascade
);
comment on table notifications.mail_attachments is 'What goes along with a mail, by its key in the file store';
select app.make_tenant_table('notifications.mail_attachments', system => 'write', workspace_key => false);

create table notifications.suppressions (
  workspace_id uuid not null,
  email_folded text collate "C" not null,
  reason text not null check (reason in ('bounce', 'complaint', 'unsubscribe', 'manual')),
  kind text not null default '',
  created_at timestamptz not null default now(),
  primary key (workspace_id, email_folded, kind)
);
comment on table notifications.suppressions is 'Addresses that get no mail, or none of a kind (empty kind: none at all)';
select app.make_tenant_table('notifications.suppressions', system => 'write', workspace_key => false);
