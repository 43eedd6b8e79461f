-- Portals: a client's branded space, the links into it and the guests who came by them.

create schema portal;
comment on schema portal is 'Portals of clients, links into them, guests and what they did';
grant usage on schema portal to rapport_app, rapport_system;

create table portal.portals (
  workspace_id uuid not null,
  id uuid not null,
  client_id uuid not null,
  title text not null check (length(title) between 1 and 200),
  title_sort text collate "C" not null,
  description text not null default '' check (length(description) <= 5000),
  status text not null default 'draft' check (status in ('draft', 'active', 'archived')),
  accent_color text check (accent_color ~ '^#[0-9a-f]{6}$'),
  logo_file_id uuid,
  welcome_text text not null default '' check (length(welcome_text) <= 5000),
  locale text,
  shows_progress boolean not null default true,
  shows_files boolean not null default true,
  shows_messages boolean not null default true,
  shows_approvals boolean not null default true,
  shows_invoices boolean not null default true,
  shows_team boolean not null default true,
  require_code boolean not null default false,
  link_days integer not null default 30 check (link_days between 1 and 365),
  link_single_use boolean not null default false,
  created_by uuid,
  archived_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, client_id, id),
  foreign key (workspace_id, client_id) references clients.clients (workspace_id, id),
  foreign key (workspace_id, logo_file_id) references files.files (workspace_id, id),
  foreign key (workspace_id, created_by) references identity.memberships (workspace_id, id),
  constraint portals_archived_at_when check ((status = 'archived') = (archived_at is not null))
);
comment on table portal.portals is 'A space of one client, with its look and what it shows';
comment on column portal.portals.accent_color is 'The brand colour of the workspace when empty';
comment on column portal.portals.require_code is 'Acts that bind ask for a code by mail first';
create index portals_of_client on portal.portals (workspace_id, client_id, created_at desc, id desc);
create index portals_by_creation on portal.portals (workspace_id, created_at desc, id desc);
create index portals_by_title on portal.portals (workspace_id, title_sort, id);
create index portals_by_status on portal.portals (workspace_id, status, created_at desc, id desc);
create index portals_of_logo on portal.portals (workspace_id, logo_file_id) where logo_file_id is not null;
select app.make_tenant_table('portal.portals', system => 'read');

create table portal.portal_projects (
  workspace_id uuid not null,
  portal_id uuid not null,
  client_id uuid not null,
  project_id uuid not null,
  position integer not null default 0,
  added_at timestamptz not null default now(),
  primary key (workspace_id, portal_id, project_id),
  foreign key (workspace_id, client_id, portal_id) references portal.portals (workspace_id, client_id, id) on delete cascade,
  foreign key (workspace_id, client_id, project_id) references projects.projects (workspace_id, client_id, id) on delete cascade
);
comment on table portal.portal_projects is 'Projects a portal shows; the keys admit only those of its client';
create index portal_projects_of_portal on portal.portal_projects (workspace_id, client_id, portal_id);
create index portal_projects_of_project on portal.portal_projects (workspace_id, client_id, project_id);
create index portal_projects_by_project on portal.portal_projects (workspace_id, project_id);
select app.make_tenant_table('portal.portal_projects');

create table portal.guests (
  workspace_id uuid not null,
  id uuid not null,
  portal_id uuid not null,
  contact_id uuid not null,
  role text not null default 'payer' check (role in ('viewer', 'commenter', 'approver', 'payer')),
  notify text not null default 'instant' check (notify in ('instant', 'daily', 'weekly', 'off')),
  invited_by_member uuid,
  invited_by_contact uuid,
  first_seen_at timestamptz,
  last_seen_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, portal_id, id),
  unique (workspace_id, portal_id, contact_id),
  foreign key (workspace_id, portal_id) references portal.portals (workspace_id, id) on delete cascade,
  foreign key (workspace_id, contact_id) references clients.contacts (workspace_id, id),
  foreign key (workspace_id, invited_by_member) references identity.memberships (workspace_id, id),
  foreign key (workspace_id, invited_by_contact) references clients.contacts (workspace_id, id)
);
comment on table portal.guests is 'A contact as guest of a portal, with a role; revoking it cuts every link and session';
comment on column portal.guests.role is 'Each role may what the ones before may: look, comment, approve, pay';
create index guests_of_contact on portal.guests (workspace_id, contact_id);
create index guests_invited_by on portal.guests (workspace_id, invited_by_contact) where invited_by_contact is not null;
select app.make_tenant_table('portal.guests', system => 'read');

