-- Clients and their contacts, and the words they are found by.

create schema clients;
grant usage on schema clients to rapport_app, rapport_system;
comment on schema clients is 'Who is served: clients, their contacts, addresses and notes';

create table clients.clients (
  workspace_id uuid not null,
  id uuid not null,
  kind text not null default 'company' check (kind in ('company', 'person')),
  company_name text not null check (company_name <> ''),
  name_sort text collate "C" not null,
  industry text,
  size text check (size in ('1', '2-10', '11-50', '51-200', '201-1000', '1001+')),
  relationship_stage text not null default 'prospect'
    check (relationship_stage in ('prospect', 'onboarding', 'active', 'paused', 'former')),
  stage_changed_at timestamptz not null default now(),
  owner_id uuid,
  source text,
  website text,
  tax_id text,
  notes text,
  language text,
  currency text check (currency ~ '^[A-Z]{3}$'),
  payment_terms_days integer check (payment_terms_days between 0 and 365),
  hourly_rate_cents bigint check (hourly_rate_cents >= 0),
  logo_file_id uuid,
  stripe_customer_id text,
  total_revenue_cents bigint not null default 0,
  health_score smallint check (health_score between 0 and 100),
  risk_level text check (risk_level in ('healthy', 'at_risk', 'critical')),
  last_activity_at timestamptz not null default now(),
  is_sample boolean not null default false,
  created_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  deleted_by uuid,
  purged_at timestamptz,
  version integer not null default 1,
  primary key (workspace_id, id),
  foreign key (workspace_id, owner_id) references identity.memberships (workspace_id, id),
  foreign key (workspace_id, created_by) references identity.memberships (workspace_id, id),
  foreign key (workspace_id, deleted_by) references identity.memberships (workspace_id, id),
  foreign key (workspace_id, logo_file_id) references files.files (workspace_id, id)
);
comment on table clients.clients is 'A company or person that is served';
comment on column clients.clients.name_sort is 'The name folded: no accents, lower case';
comment on column clients.clients.currency is 'Null: the workspace''s';
comment on column clients.clients.total_revenue_cents is 'Payments received less refunds, kept in step by what happens to payments';
comment on column clients.clients.purged_at is 'When its time in the bin was over and a placeholder was left for the records that point at it';
comment on column clients.clients.is_sample is 'Sample data: removed with all that hangs on it';
create index clients_by_name on clients.clients (workspace_id, name_sort, id) where deleted_at is null;
create index clients_by_revenue on clients.clients (workspace_id, total_revenue_cents desc, id desc) where deleted_at is null;
create index clients_by_activity on clients.clients (workspace_id, last_activity_at desc, id desc) where deleted_at is null;
create index clients_by_creation on clients.clients (workspace_id, created_at desc, id desc) where deleted_at is null;
create index clients_by_health on clients.clients (workspace_id, health_score, id) where deleted_at is null;
create index clients_by_owner on clients.clients (workspace_id, owner_id, name_sort, id) where deleted_at is null;
create index clients_by_stage on clients.clients (workspace_id, relationship_stage, name_sort, id) where deleted_at is null;
create index clients_by_industry on clients.clients (workspace_id, industry, name_sort, id) where deleted_at is null and industry is not null;
create index clients_bin on clients.clients (workspace_id, deleted_at desc, id desc) where deleted_at is not null and purged_at is null;
create index clients_to_purge on clients.clients (deleted_at) where deleted_at is not null and purged_at is null;
create index clients_logo on clients.clients (workspace_id, logo_file_id) where logo_file_id is not null;
create index clients_sample on clients.clients (workspace_id) where is_sample;
create unique index clients_stripe_customer on clients.clients (workspace_id, stripe_customer_id) where stripe_customer_id is not null;
select app.make_tenant_table('clients.clients', system => 'read');

