-- Approval can be delegated: who is away lends it to a deputy, from a day to a day.
create table identity.deputies (
  workspace_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  deputy_id uuid not null,
  from_day date not null,
  until_day date not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  ended_by uuid,
  ended_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, member_id) references identity.memberships (workspace_id, id),
  foreign key (workspace_id, deputy_id) references identity.memberships (workspace_id, id),
  foreign key (workspace_id, created_by) references identity.memberships (workspace_id, id),
  foreign key (workspace_id, ended_by) references identity.memberships (workspace_id, id),
  constraint deputies_is_someone_else check (member_id <> deputy_id),
  constraint deputies_days_in_order check (until_day >= from_day and ends_at > starts_at),
  constraint deputies_ended_by_someone check ((ended_at is null) = (ended_by is null)),
  -- By ended_by, so that its index is not taken for the look-up of every request, which asks for ended_at.
  constraint deputies_named_once exclude using gist (
    workspace_id with =, member_id with =, deputy_id with =, tstzrange(starts_at, ends_at) with &&) where (ended_by is null)
);
comment on table identity.deputies is 'Who decides in the place of a member who is away, and in which days';
comment on column identity.deputies.member_id is 'Who is away and lends what their role may approve';
comment on column identity.deputies.from_day is 'The first day, in the zone of the workspace, as it was typed; starts_at is its beginning';
comment on column identity.deputies.until_day is 'The last day; ends_at is the beginning of the day after it';
comment on column identity.deputies.ended_at is 'When it was ended by hand, before its time or before it began';
create index deputies_deputy on identity.deputies (workspace_id, deputy_id, ends_at) where ended_at is null;
create index deputies_ends on identity.deputies (workspace_id, ends_at);
select app.make_tenant_table('identity.deputies', system => 'read');

create view identity.v_deputies with (security_invoker = true) as
select d.workspace_id, d.id, d.deputy_id, d.member_id, lender.role, d.from_day, d.until_day, d.starts_at, d.ends_at
from identity.deputies d
join identity.memberships lender on lender.workspace_id = d.workspace_id and lender.id = d.member_id
join identity.memberships deputy on deputy.workspace_id = d.workspace_id and deputy.id = d.deputy_id
where d.ended_at is null
  and lender.is_active and lender.role <> 'viewer' and deputy.is_active and deputy.role <> 'viewer';
comment on view identity.v_deputies is
  'Deputies who were not ended, with the role lent to them; viewers neither lend nor are lent to';
grant select on identity.v_deputies to rapport_app, rapport_system;
