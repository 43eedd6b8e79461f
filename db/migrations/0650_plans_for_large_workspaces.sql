-- Statements are planned once for all workspaces, by how many rows one has on average. The average is
-- small and the workspace that waits for an answer large: a plan that reads all of its rows looks as
-- good as one that looks a few up. A workspace is taken for a fiftieth of every table instead.

create function app.expect_large_workspaces() returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  target regclass;
begin
  for target in
    select c.oid from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and c.relrowsecurity and coalesce(not 'n_distinct=50' = any (a.attoptions), true)
    order by c.oid::regclass::text
  loop
    execute format('alter table %s alter column workspace_id set (n_distinct = 50)', target);
    -- What was set counts from the next look at the rows on, which an empty table does not need.
    if (select reltuples from pg_class where oid = target) > 0 then
      execute format('analyze %s', target);
    end if;
  end loop;
end $$;
comment on function app.expect_large_workspaces is
  'Has the planner take a workspace for a fiftieth of every table behind the wall; to be called by a migration that makes one';
revoke execute on function app.expect_large_workspaces from public;

create or replace function spine.ensure_partitions(months_ahead int default 3) returns int
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
      execute format('alter table spine.%I alter column workspace_id set (n_distinct = 50)', partition);
      execute format('alter table spine.events attach partition spine.%I for values from (%L) to (%L)',
        partition, month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
      made := made + 1;
    exception when check_violation then
      raise warning 'events of % lie in spine.events_rest and stay there', to_char(month, 'YYYY-MM');
    end;
  end loop;
  return made;
end $$;

select app.expect_large_workspaces();

create view pulse.v_client_health with (security_invoker = true) as
select workspace_id, client_id, score, risk_level from pulse.client_health;
comment on view pulse.v_client_health is 'The present health of each client, for pages above';
grant select on pulse.v_client_health to rapport_app;
