-- Erasing a person at a client: certificates, the note of every event that was redacted,
-- and rights on those columns of append-only tables that name people. Whoever uses these
-- rights has written a certificate in the same transaction; triggers see to it.

create table clients.erasures (
  workspace_id uuid not null,
  id uuid not null,
  contact_id uuid not null,
  client_id uuid not null,
  asked_by text not null check (asked_by in ('person', 'client', 'authority', 'workspace')),
  erased_by uuid,
  erased_at timestamptz not null,
  txid xid8 not null default pg_current_xact_id(),
  statement jsonb not null,
  hash bytea not null check (length(hash) = 32),
  primary key (workspace_id, id),
  foreign key (workspace_id, erased_by) references identity.memberships (workspace_id, id)
);
comment on table clients.erasures is 'Certificates: that a person''s data were erased, what was deleted, replaced and kept, in figures';
comment on column clients.erasures.contact_id is 'Of whom; the row of that id holds a placeholder since';
comment on column clients.erasures.erased_by is 'Null: done again after a restore';
create index erasures_newest on clients.erasures (workspace_id, erased_at desc, id desc);
create index erasures_of_contact on clients.erasures (workspace_id, contact_id, erased_at desc);
select app.make_tenant_table('clients.erasures', system => 'read', append_only => true);
-- Begun before anything is erased, finished with the figures at the end of the same transaction.
grant update (statement, hash) on clients.erasures to rapport_app;
create function clients.keep_erasure() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if old.txid = pg_current_xact_id() then
    return new;
  end if;
  raise exception 'a certificate is never changed' using errcode = 'insufficient_privilege';
end $$;
comment on function clients.keep_erasure() is 'Keeps certificates as they were given';
revoke execute on function clients.keep_erasure() from public;
create trigger keep_erasure before update on clients.erasures for each row execute function clients.keep_erasure();

-- Whole words only: an address within a longer one is somebody else's.
create function app.trace_pattern(trace text) returns text
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select '(?<![[:alnum:]])' || regexp_replace(trace, '([].[\\^$*+?(){}|-])', '\\\1', 'g') || '(?![[:alnum:]])'
$$;
comment on function app.trace_pattern(text) is 'Regular expression that finds a trace of a person as a whole';

create function app.has_trace(words text, traces text[]) returns boolean
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  trace text;
begin
  foreach trace in array traces loop
    if strpos(lower(words), lower(trace)) > 0 and words ~* app.trace_pattern(trace) then
      return true;
    end if;
  end loop;
  return false;
end $$;
comment on function app.has_trace(text, text[]) is 'Whether one of the traces of a person stands in a text, in whatever case';

create function app.without(words text, traces text[]) returns text
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  trace text;
begin
  foreach trace in array traces loop
    if strpos(lower(words), lower(trace)) > 0 then
      words := regexp_replace(words, app.trace_pattern(trace), '[erased]', 'gi');
    end if;
  end loop;
  return words;
end $$;
comment on function app.without(text, text[]) is 'A text in which [erased] stands for the traces of a person';

create function app.without(given jsonb, traces text[]) returns jsonb
language plpgsql immutable parallel safe set search_path = pg_catalog, app, pg_temp as $$
begin
  case jsonb_typeof(given)
    when 'string' then return to_jsonb(app.without(given #>> '{}', traces));
    when 'object' then return (select coalesce(jsonb_object_agg(e.key, app.without(e.value, traces)), '{}') from jsonb_each(given) as e);
    when 'array' then return (select coalesce(jsonb_agg(app.without(e.value, traces) order by e.ordinality), '[]')
                              from jsonb_array_elements(given) with ordinality as e);
    else return given;
  end case;
end $$;
comment on function app.without(jsonb, text[]) is 'As for text, in every value; names of fields stay';
grant usage on schema app to rapport_app;

create function app.only_with_a_certificate() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from clients.erasures e where e.workspace_id = old.workspace_id and e.txid = pg_current_xact_id()) then
    return new;
  end if;
  raise exception '% is only added to', tg_table_name using
    errcode = 'insufficient_privilege', hint = 'Only the erasure of a person changes it, and leaves a certificate.';
end $$;
comment on function app.only_with_a_certificate() is 'Lets rows of an append-only table be changed by the erasure of a person alone';
revoke execute on function app.only_with_a_certificate() from public;

-- Events ----------------------------------------------------------------------

create function spine.digest(e spine.events) returns bytea
language sql stable parallel safe set search_path = pg_catalog, pg_temp as $$
  select sha256(convert_to(jsonb_build_array(
    e.id, e.txid::text, e.seq, e.kind, e.version, e.subject_kind, e.subject_id, e.client_id, e.project_id,
    e.actor_kind, e.actor_id, e.actor_name, e.on_behalf_of, e.ip, e.request_id, e.payload, e.before, e.after,
    (extract(epoch from e.at) * 1000000)::bigint)::text, 'UTF8'))
$$;
comment on function spine.digest(spine.events) is 'Hash of all columns of an event, as the seals of the audit log chain it';

create table spine.redactions (
  workspace_id uuid not null,
  erasure_id uuid not null,
  event_id uuid not null,
  was bytea not null check (length(was) = 32),
  is_since bytea not null check (length(is_since) = 32),
  primary key (workspace_id, erasure_id, event_id)
);
comment on table spine.redactions is 'Events from which a person was taken out, with their hashes before and since; an audited event of the erasure vouches for them';
create index redactions_of_event on spine.redactions (workspace_id, event_id);
select app.make_tenant_table('spine.redactions', system => 'read', append_only => true, workspace_key => false);

grant update (actor_name, ip, payload, before, after) on spine.events to rapport_app;
create trigger only_with_a_certificate before update on spine.events
  for each row execute function app.only_with_a_certificate();

-- Other tables that are only added to ------------------------------------------

grant update (by_name, ip) on files.downloads to rapport_app;
create trigger only_with_a_certificate before update on files.downloads
  for each row execute function app.only_with_a_certificate();
grant update (reason) on deals.stage_history to rapport_app;
create trigger only_with_a_certificate before update on deals.stage_history
  for each row execute function app.only_with_a_certificate();
grant update (note) on projects.deliverable_versions to rapport_app;
create trigger only_with_a_certificate before update on projects.deliverable_versions
  for each row execute function app.only_with_a_certificate();
grant update (comment, decided_by_name, ip, user_agent) on projects.deliverable_decisions to rapport_app;
create trigger only_with_a_certificate before update on projects.deliverable_decisions
  for each row execute function app.only_with_a_certificate();
grant update (ip, user_agent) on invoicing.invoice_views to rapport_app;
create trigger only_with_a_certificate before update on invoicing.invoice_views
  for each row execute function app.only_with_a_certificate();
grant update (contact_name, ip, user_agent) on portal.access_log to rapport_app;
create trigger only_with_a_certificate before update on portal.access_log
  for each row execute function app.only_with_a_certificate();
grant update (factors) on pulse.health_scores to rapport_app;
create trigger only_with_a_certificate before update on pulse.health_scores
  for each row execute function app.only_with_a_certificate();
