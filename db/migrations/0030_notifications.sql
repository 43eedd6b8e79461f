-- Notices of the bell, and what each member wants to hear of. Mails wait in mail.outbox.

create schema notifications;
grant usage on schema notifications to rapport_app, rapport_system;
comment on schema notifications is 'What members are told, and by which ways';

create table notifications.notices (
  workspace_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  kind text not null,
  title text not null check (title <> ''),
  body text,
  path text not null check (path ^@ '/' and not path ^@ '//'),
  key text not null check (key <> ''),
  read_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, member_id) references identity.memberships (workspace_id, id)
);
comment on table notifications.notices is 'Something a member should know, in the bell';
comment on column notifications.notices.path is 'Where it leads, below the workspace''s own address';
comment on column notifications.notices.key is 'The same key of a kind is the same notice: a member is told once';
create unique index notices_once on notifications.notices (workspace_id, member_id, kind, key);
create index notices_newest on notifications.notices (workspace_id, member_id, created_at desc, id desc);
create index notices_unread on notifications.notices (workspace_id, member_id) where read_at is null;
create index notices_age on notifications.notices (created_at);
select app.make_tenant_table('notifications.notices', system => 'write');

create table notifications.preferences (
  workspace_id uuid not null,
  member_id uuid not null,
  kind text not null,
  in_app boolean not null default true,
  by_email text not null default 'now' check (by_email in ('never', 'now', 'daily')),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, member_id, kind),
  foreign key (workspace_id, member_id) references identity.memberships (workspace_id, id) on delete cascade
);
comment on table notifications.preferences is 'By which ways a member hears of a kind of notice; no row means the kind''s default';
select app.make_tenant_table('notifications.preferences', system => 'read');
