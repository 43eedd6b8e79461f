-- Users, workspaces, memberships, and the ways to sign in.
--
-- Sign-in works before a workspace is known: it runs as rapport_system. Within a
-- workspace, rapport_app sees that workspace, its members, and no secret of theirs.

create schema identity;
grant usage on schema identity to rapport_app, rapport_system;
comment on schema identity is 'Who works here, in which workspace, and how they sign in';

create table identity.users (
  id uuid primary key,
  email text not null,
  email_folded text collate "C" not null constraint users_email_is_taken unique,
  name text not null check (name <> ''),
  password_hash text,
  password_changed_at timestamptz,
  email_verified_at timestamptz,
  locale text not null default 'en',
  timezone text not null default 'UTC',
  phone text,
  avatar_file_id uuid,
  last_workspace_id uuid,
  failed_sign_ins integer not null default 0 check (failed_sign_ins >= 0),
  last_sign_in_at timestamptz,
  disabled_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version integer not null default 1
);
comment on table identity.users is 'A person who signs in';
comment on column identity.users.email_folded is 'The address in lower case, by which it is found';
comment on column identity.users.password_hash is 'Argon2id; null for those who sign in by link or provider only';

create table identity.workspaces (
  id uuid primary key,
  slug text collate "C" not null constraint workspaces_slug_is_taken unique check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  name text not null check (name <> ''),
  status text not null default 'active' check (status in ('active', 'suspended', 'deleting')),
  currency text not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
  timezone text not null default 'UTC',
  locale text not null default 'en',
  week_start smallint not null default 1 check (week_start between 1 and 7),
  address_line1 text,
  address_line2 text,
  postal_code text,
  city text,
  region text,
  country text check (country ~ '^[A-Z]{2}$'),
  tax_id text,
  company_number text,
  email text,
  phone text,
  website text,
  invoice_prefix text not null default 'INV-' check (length(invoice_prefix) <= 20),
  invoice_footer text,
  invoice_notes text,
  payment_terms_days integer not null default 30 check (payment_terms_days between 0 and 365),
  default_hourly_rate_cents bigint check (default_hourly_rate_cents >= 0),
  prices_include_tax boolean not null default false,
  tax_rounding text not null default 'line' check (tax_rounding in ('line', 'invoice')),
  bank_details text,
  brand_color text not null default '#4f46e5' check (brand_color ~ '^#[0-9a-f]{6}$'),
  logo_key text,
  logo_content_type text,
  check ((logo_key is null) = (logo_content_type is null)),
  portal_link_days integer not null default 30 check (portal_link_days between 1 and 365),
  portal_link_single_use boolean not null default false,
  portal_require_code boolean not null default false,
  portal_welcome_text text,
  daily_hour_limit_seconds integer not null default 43200 check (daily_hour_limit_seconds between 3600 and 86400),
  requires_two_factor boolean not null default false,
  allows_impersonation boolean not null default true,
  onboarding_dismissed_at timestamptz,
  sample_data_at timestamptz,
  delete_after timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version integer not null default 1
);
comment on table identity.workspaces is 'The tenant: an agency or service business, with its settings';
comment on column identity.workspaces.week_start is 'Day a week begins with, 1 Monday to 7 Sunday';
comment on column identity.workspaces.sample_data_at is 'When sample data was added, until it is removed';
create index workspaces_to_delete on identity.workspaces (delete_after) where delete_after is not null;

create table identity.memberships (
  workspace_id uuid not null references identity.workspaces (id),
  id uuid not null,
  user_id uuid not null references identity.users (id),
  role text not null check (role in ('owner', 'admin', 'manager', 'member', 'viewer')),
  is_active boolean not null default true,
  title text,
  hourly_rate_cents bigint check (hourly_rate_cents >= 0),
  cost_rate_cents bigint check (cost_rate_cents >= 0),
  capacity_hours_weekly numeric(5, 2) not null default 40 check (capacity_hours_weekly between 0 and 168),
  working_hours jsonb,
  calendar_hash bytea,
  joined_at timestamptz not null default now(),
  deactivated_at timestamptz,
  last_seen_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version integer not null default 1,
  primary key (workspace_id, id),
  constraint memberships_user_is_member unique (workspace_id, user_id),
  constraint memberships_inactive_since check (is_active = (deactivated_at is null))
);
comment on table identity.memberships is 'A user in a workspace, with a role; others refer to (workspace_id, id)';
create index memberships_user on identity.memberships (user_id);
create index memberships_owners on identity.memberships (workspace_id) where role = 'owner' and is_active;
select app.make_tenant_table('identity.memberships', system => 'write');

create table identity.member_skills (
  workspace_id uuid not null,
  member_id uuid not null,
  name text not null check (name <> ''),
  level smallint not null default 3 check (level between 1 and 5),
  primary key (workspace_id, member_id, name),
  foreign key (workspace_id, member_id) references identity.memberships (workspace_id, id) on delete cascade
);
comment on table identity.member_skills is 'What a member can do, and how well (1 to 5)';
create index member_skills_name on identity.member_skills (workspace_id, name);
select app.make_tenant_table('identity.member_skills');