create table clients.client_tags (
  workspace_id uuid not null,
  client_id uuid not null,
  tag_folded text collate "C" not null check (tag_folded <> ''),
  tag text not null check (tag <> '' and length(tag) <= 60),
  primary key (workspace_id, client_id, tag_folded),
  foreign key (workspace_id, client_id) references clients.clients (workspace_id, id) on delete cascade
);
comment on table clients.client_tags is 'Tags of a client';
create index client_tags_tag on clients.client_tags (workspace_id, tag_folded, client_id);
select app.make_tenant_table('clients.client_tags');

create table clients.contacts (
  workspace_id uuid not null,
  id uuid not null,
  client_id uuid not null,
  name text not null check (name <> ''),
  name_sort text collate "C" not null,
  email text,
  email_folded text collate "C",
  phone text check (phone ~ '^\+[1-9][0-9]{5,14}$'),
  job_title text,
  is_primary boolean not null default false,
  do_not_contact boolean not null default false,
  language text,
  timezone text,
  birthday date,
  notes text,
  email_bounced_at timestamptz,
  erased_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  version integer not null default 1,
  primary key (workspace_id, id),
  foreign key (workspace_id, client_id) references clients.clients (workspace_id, id) on delete cascade,
  check ((email is null) = (email_folded is null))
);
comment on table clients.contacts is 'A person at a client';
comment on column clients.contacts.phone is 'In E.164';
comment on column clients.contacts.erased_at is 'When the person''s data was replaced by a placeholder';
create unique index contacts_one_primary on clients.contacts (workspace_id, client_id) where is_primary and deleted_at is null;
create unique index contacts_email_once_per_client on clients.contacts (workspace_id, client_id, email_folded)
  where email_folded is not null and deleted_at is null;
create index contacts_client on clients.contacts (workspace_id, client_id, name_sort, id);
create index contacts_by_name on clients.contacts (workspace_id, name_sort, id) where deleted_at is null;
create index contacts_by_email on clients.contacts (workspace_id, email_folded) where email_folded is not null and deleted_at is null;
create index contacts_by_phone on clients.contacts (workspace_id, phone) where phone is not null and deleted_at is null;
select app.make_tenant_table('clients.contacts');

create table clients.contact_roles (
  workspace_id uuid not null,
  contact_id uuid not null,
  role text not null check (role in ('billing', 'decision_maker', 'portal', 'technical', 'other')),
  primary key (workspace_id, contact_id, role),
  foreign key (workspace_id, contact_id) references clients.contacts (workspace_id, id) on delete cascade
);
comment on table clients.contact_roles is 'What a contact is there for at the client';
create index contact_roles_role on clients.contact_roles (workspace_id, role, contact_id);
select app.make_tenant_table('clients.contact_roles');

create table clients.contact_consents (
  workspace_id uuid not null,
  contact_id uuid not null,
  channel text not null check (channel in ('email', 'sms', 'phone')),
  is_granted boolean not null,
  source text not null check (source <> ''),
  recorded_by uuid,
  at timestamptz not null,
  primary key (workspace_id, contact_id, channel, at),
  foreign key (workspace_id, contact_id) references clients.contacts (workspace_id, id) on delete cascade,
  foreign key (workspace_id, recorded_by) references identity.memberships (workspace_id, id)
);
comment on table clients.contact_consents is 'By which channels a contact may be written to: the newest row of a channel holds, the older are its proof';
select app.make_tenant_table('clients.contact_consents', append_only => true);

create table clients.addresses (
  workspace_id uuid not null,
  id uuid not null,
  client_id uuid not null,
  label text not null default 'Main',
  line1 text not null check (line1 <> ''),
  line2 text,
  postal_code text,
  city text,
  region text,
  country text check (country ~ '^[A-Z]{2}$'),
  latitude numeric(9, 6) check (latitude between -90 and 90),
  longitude numeric(9, 6) check (longitude between -180 and 180),
  is_billing boolean not null default false,
  position smallint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, client_id) references clients.clients (workspace_id, id) on delete cascade,
  check ((latitude is null) = (longitude is null))
);
comment on table clients.addresses is 'Where a client is, and where its invoices go';
create index addresses_client on clients.addresses (workspace_id, client_id, position, id);
create unique index addresses_one_billing on clients.addresses (workspace_id, client_id) where is_billing;
select app.make_tenant_table('clients.addresses');

