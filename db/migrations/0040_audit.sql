-- The audit log is the audited part of the spine. Seals chain it per workspace, so
-- that tampering shows: each holds the hash of its events and of the seal before.

create schema audit;
grant usage on schema audit to rapport_app, rapport_system;
comment on schema audit is 'Seals over the audited events';

create table audit.seals (
  workspace_id uuid not null,
  number bigint not null check (number > 0),
  first_event uuid not null,
  first_at timestamptz not null,
  first_txid xid8 not null,
  first_seq bigint not null,
  last_event uuid not null,
  last_at timestamptz not null,
  last_txid xid8 not null,
  last_seq bigint not null,
  events integer not null check (events > 0),
  hash bytea not null check (length(hash) = 32),
  previous bytea not null check (length(previous) = 32),
  sealed_at timestamptz not null default now(),
  primary key (workspace_id, number),
  constraint seals_chain_does_not_fork unique (workspace_id, previous),
  check ((first_txid, first_seq) <= (last_txid, last_seq))
);
comment on table audit.seals is 'Hash over a run of audited events and the seal before it; never changed';
comment on column audit.seals.previous is 'Hash of the seal before; 32 zero bytes on the first';
comment on column audit.seals.last_seq is 'With last_txid where the next seal begins';
create index seals_newest on audit.seals (last_txid desc, last_seq desc);
select app.make_tenant_table('audit.seals', system => 'write', append_only => true, workspace_key => false);