-- A person and a workspace are seen from inside a workspace only, and a person's
-- secrets by rapport_system only: rapport_app holds rights on columns.
alter table identity.users enable row level security;
alter table identity.users force row level security;
create policy of_the_workspace on identity.users for select to rapport_app
  using (exists (
    select from identity.memberships m
    where m.workspace_id = current_setting('app.workspace_id')::uuid and m.user_id = users.id));
create policy of_all on identity.users to rapport_system using (true) with check (true);
grant select (id, email, name, email_verified_at, locale, timezone, phone, avatar_file_id, last_sign_in_at, created_at)
  on identity.users to rapport_app;
grant select, insert, update, delete on identity.users to rapport_system;

alter table identity.workspaces enable row level security;
alter table identity.workspaces force row level security;
create policy of_the_workspace on identity.workspaces to rapport_app
  using (id = current_setting('app.workspace_id')::uuid)
  with check (id = current_setting('app.workspace_id')::uuid);
create policy of_all on identity.workspaces to rapport_system using (true) with check (true);
grant select, update on identity.workspaces to rapport_app;
grant select, insert, update, delete on identity.workspaces to rapport_system;

create table identity.invitations (
  workspace_id uuid not null,
  id uuid not null,
  email text not null,
  email_folded text collate "C" not null,
  name text,
  role text not null check (role in ('admin', 'manager', 'member', 'viewer')),
  project_ids uuid[] not null default '{}',
  message text,
  token_hash bytea not null check (length(token_hash) = 32),
  status text not null default 'pending' check (status in ('pending', 'accepted', 'revoked')),
  invited_by uuid not null,
  sent_count integer not null default 1,
  sent_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_member_id uuid,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, invited_by) references identity.memberships (workspace_id, id),
  foreign key (workspace_id, accepted_member_id) references identity.memberships (workspace_id, id)
);
comment on table identity.invitations is 'Someone asked to join a workspace, by a link in a mail';
create unique index invitations_one_pending on identity.invitations (workspace_id, email_folded) where status = 'pending';
create index invitations_token on identity.invitations (token_hash);
create index invitations_expiry on identity.invitations (expires_at) where status = 'pending';
select app.make_tenant_table('identity.invitations', system => 'write');