create table clients.notes (
  workspace_id uuid not null,
  id uuid not null,
  client_id uuid not null,
  contact_id uuid,
  kind text not null default 'note' check (kind in ('note', 'call', 'meeting')),
  body text not null check (body <> ''),
  author_id uuid,
  is_pinned boolean not null default false,
  occurred_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  version integer not null default 1,
  primary key (workspace_id, id),
  foreign key (workspace_id, client_id) references clients.clients (workspace_id, id) on delete cascade,
  foreign key (workspace_id, contact_id) references clients.contacts (workspace_id, id),
  foreign key (workspace_id, author_id) references identity.memberships (workspace_id, id)
);
comment on table clients.notes is 'A note, call or meeting written down by the team on a client';
create index notes_client on clients.notes (workspace_id, client_id, occurred_at desc, id desc) where deleted_at is null;
create index notes_contact on clients.notes (workspace_id, contact_id) where contact_id is not null;
select app.make_tenant_table('clients.notes');

-- Words a client is found by: of its name, contacts, e-mails, phones, tags and notes,
-- folded, written by the program with the rows they come from. "Begins with" is ^@,
-- which may use an index behind row-level security; LIKE and the trigram operators
-- may not, because they could leak what they look at.
create table clients.search_terms (
  workspace_id uuid not null,
  client_id uuid not null,
  term text collate "C" not null check (term <> '' and length(term) <= 100),
  primary key (workspace_id, term, client_id),
  foreign key (workspace_id, client_id) references clients.clients (workspace_id, id) on delete cascade
);
comment on table clients.search_terms is 'Folded words a client is found by';
create index search_terms_client on clients.search_terms (workspace_id, client_id);
create index search_terms_similar on clients.search_terms using gist (workspace_id, term gist_trgm_ops(siglen = 64));
select app.make_tenant_table('clients.search_terms');

-- For words with a typo. The view belongs to rapport_search, which reads all search
-- terms and nothing else, and it holds the wall itself: so the trigram index can be
-- used. It is no security barrier on purpose: the trigram operators neither print nor
-- keep what they see, and statements of the program are constants. It gives terms and
-- ids only; what they stand for is read from the guarded tables.
create view clients.similar_terms as
select workspace_id, client_id, term
from clients.search_terms
where workspace_id = current_setting('app.workspace_id')::uuid;
comment on view clients.similar_terms is 'Search terms of the workspace for the trigram operators (%, <->); owned by rapport_search';
create policy of_search on clients.search_terms for select to rapport_search using (true);
grant select on clients.search_terms to rapport_search;
grant usage, create on schema clients to rapport_search;
alter view clients.similar_terms owner to rapport_search;
revoke create on schema clients from rapport_search;
set local role rapport_search;
grant select on clients.similar_terms to rapport_app;
reset role;

create view clients.v_clients with (security_invoker = true) as
select workspace_id, id, kind, company_name, name_sort, relationship_stage, owner_id, tax_id, language, currency,
  payment_terms_days, hourly_rate_cents, stripe_customer_id, total_revenue_cents, health_score, risk_level,
  last_activity_at, is_sample, created_at, deleted_at
from clients.clients;
comment on view clients.v_clients is 'Clients for modules above';

create view clients.v_contacts with (security_invoker = true) as
select workspace_id, id, client_id, name, email, email_folded, phone, job_title, is_primary, do_not_contact, language,
  timezone, deleted_at
from clients.contacts;
comment on view clients.v_contacts is 'Contacts for modules above';

create view clients.v_billing_addresses with (security_invoker = true) as
select distinct on (workspace_id, client_id)
  workspace_id, client_id, line1, line2, postal_code, city, region, country
from clients.addresses
order by workspace_id, client_id, is_billing desc, position, id;
comment on view clients.v_billing_addresses is 'Where a client''s invoices go: the billing address, else the first';

grant select on clients.v_clients, clients.v_contacts, clients.v_billing_addresses to rapport_app;
