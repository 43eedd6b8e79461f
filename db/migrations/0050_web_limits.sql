-- What the web edge remembers over all nodes: counters of its limits, and answers to
-- requests that may be sent twice. Only rapport_system works on both.

create schema web;
-- rapport_app names the tables when a statement is prepared, before the role is taken on.
grant usage on schema web to rapport_app, rapport_system;
comment on schema web is 'Limits and repeated requests at the web edge';

create table web.rate_counters (
  key bytea primary key,
  window_start timestamptz not null,
  count integer not null check (count >= 0),
  strikes integer not null default 0 check (strikes >= 0),
  blocked_until timestamptz
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
comment on table web.rate_counters is 'Attempts in the current window, by the hash of who attempts what';
create index rate_counters_age on web.rate_counters (window_start);

create table web.idempotency_keys (
  workspace_id uuid not null,
  key text not null,
  request_hash bytea not null,
  created_at timestamptz not null,
  status smallint,
  headers jsonb,
  body bytea,
  primary key (workspace_id, key)
);
comment on table web.idempotency_keys is 'A request sent with an Idempotency-Key, and its answer once there is one; kept for a day';
create index idempotency_keys_age on web.idempotency_keys (created_at);

alter table web.idempotency_keys enable row level security;
alter table web.idempotency_keys force row level security;
create policy of_all on web.idempotency_keys to rapport_system using (true) with check (true);

grant select, insert, update, delete on web.rate_counters, web.idempotency_keys to rapport_system;