create table identity.sessions (
  id uuid primary key,
  token_hash bytea not null constraint sessions_token_is_unique unique check (length(token_hash) = 32),
  user_id uuid not null references identity.users (id) on delete cascade,
  workspace_id uuid references identity.workspaces (id) on delete cascade,
  kind text not null default 'staff' check (kind in ('staff', 'operator', 'impersonation')),
  sudo_until timestamptz,
  ip text,
  user_agent text,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  idle_expires_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
comment on table identity.sessions is 'A browser that is signed in; only the hash of its token is kept';
create index sessions_user on identity.sessions (user_id, last_seen_at desc);
create index sessions_workspace on identity.sessions (workspace_id) where workspace_id is not null;
create index sessions_idle_expiry on identity.sessions (idle_expires_at);
create index sessions_expiry on identity.sessions (expires_at);

create table identity.tokens (
  id uuid primary key,
  kind text not null check (kind in ('verify_email', 'change_email', 'reset_password', 'sign_in')),
  token_hash bytea not null constraint tokens_hash_is_unique unique check (length(token_hash) = 32),
  code_hash bytea check (length(code_hash) = 32),
  browser_hash bytea check (length(browser_hash) = 32),
  user_id uuid references identity.users (id) on delete cascade,
  email_folded text collate "C" not null,
  redirect_to text,
  attempts smallint not null default 0 check (attempts >= 0),
  ip text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
comment on table identity.tokens is 'A link or code sent by mail: proves an address, resets a password or signs in, once';
comment on column identity.tokens.browser_hash is 'Of the cookie of the browser that asked; only that one may use it';
create index tokens_user on identity.tokens (user_id, kind, created_at desc);
create index tokens_email on identity.tokens (email_folded, kind, created_at desc);
create index tokens_browser on identity.tokens (browser_hash) where browser_hash is not null and used_at is null;
create index tokens_expiry on identity.tokens (expires_at);

create table identity.refresh_families (
  id uuid primary key,
  user_id uuid not null references identity.users (id) on delete cascade,
  workspace_id uuid not null references identity.workspaces (id) on delete cascade,
  ip text,
  user_agent text,
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_reason text check (revoked_reason in ('sign_out', 'reuse', 'password', 'member', 'user'))
);
comment on table identity.refresh_families is 'An API client that is signed in: all refresh tokens that follow from one sign-in';
create index refresh_families_user on identity.refresh_families (user_id);
create index refresh_families_workspace on identity.refresh_families (workspace_id);
create index refresh_families_expiry on identity.refresh_families (expires_at);

create table identity.refresh_tokens (
  token_hash bytea primary key check (length(token_hash) = 32),
  family_id uuid not null references identity.refresh_families (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  rotated_at timestamptz
);
comment on table identity.refresh_tokens is 'One refresh token of a family; used again after it was rotated, it ends the family';
create unique index refresh_tokens_one_current on identity.refresh_tokens (family_id) where rotated_at is null;
create index refresh_tokens_family on identity.refresh_tokens (family_id);

create table identity.signing_keys (
  id uuid primary key,
  algorithm text not null check (algorithm in ('EdDSA', 'ES256', 'RS256')),
  public_key bytea not null,
  sealed_private_key bytea not null,
  seal_key_id text not null,
  created_at timestamptz not null default now(),
  active_from timestamptz not null,
  retires_at timestamptz not null,
  check (retires_at > active_from)
);
comment on table identity.signing_keys is 'Keys that sign access tokens, private halves sealed; verified with until they retire';
create index signing_keys_active on identity.signing_keys (active_from desc);

create table identity.api_keys (
  workspace_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  name text not null check (name <> ''),
  prefix text collate "C" not null,
  key_hash bytea not null check (length(key_hash) = 32),
  permissions text[] not null default '{}',
  allowed_ips text[] not null default '{}',
  expires_at timestamptz,
  last_used_at timestamptz,
  last_used_ip text,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, member_id) references identity.memberships (workspace_id, id)
);
comment on table identity.api_keys is 'A key for programs, with the rights of its member cut down to named permissions';
create index api_keys_hash on identity.api_keys (key_hash);
create index api_keys_member on identity.api_keys (workspace_id, member_id);
select app.make_tenant_table('identity.api_keys', system => 'write');

create table identity.user_keys (
  id uuid primary key,
  user_id uuid not null references identity.users (id) on delete cascade,
  kind text not null check (kind in ('totp', 'recovery_code', 'passkey')),
  name text,
  sealed_secret bytea,
  seal_key_id text,
  code_hash bytea,
  credential_id bytea,
  public_key bytea,
  counter bigint not null default 0,
  confirmed_at timestamptz,
  last_used_at timestamptz,
  used_at timestamptz,
  created_at timestamptz not null default now(),
  check (kind <> 'totp' or (sealed_secret is not null and seal_key_id is not null)),
  check (kind <> 'recovery_code' or code_hash is not null),
  check (kind <> 'passkey' or (credential_id is not null and public_key is not null))
);
comment on table identity.user_keys is 'What a person holds beside the password: authenticator, recovery codes, passkeys';
comment on column identity.user_keys.counter is 'Last time step of an authenticator, or signature counter of a passkey: neither goes back';
create unique index user_keys_credential on identity.user_keys (credential_id) where credential_id is not null;
create unique index user_keys_one_totp on identity.user_keys (user_id) where kind = 'totp';
create index user_keys_user on identity.user_keys (user_id, kind);

create table identity.external_accounts (
  issuer text not null,
  subject text not null,
  user_id uuid not null references identity.users (id) on delete cascade,
  email text,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  primary key (issuer, subject)
);
comment on table identity.external_accounts is 'A user as an identity provider knows them, by issuer and subject';
create index external_accounts_user on identity.external_accounts (user_id);

create table identity.sign_ins (
  id uuid primary key,
  user_id uuid references identity.users (id) on delete cascade,
  way text not null check (way in ('password', 'link', 'code', 'passkey', 'provider', 'refresh', 'invitation', 'sign_up')),
  succeeded boolean not null,
  reason text,
  ip text,
  user_agent text,
  at timestamptz not null default now()
);
comment on table identity.sign_ins is 'Attempts to sign in, to notice new devices and many failures';
create index sign_ins_user on identity.sign_ins (user_id, at desc);
create index sign_ins_at on identity.sign_ins (at);

-- None of these is seen from inside a workspace.
do $$
declare
  target text;
begin
  foreach target in array array['sessions', 'tokens', 'refresh_families', 'refresh_tokens', 'signing_keys', 'user_keys',
    'external_accounts', 'sign_ins']
  loop
    execute format('alter table identity.%I enable row level security', target);
    execute format('alter table identity.%I force row level security', target);
    execute format('create policy of_all on identity.%I to rapport_system using (true) with check (true)', target);
    execute format('grant select, insert, update, delete on identity.%I to rapport_system', target);
  end loop;
end $$;

create view identity.v_members with (security_invoker = true) as
select m.workspace_id, m.id, m.user_id, u.name, u.email, u.avatar_file_id, u.timezone, u.locale, m.role, m.title,
  m.is_active, m.hourly_rate_cents, m.cost_rate_cents, m.capacity_hours_weekly
from identity.memberships m
join identity.users u on u.id = m.user_id;
comment on view identity.v_members is 'Members with the name they show, for modules above';
grant select on identity.v_members to rapport_app, rapport_system;

create view identity.v_workspace with (security_invoker = true) as
select id as workspace_id, slug, name, currency, timezone, locale, week_start, default_hourly_rate_cents,
  brand_color, logo_key, logo_content_type, portal_link_days, portal_link_single_use, portal_require_code, portal_welcome_text,
  bank_details
from identity.workspaces;
comment on view identity.v_workspace is 'The workspace as modules above need it in their statements';
grant select on identity.v_workspace to rapport_app, rapport_system;