create table portal.links (
  workspace_id uuid not null,
  id uuid not null,
  portal_id uuid not null,
  guest_id uuid not null,
  token_hash bytea not null check (length(token_hash) = 32),
  single_use boolean not null default false,
  sent_by text not null default 'none' check (sent_by in ('none', 'email')),
  created_by uuid,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_by uuid,
  uses integer not null default 0 check (uses >= 0),
  last_used_at timestamptz,
  primary key (workspace_id, id),
  unique (workspace_id, token_hash),
  foreign key (workspace_id, portal_id, guest_id) references portal.guests (workspace_id, portal_id, id) on delete cascade,
  foreign key (workspace_id, created_by) references identity.memberships (workspace_id, id),
  foreign key (workspace_id, revoked_by) references identity.memberships (workspace_id, id),
  constraint links_single_use_once check (not single_use or uses <= 1)
);
comment on table portal.links is 'Magic links into a portal; only the hash of the token is kept';
comment on column portal.links.created_by is 'The member who made it; empty when a guest asked for a new one';
create index links_by_hash on portal.links (token_hash);
create index links_of_portal on portal.links (workspace_id, portal_id, created_at desc, id desc);
create index links_of_guest on portal.links (workspace_id, portal_id, guest_id);
create index links_to_sweep on portal.links (expires_at);
select app.make_tenant_table('portal.links', system => 'read');

create table portal.guest_sessions (
  workspace_id uuid not null,
  id uuid not null,
  portal_id uuid not null,
  guest_id uuid not null,
  link_id uuid,
  session_hash bytea not null check (length(session_hash) = 32),
  ip text,
  user_agent text,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  idle_expires_at timestamptz not null,
  expires_at timestamptz not null,
  code_confirmed_at timestamptz,
  ended_at timestamptz,
  primary key (workspace_id, id),
  unique (workspace_id, session_hash),
  foreign key (workspace_id, portal_id, guest_id) references portal.guests (workspace_id, portal_id, id) on delete cascade,
  foreign key (workspace_id, link_id) references portal.links (workspace_id, id)
);
comment on table portal.guest_sessions is 'Sessions of guests, each for one portal only; only the hash of the cookie is kept';
comment on column portal.guest_sessions.code_confirmed_at is 'When the guest last proved the mail address with a code';
create index guest_sessions_by_hash on portal.guest_sessions (session_hash);
create index guest_sessions_of_guest on portal.guest_sessions (workspace_id, portal_id, guest_id);
create index guest_sessions_of_link on portal.guest_sessions (workspace_id, link_id) where link_id is not null;
create index guest_sessions_to_sweep on portal.guest_sessions (idle_expires_at);
select app.make_tenant_table('portal.guest_sessions', system => 'read');

create table portal.guest_codes (
  workspace_id uuid not null,
  id uuid not null,
  portal_id uuid not null,
  guest_id uuid not null,
  purpose text not null check (purpose in ('sign_in', 'confirm')),
  code_hash bytea not null check (length(code_hash) = 32),
  browser_hash bytea not null check (length(browser_hash) = 32),
  attempts smallint not null default 0 check (attempts between 0 and 5),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, portal_id, guest_id) references portal.guests (workspace_id, portal_id, id) on delete cascade
);
comment on table portal.guest_codes is 'Six-digit codes sent by mail, to sign in without a link or before an act that binds';
comment on column portal.guest_codes.browser_hash is 'Hash of the cookie of the browser that asked; no other can use the code';
create index guest_codes_of_guest on portal.guest_codes (workspace_id, portal_id, guest_id, created_at desc);
create index guest_codes_to_sweep on portal.guest_codes (expires_at);
select app.make_tenant_table('portal.guest_codes', system => 'read');

