-- Functions that fill workspaces; dropped when the seeding is done.
create schema bench;

create function bench.name(n int) returns text language sql immutable as $$
  select (array['Harbor','Kestrel','Lumen','Northwind','Oakline','Riverbend','Studio','Winter','Atlas','Copper','Juniper','Meridian','Quarry','Saffron','Tidewater','Vela'])[1 + n % 16]
    || ' ' || (array['Dental','Freight','Legal','Roofing','Bakery','Partners','Works','Labs','Group','Media','Foods','Homes'])[1 + (n / 16) % 12]
    || ' ' || n;
$$;

create function bench.fill(ws uuid, member uuid, clients int, entries int, invoices int, deals int, events int) returns void language plpgsql as $$
declare
  pipeline uuid; open_stages uuid[];
  weeks int := least(200, 1 + entries / 100); first_week date := date_trunc('week', current_date)::date - 7 * weeks;
begin
  insert into clients.clients (workspace_id, id, company_name, name_sort, industry, relationship_stage, owner_id, total_revenue_cents, health_score, risk_level, last_activity_at, created_at, updated_at)
  select ws, gen_random_uuid(), bench.name(n), lower(bench.name(n)), (array['design','retail','health','trades'])[1 + n % 4], 'active', member,
    (n * 7919) % 5000000, n % 101, case when n % 101 < 5 then 'critical' when n % 101 < 15 then 'at_risk' else 'healthy' end,
    now() - n * interval '1 minute', now() - n * interval '5 minutes', now()
  from generate_series(1, clients) n;
  with scored as (select *, gen_random_uuid() as score_id from clients.clients where workspace_id = ws),
  scores as (
    insert into pulse.health_scores (workspace_id, id, client_id, day, score, confidence, risk_level, factors, cause)
    select ws, score_id, id, current_date, health_score, 80, risk_level, '[]', 'daily' from scored)
  insert into pulse.client_health (workspace_id, client_id, health_score_id, score, confidence, risk_level, risk_level_since, computed_at, due_at)
  select ws, id, score_id, health_score, 80, risk_level, now(), now(), now() + interval '1 day' from scored;
  insert into clients.contacts (workspace_id, id, client_id, name, name_sort, email, email_folded, is_primary)
  select ws, gen_random_uuid(), c.id, 'Contact of ' || c.company_name, 'contact of ' || c.name_sort,
    'hello+' || left(c.id::text, 8) || '@example.com', 'hello+' || left(c.id::text, 8) || '@example.com', true
  from clients.clients c where c.workspace_id = ws;
  insert into clients.search_terms (workspace_id, client_id, term)
  select distinct ws, c.id, word from clients.clients c, unnest(string_to_array(c.name_sort, ' ')) word where c.workspace_id = ws
  on conflict do nothing;
  insert into clients.client_tags (workspace_id, client_id, tag_folded, tag)
  select ws, id, 'vip', 'VIP' from clients.clients where workspace_id = ws and total_revenue_cents > 4000000;

  insert into projects.projects (workspace_id, id, client_id, name, name_sort, status, currency, created_by)
  select ws, gen_random_uuid(), c.id, 'Website of ' || c.company_name, 'website of ' || c.name_sort, 'active', 'EUR', member
  from clients.clients c where c.workspace_id = ws order by c.id limit greatest(clients / 20, 2);
  insert into projects.project_members (workspace_id, project_id, member_id, role, joined_at)
  select ws, id, member, 'lead', now() from projects.projects where workspace_id = ws
  on conflict do nothing;

  insert into timesheets.timesheets (workspace_id, id, member_id, week_start, status)
  select ws, gen_random_uuid(), member, first_week + 7 * w, 'open' from generate_series(0, weeks - 1) w
  on conflict do nothing;
  insert into timesheets.time_entries (workspace_id, id, member_id, project_id, date, week_start, duration_seconds, description, is_billable)
  select ws, gen_random_uuid(), member, p.ids[1 + n % cardinality(p.ids)], first_week + 7 * (n % weeks) + n % 5, first_week + 7 * (n % weeks), 900 + (n % 20) * 300, 'Work ' || n, n % 5 <> 0
  from generate_series(1, entries) n, (select array_agg(id) ids from projects.projects where workspace_id = ws) p;

  insert into invoicing.invoices (workspace_id, id, invoice_number, client_id, state, currency, subtotal_cents, total_cents, paid_cents,
    issue_date, due_date, issued_at, sent_at, paid_at, seller, buyer, exchange_rate)
  select ws, gen_random_uuid(), 'B-' || n, c.ids[1 + n % cardinality(c.ids)], 'issued', 'EUR', 100000, 100000, case when n % 10 < 8 then 100000 else 0 end,
    current_date - n % 700, current_date - n % 700 + 30, now() - (n % 700) * interval '1 day', now() - (n % 700) * interval '1 day',
    case when n % 10 < 8 then now() - (n % 600) * interval '1 day' end, '{}', '{}', 1
  from generate_series(1, invoices) n, (select array_agg(id) ids from clients.clients where workspace_id = ws) c;

  with paid as (select *, gen_random_uuid() as payment_id from invoicing.invoices where workspace_id = ws and paid_at is not null),
  payments as (
    insert into invoicing.payments (workspace_id, id, client_id, method, amount_cents, allocated_cents, currency, received_on, recorded_by, created_at)
    select ws, payment_id, client_id, 'bank', total_cents, total_cents, currency, paid_at::date, member, paid_at from paid)
  insert into invoicing.payment_allocations (workspace_id, payment_id, invoice_id, client_id, amount_cents)
  select ws, payment_id, id, client_id, total_cents from paid;

  select p.id into pipeline from deals.pipelines p where p.workspace_id = ws limit 1;
  if pipeline is not null then
    select array_agg(id) into open_stages from deals.stages where workspace_id = ws and pipeline_id = pipeline and kind = 'open';
    insert into deals.deals (workspace_id, id, title, title_sort, client_id, pipeline_id, stage_id, board_rank, value_cents, currency, assigned_to, created_by)
    select ws, gen_random_uuid(), 'Deal ' || n, 'deal ' || n, c.ids[1 + n % cardinality(c.ids)], pipeline, open_stages[1 + n % cardinality(open_stages)],
      lpad(n::text, 8, '0'), (n * 9973) % 9000000, 'EUR', member, member
    from generate_series(1, deals) n, (select array_agg(id) ids from clients.clients where workspace_id = ws) c;
  end if;

  insert into spine.events (workspace_id, id, kind, version, subject_kind, subject_id, client_id, payload, audited, at, actor_kind, actor_name)
  select ws, gen_random_uuid(), 'client.updated', 1, 'client', c.id, c.id,
    jsonb_build_object('client_id', c.id, 'company_name', c.company_name, 'changed', '[]'::jsonb), false, now() - n * interval '1 hour', 'system', 'Seed'
  from clients.clients c, generate_series(1, events) n where c.workspace_id = ws;
  -- Nothing reacts to what was seeded: the relay begins after it.
  update spine.relay set txid = pg_current_xact_id(), seq = (select max(e.seq) from spine.events e where e.workspace_id = ws);
end $$;

create function bench.workspace(number int, clients int) returns void language plpgsql as $$
declare ws uuid := gen_random_uuid(); person uuid := gen_random_uuid(); member uuid := gen_random_uuid();
begin
  insert into identity.workspaces (id, slug, name, currency) values (ws, 'bench-' || number, 'Bench ' || number, 'EUR');
  insert into identity.users (id, email, email_folded, name) values (person, 'owner' || number || '@bench.example', 'owner' || number || '@bench.example', 'Owner ' || number);
  insert into identity.memberships (workspace_id, id, user_id, role) values (ws, member, person, 'owner');
  perform bench.fill(ws, member, clients, clients, clients / 20, clients / 20, 1);
end $$;
