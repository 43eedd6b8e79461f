-- Pipelines, their stages, and the deals that move through them.

create schema deals;
grant usage on schema deals to rapport_app, rapport_system;
comment on schema deals is 'Sales opportunities on their way to won or lost';

create table deals.pipelines (
  workspace_id uuid not null,
  id uuid not null,
  name text not null check (name <> ''),
  position smallint not null default 0,
  is_default boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  archived_at timestamptz,
  version integer not null default 1,
  primary key (workspace_id, id)
);
comment on table deals.pipelines is 'An ordered set of stages';
create unique index pipelines_one_default on deals.pipelines (workspace_id) where is_default;
select app.make_tenant_table('deals.pipelines');

create table deals.stages (
  workspace_id uuid not null,
  id uuid not null,
  pipeline_id uuid not null,
  name text not null check (name <> ''),
  color text not null default '#64748b' check (color ~ '^#[0-9a-f]{6}$'),
  kind text not null default 'open' check (kind in ('open', 'won', 'lost')),
  probability smallint not null check (probability between 0 and 100),
  position smallint not null,
  rot_days smallint check (rot_days > 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  archived_at timestamptz,
  version integer not null default 1,
  primary key (workspace_id, id),
  unique (workspace_id, pipeline_id, id),
  constraint stages_position_is_free unique (workspace_id, pipeline_id, position) deferrable initially deferred,
  foreign key (workspace_id, pipeline_id) references deals.pipelines (workspace_id, id) on delete cascade,
  check (kind <> 'won' or probability = 100),
  check (kind <> 'lost' or probability = 0)
);
comment on table deals.stages is 'A column of the board';
comment on column deals.stages.archived_at is 'When it was removed; kept for the history of deals that were in it';
comment on column deals.stages.rot_days is 'After so many days without a move a deal here counts as stale';
select app.make_tenant_table('deals.stages');

create table deals.loss_reasons (
  workspace_id uuid not null,
  id uuid not null,
  label text not null check (label <> ''),
  position smallint not null default 0,
  archived_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  constraint loss_reasons_label_is_taken unique (workspace_id, label)
);
comment on table deals.loss_reasons is 'Reasons a workspace gives for lost deals';
select app.make_tenant_table('deals.loss_reasons');

create table deals.deals (
  workspace_id uuid not null,
  id uuid not null,
  title text not null check (title <> ''),
  title_sort text collate "C" not null,
  description text,
  client_id uuid not null,
  pipeline_id uuid not null,
  stage_id uuid not null,
  board_rank text collate "C" not null check (board_rank <> ''),
  value_cents bigint not null default 0 check (value_cents >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  probability smallint check (probability between 0 and 100),
  expected_close_date date,
  assigned_to uuid,
  source text,
  lost_reason text,
  stage_entered_at timestamptz not null default now(),
  stage_moved_by uuid,
  moved_version integer not null default 1,
  closed_at timestamptz,
  project_id uuid,
  created_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  version integer not null default 1,
  primary key (workspace_id, id),
  foreign key (workspace_id, client_id) references clients.clients (workspace_id, id),
  foreign key (workspace_id, pipeline_id, stage_id) references deals.stages (workspace_id, pipeline_id, id),
  foreign key (workspace_id, assigned_to) references identity.memberships (workspace_id, id),
  foreign key (workspace_id, stage_moved_by) references identity.memberships (workspace_id, id),
  foreign key (workspace_id, created_by) references identity.memberships (workspace_id, id),
  check (lost_reason is null or closed_at is not null)
);
comment on table deals.deals is 'A sales opportunity with one client';
comment on column deals.deals.board_rank is 'Order within the column: a text between its neighbours';
comment on column deals.deals.probability is 'Null: the stage''s';
comment on column deals.deals.moved_version is 'The version that its last move from stage to stage made';
comment on column deals.deals.project_id is 'The project that winning it opened';
create index deals_board on deals.deals (workspace_id, stage_id, board_rank, id) where deleted_at is null;
create index deals_pipeline on deals.deals (workspace_id, pipeline_id, created_at desc, id desc) where deleted_at is null;
create index deals_client on deals.deals (workspace_id, client_id, created_at desc, id desc);
create index deals_assignee on deals.deals (workspace_id, assigned_to, created_at desc, id desc) where deleted_at is null;
create index deals_newest on deals.deals (workspace_id, created_at desc, id desc) where deleted_at is null;
create index deals_expected on deals.deals (workspace_id, expected_close_date, id) where closed_at is null and deleted_at is null;
create index deals_closed on deals.deals (workspace_id, closed_at desc, id desc) where closed_at is not null and deleted_at is null;
create unique index deals_one_per_project on deals.deals (workspace_id, project_id) where project_id is not null;
create index deals_to_purge on deals.deals (deleted_at) where deleted_at is not null;
select app.make_tenant_table('deals.deals', system => 'read');

create table deals.stage_history (
  workspace_id uuid not null,
  id uuid not null,
  deal_id uuid not null,
  from_stage_id uuid,
  to_stage_id uuid not null,
  entered_at timestamptz,
  value_cents bigint not null,
  reason text,
  moved_by uuid,
  at timestamptz not null,
  primary key (workspace_id, id),
  foreign key (workspace_id, deal_id) references deals.deals (workspace_id, id) on delete cascade,
  foreign key (workspace_id, from_stage_id) references deals.stages (workspace_id, id),
  foreign key (workspace_id, to_stage_id) references deals.stages (workspace_id, id),
  foreign key (workspace_id, moved_by) references identity.memberships (workspace_id, id)
);
comment on table deals.stage_history is 'Each move of a deal: from where, since when it was there, to where';
comment on column deals.stage_history.entered_at is 'When it had entered the stage it left';
create index stage_history_deal on deals.stage_history (workspace_id, deal_id, at desc, id desc);
create index stage_history_stage on deals.stage_history (workspace_id, to_stage_id, at desc);
select app.make_tenant_table('deals.stage_history', append_only => true);

create table deals.deal_contacts (
  workspace_id uuid not null,
  deal_id uuid not null,
  contact_id uuid not null,
  primary key (workspace_id, deal_id, contact_id),
  foreign key (workspace_id, deal_id) references deals.deals (workspace_id, id) on delete cascade,
  foreign key (workspace_id, contact_id) references clients.contacts (workspace_id, id) on delete cascade
);
comment on table deals.deal_contacts is 'Contacts involved in a deal';
create index deal_contacts_contact on deals.deal_contacts (workspace_id, contact_id);
select app.make_tenant_table('deals.deal_contacts');

create table deals.deal_tags (
  workspace_id uuid not null,
  deal_id uuid not null,
  tag_folded text collate "C" not null check (tag_folded <> ''),
  tag text not null check (tag <> '' and length(tag) <= 60),
  primary key (workspace_id, deal_id, tag_folded),
  foreign key (workspace_id, deal_id) references deals.deals (workspace_id, id) on delete cascade
);
comment on table deals.deal_tags is 'Tags of a deal';
create index deal_tags_tag on deals.deal_tags (workspace_id, tag_folded, deal_id);
select app.make_tenant_table('deals.deal_tags');

create table deals.search_terms (
  workspace_id uuid not null,
  deal_id uuid not null,
  term text collate "C" not null check (term <> '' and length(term) <= 100),
  primary key (workspace_id, term, deal_id),
  foreign key (workspace_id, deal_id) references deals.deals (workspace_id, id) on delete cascade
);
comment on table deals.search_terms is 'Folded words a deal is found by';
create index search_terms_deal on deals.search_terms (workspace_id, deal_id);
select app.make_tenant_table('deals.search_terms');

create view deals.v_deals with (security_invoker = true) as
select d.workspace_id, d.id, d.title, d.client_id, d.pipeline_id, d.stage_id, s.kind as stage_kind,
  coalesce(d.probability, s.probability) as probability, d.value_cents, d.currency, d.expected_close_date,
  d.assigned_to, d.closed_at, d.project_id, d.created_at
from deals.deals d
join deals.stages s on s.workspace_id = d.workspace_id and s.id = d.stage_id
join clients.v_clients c on c.workspace_id = d.workspace_id and c.id = d.client_id
where d.deleted_at is null and c.deleted_at is null;
comment on view deals.v_deals is 'Deals with what their stage means, for modules above';
grant select on deals.v_deals to rapport_app;
