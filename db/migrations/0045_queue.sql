-- Background jobs: waiting, running and dead ones, and when each schedule is due next.
--
-- A job belongs to a workspace; the UUID of all ones stands for work beyond
-- them, so there is no foreign key. A TenantTx (rapport_app) reaches its own
-- workspace's jobs, a SystemTx (rapport_system: relay and workers) all of them.

create schema queue;
comment on schema queue is 'Background jobs and their schedules';

create table queue.jobs (
  workspace_id uuid not null,
  id bigint generated always as identity,
  name text not null,
  payload jsonb not null,
  key text,
  serial text,
  priority smallint not null default 0,
  state text not null default 'ready' check (state in ('ready', 'later', 'running', 'dead')),
  run_at timestamptz not null default '-infinity',
  attempt smallint not null default 0,
  max_attempts smallint not null check (max_attempts > 0),
  leased_by uuid,
  leased_until timestamptz,
  last_error text,
  created_at timestamptz not null default now(),
  died_at timestamptz,
  primary key (workspace_id, id),
  constraint jobs_leased_while_running check ((state = 'running') = (leased_by is not null and leased_until is not null)),
  constraint jobs_died_when_dead check ((state = 'dead') = (died_at is not null))
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
comment on table queue.jobs is 'One row per background job until it is done; dead ones stay until someone decides';
comment on column queue.jobs.key is 'At most one waiting job of a name per key';
comment on column queue.jobs.serial is 'Jobs of one serial queue run one at a time, in the order they came';
comment on column queue.jobs.run_at is '-infinity: at once';

create unique index jobs_key on queue.jobs (workspace_id, name, key) where state in ('ready', 'later') and key is not null;
create unique index jobs_serial_running on queue.jobs (workspace_id, serial) where state = 'running' and serial is not null;
create index jobs_ready on queue.jobs (workspace_id, priority, id) where state = 'ready' and serial is null;
create index jobs_ready_serial on queue.jobs (workspace_id, serial, priority, id) where state = 'ready' and serial is not null;
create index jobs_later on queue.jobs (run_at) where state = 'later';
create index jobs_running on queue.jobs (leased_until) where state = 'running';
create index jobs_dead on queue.jobs (died_at, id) where state = 'dead';

create table queue.schedules (
  name text primary key,
  cron text not null,
  next_at timestamptz not null
);
comment on table queue.schedules is 'When each schedule is due next; whoever moves next_at starts the run';

alter table queue.jobs enable row level security;
alter table queue.jobs force row level security;
create policy jobs_of_the_workspace on queue.jobs to rapport_app
  using (workspace_id = current_setting('app.workspace_id')::uuid)
  with check (workspace_id = current_setting('app.workspace_id')::uuid);
create policy jobs_of_all on queue.jobs to rapport_system using (true) with check (true);

grant usage on schema queue to rapport_app, rapport_system;
grant select, insert on queue.jobs to rapport_app;
grant update (run_at) on queue.jobs to rapport_app;
grant select, insert, update, delete on queue.jobs to rapport_system;
grant select, insert, update, delete on queue.schedules to rapport_system;

-- Takes up to `batch` jobs under a lease, fairly: workspace by workspace from
-- the one after `since` on, each with its share, within a workspace by priority
-- and age. The last row has no id; it names the workspace where the turn ended
-- and whether the whole circle was walked.
create function queue.lease(worker uuid, names text[], since uuid, batch integer, at timestamptz, lasting interval)
returns table (workspace_id uuid, id bigint, name text, payload jsonb, attempt smallint, max_attempts smallint,
  waited double precision, circle boolean)
language plpgsql as $$
#variable_conflict use_column
declare
  turns uuid[] := '{}';
  turn uuid := since;
  wrapped boolean := false;
  full_circle boolean := false;
  candidates bigint[];
  free integer := batch;
  taken integer;
  share integer;
begin
  update queue.jobs j set state = 'ready'
  from (select l.workspace_id, l.id from queue.jobs l where l.state = 'later' and l.run_at <= at
        order by l.run_at limit 500 for update skip locked) due
  where j.workspace_id = due.workspace_id and j.id = due.id;

  while cardinality(turns) < greatest(batch, 16) loop
    select n.workspace_id into turn from (
      (select j.workspace_id from queue.jobs j
       where j.state = 'ready' and j.serial is null and j.workspace_id > turn order by j.workspace_id limit 1)
      union all
      (select j.workspace_id from queue.jobs j
       where j.state = 'ready' and j.serial is not null and j.workspace_id > turn order by j.workspace_id limit 1)
    ) n order by 1 limit 1;
    if turn is null then
      if wrapped then
        full_circle := true;
        exit;
      end if;
      wrapped := true;
      turn := '00000000-0000-0000-0000-000000000000';
    elsif wrapped and turn > since then
      full_circle := true;
      exit;
    else
      turns := turns || turn;
    end if;
  end loop;
  share := ceil(batch::numeric / greatest(cardinality(turns), 1));

  foreach turn in array turns loop
    exit when free <= 0;
    select array_agg(c.id) into candidates from (
      select f.id, f.priority from (
        (select o.id, o.priority from (
           select j.id, j.priority from queue.jobs j
           where j.workspace_id = turn and j.state = 'ready' and j.serial is null and j.name = any(names)
           order by j.priority, j.id limit share for update skip locked) o)
        union all
        (with recursive lanes(serial) as (
           (select j.serial from queue.jobs j
            where j.workspace_id = turn and j.state = 'ready' and j.serial is not null order by j.serial limit 1)
           union all
           select n.serial from lanes l cross join lateral (
             select j.serial from queue.jobs j
             where j.workspace_id = turn and j.state = 'ready' and j.serial > l.serial order by j.serial limit 1) n)
         select h.id, h.priority from lanes l
         cross join lateral (
           select j.id, j.priority, j.name from queue.jobs j
           where j.workspace_id = turn and j.state = 'ready' and j.serial = l.serial
           order by j.priority, j.id limit 1) h
         where h.name = any(names)
           and not exists (select 1 from queue.jobs r
                           where r.workspace_id = turn and r.serial = l.serial and r.state = 'running')
         limit 64)
      ) f order by f.priority, f.id limit least(share, free)
    ) c;
    return query
      update queue.jobs j
      set state = 'running', attempt = j.attempt + 1::smallint, leased_by = worker, leased_until = clock_timestamp() + lasting
      from (select l.workspace_id, l.id from queue.jobs l
            where l.workspace_id = turn and l.id = any(candidates) and l.state = 'ready'
            for update skip locked) mine
      where j.workspace_id = mine.workspace_id and j.id = mine.id
      returning j.workspace_id, j.id, j.name, j.payload, j.attempt, j.max_attempts,
        extract(epoch from clock_timestamp() - greatest(j.created_at, j.run_at))::double precision, null::boolean;
    get diagnostics taken = row_count;
    free := free - taken;
    since := turn;
  end loop;
  return query select since, null::bigint, null::text, null::jsonb, null::smallint, null::smallint,
    null::double precision, full_circle and free > 0;
end $$;
comment on function queue.lease is 'Takes jobs under a lease, fairly between workspaces';
revoke execute on function queue.lease from public;
grant execute on function queue.lease to rapport_system;
