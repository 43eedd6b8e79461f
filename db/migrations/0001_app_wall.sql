-- The wall between workspaces: roles, extensions, and the one function that
-- puts a table behind it.
--
-- Roles:
--   the owner        whoever runs migrations; owns everything
--   rapport_app      the program signs in with it; owns nothing, sees one workspace
--   rapport_system   what the program becomes for one transaction of work beyond one
--                    workspace (SET LOCAL ROLE); its rights are never inherited
--   rapport_search   owns the search views; reads nothing but search terms

create schema if not exists app;
comment on schema app is 'The wall between workspaces, and the record of migrations';

do $$
declare
  modern constant boolean := current_setting('server_version_num')::int >= 160000;
  root constant boolean := (select rolsuper from pg_roles where rolname = current_user);
  todo text[] := '{}';
  statement text;
  has_app constant boolean := exists (select from pg_roles where rolname = 'rapport_app');
  has_system constant boolean := exists (select from pg_roles where rolname = 'rapport_system');
  has_search constant boolean := exists (select from pg_roles where rolname = 'rapport_search');
  may_become boolean := false;
  may_own boolean := root;
begin
  if not has_app then
    todo := todo || 'create role rapport_app login noinherit'::text;
  elsif not modern and (select rolinherit from pg_roles where rolname = 'rapport_app') then
    todo := todo || 'alter role rapport_app noinherit'::text;
  end if;
  if not has_system then
    todo := todo || 'create role rapport_system nologin'::text;
  end if;
  if not has_search then
    todo := todo || 'create role rapport_search nologin'::text;
  end if;
  if has_app and has_system then
    -- Of PostgreSQL 16 on, whether rights are inherited is part of the membership.
    execute 'select exists (select from pg_auth_members where roleid = ''rapport_system''::regrole and member = ''rapport_app''::regrole'
      || case when modern then ' and set_option and not inherit_option)' else ')' end into may_become;
  end if;
  if not may_become then
    todo := todo || ('grant rapport_system to rapport_app' || case when modern then ' with inherit false, set true' else '' end);
  end if;
  if has_search and not root then
    may_own := pg_has_role(current_user, 'rapport_search', case when modern then 'SET' else 'MEMBER' end);
  end if;
  if not may_own then
    todo := todo || (format('grant rapport_search to %I', current_user) || case when modern then ' with inherit false, set true' else '' end);
  end if;

  foreach statement in array todo loop
    begin
      execute statement;
    exception
      -- Roles belong to the server: another database's migration made it this moment.
      when duplicate_object or unique_violation or internal_error then null;
      when insufficient_privilege then
        raise exception 'the role % may not prepare the roles Rapport works with', current_user using
          errcode = 'insufficient_privilege',
          hint = E'An administrator of this PostgreSQL server must run once:\n' || array_to_string(todo, E';\n') || ';';
    end;
  end loop;

  if exists (select from pg_roles where rolname in ('rapport_app', 'rapport_system', 'rapport_search') and (rolsuper or rolbypassrls)) then
    raise exception 'rapport_app, rapport_system and rapport_search must be neither superusers nor exempt from row-level security' using
      hint = E'An administrator must run: alter role … nosuperuser nobypassrls;';
  end if;
end $$;

create extension if not exists pg_trgm;
create extension if not exists unaccent;
create extension if not exists btree_gist;

create function app.make_tenant_table(
  target regclass,
  system text default 'none',
  append_only boolean default false,
  workspace_key boolean default true
) returns void language plpgsql as $$
declare
  workspace_column constant smallint :=
    (select attnum from pg_attribute where attrelid = target and attname = 'workspace_id'
       and atttypid = 'uuid'::regtype and attnotnull and not attisdropped);
  name constant text := (select relname from pg_class where oid = target);
  wrong text;
  rights constant text := case when append_only then 'select, insert' else 'select, insert, update, delete' end;
begin
  if system not in ('none', 'read', 'write') then
    raise exception 'system is none, read or write, not %', system;
  end if;
  if workspace_column is null then
    raise exception '% needs workspace_id uuid not null', target;
  end if;
  if not exists (select from pg_index where indrelid = target and indisprimary and indkey[0] = workspace_column) then
    raise exception 'the primary key of % must begin with workspace_id', target;
  end if;
  select indexrelid::regclass::text into wrong from pg_index
    where indrelid = target and (indisunique or indisexclusion) and indkey[0] <> workspace_column limit 1;
  if wrong is not null then
    raise exception 'the unique key % of % must begin with workspace_id', wrong, target;
  end if;
  -- A global table (users) has no workspace_id to refer to.
  select conname into wrong from pg_constraint
    where conrelid = target and contype = 'f' and conkey[1] <> workspace_column
      and exists (select from pg_attribute where attrelid = confrelid and attname = 'workspace_id' and not attisdropped) limit 1;
  if wrong is not null then
    raise exception 'the foreign key % of % must begin with workspace_id', wrong, target;
  end if;

  if workspace_key then
    if not exists (
      select from pg_constraint
      where conrelid = target and contype = 'f' and confrelid = 'identity.workspaces'::regclass
        and conkey = array[workspace_column]
    ) then
      execute format('alter table %s add constraint %I foreign key (workspace_id) references identity.workspaces (id)',
        target, name || '_workspace_fkey');
    end if;
  end if;

  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format(
    'create policy of_the_workspace on %s to rapport_app
       using (workspace_id = current_setting(''app.workspace_id'')::uuid)
       with check (workspace_id = current_setting(''app.workspace_id'')::uuid)', target);
  execute format('grant %s on %s to rapport_app', rights, target);

  if system = 'read' then
    execute format('create policy of_all on %s for select to rapport_system using (true)', target);
    execute format('grant select on %s to rapport_system', target);
  elsif system = 'write' then
    execute format('create policy of_all on %s to rapport_system using (true) with check (true)', target);
    execute format('grant %s on %s to rapport_system', rights, target);
  end if;
end $$;
comment on function app.make_tenant_table is
  'Puts a table behind the wall: checks its keys, forces row-level security, grants. system: what rapport_system may do with the rows of all workspaces. append_only: no update, no delete. workspace_key: whether it refers to identity.workspaces';
revoke execute on function app.make_tenant_table from public;
