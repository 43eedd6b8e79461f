-- Files of a workspace, their versions, uploads under way and who downloaded what.
--
-- What a file hangs on (client, project, portal) belongs to modules above: plain ids.

create schema files;
grant usage on schema files to rapport_app, rapport_system;
comment on schema files is 'Files and their versions';

create table files.files (
  workspace_id uuid not null,
  id uuid not null,
  name text not null check (name <> '' and length(name) <= 255),
  folder text not null default '' check (length(folder) <= 500),
  purpose text not null default 'file' check (purpose in ('file', 'attachment', 'deliverable', 'receipt', 'avatar', 'logo', 'document')),
  visibility text not null default 'internal' check (visibility in ('internal', 'client')),
  client_id uuid,
  project_id uuid,
  portal_id uuid,
  current_version integer not null default 0 check (current_version >= 0),
  created_by_kind text not null check (created_by_kind in ('member', 'guest', 'system')),
  created_by_id uuid,
  created_by_name text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  version integer not null default 1,
  primary key (workspace_id, id),
  check (created_by_kind = 'system' or created_by_id is not null)
);
comment on table files.files is 'A file by its name, in a folder; its bytes are in versions';
comment on column files.files.current_version is 'Newest version that is ready; 0 while none is';
comment on column files.files.folder is 'Path without slashes at its ends; empty at the top';
create unique index files_name_in_portal on files.files (workspace_id, portal_id, visibility, folder, name)
  where purpose = 'file' and portal_id is not null and deleted_at is null;
create index files_client on files.files (workspace_id, client_id, created_at desc, id desc) where client_id is not null and deleted_at is null;
create index files_project on files.files (workspace_id, project_id, created_at desc, id desc) where project_id is not null and deleted_at is null;
create index files_portal on files.files (workspace_id, portal_id, folder, id) where portal_id is not null and deleted_at is null;
create index files_newest on files.files (workspace_id, created_at desc, id desc) where deleted_at is null;
create index files_bin on files.files (deleted_at) where deleted_at is not null;
select app.make_tenant_table('files.files', system => 'write');

create table files.file_versions (
  workspace_id uuid not null,
  file_id uuid not null,
  number integer not null check (number > 0),
  storage_key text not null check (storage_key <> ''),
  original_name text not null,
  byte_size bigint not null check (byte_size >= 0),
  content_type text not null,
  sha256 bytea not null check (length(sha256) = 32),
  width integer check (width > 0),
  height integer check (height > 0),
  status text not null default 'held' check (status in ('held', 'ready', 'rejected')),
  rejected_reason text,
  checked_at timestamptz,
  uploaded_by_kind text not null check (uploaded_by_kind in ('member', 'guest', 'system')),
  uploaded_by_id uuid,
  uploaded_by_name text,
  created_at timestamptz not null default now(),
  replaced_at timestamptz,
  purged_at timestamptz,
  primary key (workspace_id, file_id, number),
  foreign key (workspace_id, file_id) references files.files (workspace_id, id) on delete cascade,
  unique (workspace_id, storage_key),
  check ((status = 'rejected') = (rejected_reason is not null)),
  check (uploaded_by_kind = 'system' or uploaded_by_id is not null)
);
comment on table files.file_versions is 'The bytes of a file at one time; held back until judged by their content';
comment on column files.file_versions.purged_at is 'When the bytes of a replaced version were removed';
create index file_versions_held on files.file_versions (created_at) where status = 'held';
create index file_versions_replaced on files.file_versions (replaced_at) where replaced_at is not null and purged_at is null;
select app.make_tenant_table('files.file_versions', system => 'write');

create table files.uploads (
  workspace_id uuid not null,
  id uuid not null,
  file_id uuid,
  name text not null check (name <> '' and length(name) <= 255),
  folder text not null default '',
  declared_type text,
  total_bytes bigint check (total_bytes >= 0),
  received_bytes bigint not null default 0 check (received_bytes >= 0),
  storage_key text not null,
  client_id uuid,
  project_id uuid,
  portal_id uuid,
  visibility text not null default 'internal' check (visibility in ('internal', 'client')),
  started_by_kind text not null check (started_by_kind in ('member', 'guest')),
  started_by_id uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  expires_at timestamptz not null,
  finished_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, file_id) references files.files (workspace_id, id) on delete cascade,
  check (total_bytes is null or received_bytes <= total_bytes)
);
comment on table files.uploads is 'An upload under way, that may be resumed until it expires';
create index uploads_unfinished on files.uploads (expires_at) where finished_at is null;
create index uploads_file on files.uploads (workspace_id, file_id) where file_id is not null;
select app.make_tenant_table('files.uploads', system => 'write');

create table files.downloads (
  workspace_id uuid not null,
  id uuid not null,
  file_id uuid not null,
  version_number integer not null,
  by_kind text not null check (by_kind in ('member', 'guest', 'system')),
  by_id uuid,
  by_name text,
  ip text,
  at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, file_id) references files.files (workspace_id, id) on delete cascade
);
comment on table files.downloads is 'Who fetched which version of a file, and when';
create index downloads_file on files.downloads (workspace_id, file_id, at desc, id desc);
select app.make_tenant_table('files.downloads', append_only => true);

create table files.usage (
  workspace_id uuid not null,
  stored_bytes bigint not null default 0 check (stored_bytes >= 0),
  file_count bigint not null default 0 check (file_count >= 0),
  quota_bytes bigint check (quota_bytes >= 0),
  updated_at timestamptz not null default now(),
  primary key (workspace_id)
);
comment on table files.usage is 'Bytes a workspace stores, counted with each version, against its quota';
select app.make_tenant_table('files.usage', system => 'write');

create view files.v_versions with (security_invoker = true) as
select v.workspace_id, v.file_id, v.number, f.name, v.content_type, v.byte_size, v.sha256, v.status, v.purged_at
from files.file_versions v
join files.files f on f.workspace_id = v.workspace_id and f.id = v.file_id
where f.deleted_at is null;
comment on view files.v_versions is 'Versions of files for modules above: name, size, hash';
grant select on files.v_versions to rapport_app;

create view files.v_file_versions with (security_invoker = true) as
select v.workspace_id, v.file_id, v.number, f.name, f.visibility, f.portal_id, v.content_type, v.byte_size, v.status
from files.file_versions v
join files.files f on f.workspace_id = v.workspace_id and f.id = v.file_id
where f.deleted_at is null and v.purged_at is null;
comment on view files.v_file_versions is 'Versions of files that can still be fetched, for modules above';
grant select on files.v_file_versions to rapport_app;