create table portal.access_log (
  workspace_id uuid not null,
  id uuid not null,
  portal_id uuid not null,
  guest_id uuid,
  session_id uuid,
  contact_name text,
  action text not null check (length(action) between 1 and 60),
  subject_kind text,
  subject_id uuid,
  ip text,
  user_agent text,
  at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, portal_id) references portal.portals (workspace_id, id) on delete cascade
);
comment on table portal.access_log is 'Everything guests did, and what was tried with links that no longer work';
comment on column portal.access_log.session_id is 'Without a foreign key: sessions are swept, the log stays';
create index access_log_of_portal on portal.access_log (workspace_id, portal_id, at desc, id desc);
create index access_log_of_guest on portal.access_log (workspace_id, guest_id, at desc, id desc) where guest_id is not null;
select app.make_tenant_table('portal.access_log', append_only => true);

create table portal.feedback (
  workspace_id uuid not null,
  id uuid not null,
  portal_id uuid not null,
  client_id uuid not null,
  project_id uuid,
  guest_id uuid not null,
  body text not null check (length(body) between 1 and 20000),
  status text not null default 'new' check (status in ('new', 'reviewed')),
  task_id uuid,
  reviewed_by uuid,
  reviewed_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, client_id, portal_id) references portal.portals (workspace_id, client_id, id) on delete cascade,
  foreign key (workspace_id, client_id, project_id) references projects.projects (workspace_id, client_id, id),
  foreign key (workspace_id, portal_id, guest_id) references portal.guests (workspace_id, portal_id, id),
  foreign key (workspace_id, task_id) references projects.tasks (workspace_id, id),
  foreign key (workspace_id, reviewed_by) references identity.memberships (workspace_id, id),
  constraint feedback_reviewed_at_when check ((status = 'reviewed') = (reviewed_at is not null))
);
comment on table portal.feedback is 'What guests say about the work, made into a task for the team where there is a project';
create index feedback_of_portal on portal.feedback (workspace_id, client_id, portal_id);
create index feedback_in_order on portal.feedback (workspace_id, portal_id, created_at desc, id desc);
create index feedback_to_review on portal.feedback (workspace_id, created_at, id) where status = 'new';
create index feedback_of_project on portal.feedback (workspace_id, client_id, project_id) where project_id is not null;
create index feedback_of_guest on portal.feedback (workspace_id, portal_id, guest_id);
create index feedback_of_task on portal.feedback (workspace_id, task_id) where task_id is not null;
select app.make_tenant_table('portal.feedback');

create view portal.v_portals with (security_invoker = true) as
select workspace_id, id, client_id, title, status, created_at
from portal.portals;
comment on view portal.v_portals is 'Portals, for the house above';
grant select on portal.v_portals to rapport_app;

create view portal.v_guests with (security_invoker = true) as
select guest.workspace_id, guest.portal_id, guest.contact_id, guest.notify, portal.client_id, portal.title as portal_title
from portal.guests as guest
join portal.portals as portal on portal.workspace_id = guest.workspace_id and portal.id = guest.portal_id
where guest.revoked_at is null and portal.status = 'active';
comment on view portal.v_guests is 'Who may come into which open portal, for the house above';
grant select on portal.v_guests to rapport_app;

create view portal.v_portal_projects with (security_invoker = true) as
select workspace_id, portal_id, project_id
from portal.portal_projects;
comment on view portal.v_portal_projects is 'Which projects a portal shows, for the house above';
grant select on portal.v_portal_projects to rapport_app;
