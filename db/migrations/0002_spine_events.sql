-- The spine: one row per change of state, of which timeline, audit log, realtime,
-- notifications and reactions are readers.
--
-- It is the ground beneath all modules and outlives what it tells of, so it has no
-- foreign keys. It is append-only: no role of the program may update or delete.

create schema spine;
grant usage on schema spine to rapport_app, rapport_system;
comment on schema spine is 'The events of all workspaces';

create table spine.events (
  workspace_id uuid not null,
  id uuid not null,
  seq bigint not null generated always as identity,
  txid xid8 not null default pg_current_xact_id(),
  kind text not null,
  version smallint not null default 1,
  subject_kind text not null,
  subject_id uuid not null,
  client_id uuid,
  project_id uuid,
  actor_kind text not null check (actor_kind in ('member', 'guest', 'system', 'provider')),
  actor_id uuid,
  actor_name text,
  on_behalf_of uuid,
  ip text,
  request_id text,
  payload jsonb not null,
  before jsonb,
  after jsonb,
  audited boolean not null default false,
  at timestamptz not null,
  primary key (workspace_id, id, at)
) partition by range (at);
comment on table spine.events is 'What happened, to what, by whom and when; never changed';
comment on column spine.events.txid is 'With seq the order of readers: events below the oldest running transaction are complete';

create index events_client on spine.events (workspace_id, client_id, at desc, id desc) where client_id is not null;
create index events_project on spine.events (workspace_id, project_id, at desc, id desc) where project_id is not null;
create index events_subject on spine.events (workspace_id, subject_id, at desc, id desc);
create index events_newest on spine.events (workspace_id, at desc, id desc);
create index events_audited on spine.events (workspace_id, at desc, id desc) where audited;
create index events_sealed on spine.events (workspace_id, txid, seq) where audited;
create index events_order on spine.events (txid, seq);

select app.make_tenant_table('spine.events', system => 'read', append_only => true, workspace_key => false);

create table spine.events_rest partition of spine.events default;
alter table spine.events_rest enable row level security;
alter table spine.events_rest force row level security;
comment on table spine.events_rest is 'Events of months without a partition of their own; empty unless partitions were not made in time';

-- Makes the partitions of the last month to so many months ahead, and returns how many
-- were missing. A table is made first and attached then, which readers and writers do
-- not wait for. A month whose events already lie in the rest stays there.
create function spine.ensure_partitions(months_ahead int default 3) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
  this_month constant timestamp := date_trunc('month', now() at time zone 'UTC');
  month timestamp;
  partition text;
  made int := 0;
begin
  if months_ahead not between 0 and 24 then
    raise exception 'months_ahead is 0 to 24, not %', months_ahead;
  end if;
  for step in -1 .. months_ahead loop
    month := this_month + step * interval '1 month';
    partition := 'events_' || to_char(month, 'YYYY_MM');
    continue when to_regclass('spine.' || partition) is not null;
    begin
      execute format('create table spine.%I (like spine.events including defaults including constraints)', partition);
      execute format('comment on table spine.%I is %L', partition, 'Events of ' || to_char(month, 'YYYY-MM'));
      execute format('alter table spine.%I enable row level security', partition);
      execute format('alter table spine.%I force row level security', partition);
      execute format('alter table spine.events attach partition spine.%I for values from (%L) to (%L)',
        partition, month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
      made := made + 1;
    exception when check_violation then
      raise warning 'events of % lie in spine.events_rest and stay there', to_char(month, 'YYYY-MM');
    end;
  end loop;
  return made;
end $$;
comment on function spine.ensure_partitions is 'Makes monthly partitions ahead of time; a background job calls it daily';
revoke execute on function spine.ensure_partitions from public;
grant execute on function spine.ensure_partitions to rapport_system;
select spine.ensure_partitions(3);

create table spine.relay (
  name text primary key,
  txid xid8 not null,
  seq bigint not null
);
comment on table spine.relay is 'How far each reader of the whole spine has come';
grant select, insert, update on spine.relay to rapport_system;

create table spine.deliveries (
  workspace_id uuid not null,
  event_id uuid not null,
  listener text not null,
  done_at timestamptz not null default now(),
  primary key (workspace_id, event_id, listener)
);
comment on table spine.deliveries is 'Which listener has dealt with which event, so that each does once';
create index deliveries_age on spine.deliveries (done_at);
select app.make_tenant_table('spine.deliveries', system => 'write', workspace_key => false);
