-- Conversations: one thread with a client's contact, whatever the channels.

create schema conversations;
comment on schema conversations is 'Threads with clients and the messages in them';
grant usage on schema conversations to rapport_app, rapport_system;

create table conversations.conversations (
  workspace_id uuid not null,
  id uuid not null,
  client_id uuid not null,
  contact_id uuid,
  portal_id uuid,
  subject text not null default '' check (length(subject) <= 300),
  status text not null default 'open' check (status in ('open', 'snoozed', 'closed')),
  snoozed_until timestamptz,
  assigned_to uuid,
  message_count integer not null default 0 check (message_count >= 0),
  last_message_at timestamptz,
  last_inbound_at timestamptz,
  last_outbound_at timestamptz,
  last_preview text not null default '' check (length(last_preview) <= 300),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, client_id) references clients.clients (workspace_id, id) on delete cascade,
  foreign key (workspace_id, contact_id) references clients.contacts (workspace_id, id),
  foreign key (workspace_id, assigned_to) references identity.memberships (workspace_id, id),
  constraint conversations_snoozed_until_when check ((status = 'snoozed') = (snoozed_until is not null))
);
comment on table conversations.conversations is 'One thread with a client, about one contact or one portal';
comment on column conversations.conversations.portal_id is 'The portal it is shown in; portals stand above, hence no foreign key';
comment on column conversations.conversations.last_preview is 'Beginning of the newest message that is not internal, for the inbox';
create unique index conversations_one_per_portal on conversations.conversations (workspace_id, portal_id) where portal_id is not null;
create index conversations_by_last_message on conversations.conversations (workspace_id, last_message_at desc, id desc);
create index conversations_by_status on conversations.conversations (workspace_id, status, last_message_at desc, id desc);
create index conversations_of_member on conversations.conversations (workspace_id, assigned_to, status, last_message_at desc, id desc) where assigned_to is not null;
create index conversations_of_client on conversations.conversations (workspace_id, client_id, last_message_at desc, id desc);
create index conversations_of_contact on conversations.conversations (workspace_id, contact_id) where contact_id is not null;
create index conversations_to_wake on conversations.conversations (snoozed_until) where status = 'snoozed';
select app.make_tenant_table('conversations.conversations', system => 'read');

create table conversations.messages (
  workspace_id uuid not null,
  id uuid not null,
  conversation_id uuid not null,
  channel text not null check (channel in ('portal', 'email', 'note')),
  direction text not null check (direction in ('inbound', 'outbound', 'internal')),
  is_internal boolean not null default true,
  author_kind text not null check (author_kind in ('member', 'guest', 'system')),
  author_member_id uuid,
  author_contact_id uuid,
  author_name text not null check (length(author_name) between 1 and 200),
  body text not null check (length(body) <= 50000),
  mail_message_id text collate "C",
  created_at timestamptz not null default now(),
  edited_at timestamptz,
  deleted_at timestamptz,
  primary key (workspace_id, id),
  unique (workspace_id, conversation_id, id),
  foreign key (workspace_id, conversation_id) references conversations.conversations (workspace_id, id) on delete cascade,
  foreign key (workspace_id, author_member_id) references identity.memberships (workspace_id, id),
  foreign key (workspace_id, author_contact_id) references clients.contacts (workspace_id, id),
  constraint messages_by_one_author check (
    (author_kind = 'member' and author_member_id is not null and author_contact_id is null)
    or (author_kind = 'guest' and author_contact_id is not null and author_member_id is null)
    or (author_kind = 'system' and author_member_id is null and author_contact_id is null)),
  constraint messages_internal_from_the_team check (
    is_internal = (direction = 'internal') and (channel <> 'note' or is_internal)
    and (author_kind <> 'guest' or direction = 'inbound'))
);
comment on table conversations.messages is 'One message of a thread; internal unless the author says otherwise';
comment on column conversations.messages.mail_message_id is 'Message-ID of the mail it came or went as, for replies';
create index messages_in_order on conversations.messages (workspace_id, conversation_id, created_at desc, id desc);
create unique index messages_once_per_mail on conversations.messages (workspace_id, mail_message_id) where mail_message_id is not null;
create index messages_of_contact on conversations.messages (workspace_id, author_contact_id) where author_contact_id is not null;
select app.make_tenant_table('conversations.messages');

create table conversations.message_attachments (
  workspace_id uuid not null,
  message_id uuid not null,
  position smallint not null default 0,
  file_id uuid not null,
  file_version integer not null,
  primary key (workspace_id, message_id, file_id),
  foreign key (workspace_id, message_id) references conversations.messages (workspace_id, id) on delete cascade,
  foreign key (workspace_id, file_id, file_version) references files.file_versions (workspace_id, file_id, number)
);
comment on table conversations.message_attachments is 'Files that came with a message, in the version they had then';
create index message_attachments_of_file on conversations.message_attachments (workspace_id, file_id, file_version);
select app.make_tenant_table('conversations.message_attachments');

create table conversations.message_mentions (
  workspace_id uuid not null,
  message_id uuid not null,
  member_id uuid not null,
  primary key (workspace_id, message_id, member_id),
  foreign key (workspace_id, message_id) references conversations.messages (workspace_id, id) on delete cascade,
  foreign key (workspace_id, member_id) references identity.memberships (workspace_id, id)
);
comment on table conversations.message_mentions is 'Members a message speaks to';
create index message_mentions_of_member on conversations.message_mentions (workspace_id, member_id, message_id);
select app.make_tenant_table('conversations.message_mentions');

create table conversations.message_reads (
  workspace_id uuid not null,
  message_id uuid not null,
  reader_kind text not null check (reader_kind in ('member', 'guest')),
  reader_id uuid not null,
  read_at timestamptz not null,
  primary key (workspace_id, message_id, reader_kind, reader_id),
  foreign key (workspace_id, message_id) references conversations.messages (workspace_id, id) on delete cascade
);
comment on table conversations.message_reads is 'Read receipts: when each reader first saw a message of someone else';
comment on column conversations.message_reads.reader_id is 'A membership, or the contact a guest is';
select app.make_tenant_table('conversations.message_reads');

create table conversations.readers (
  workspace_id uuid not null,
  conversation_id uuid not null,
  reader_kind text not null check (reader_kind in ('member', 'guest')),
  reader_id uuid not null,
  read_until timestamptz not null,
  is_muted boolean not null default false,
  primary key (workspace_id, conversation_id, reader_kind, reader_id),
  foreign key (workspace_id, conversation_id) references conversations.conversations (workspace_id, id) on delete cascade
);
comment on table conversations.readers is 'How far each reader has read a thread; what is newer and not their own is unread';
create index readers_by_person on conversations.readers (workspace_id, reader_kind, reader_id, conversation_id);
select app.make_tenant_table('conversations.readers');

-- Published to the floors above ----------------------------------------------

create view conversations.v_guest_messages with (security_invoker = true) as
select message.workspace_id, message.id, message.conversation_id, conversation.portal_id, conversation.client_id,
       message.author_kind, message.author_contact_id, message.author_name, message.created_at, message.edited_at,
       message.deleted_at is not null as is_deleted,
       case when message.deleted_at is null then message.body else '' end as body
from conversations.messages as message
join conversations.conversations as conversation
  on conversation.workspace_id = message.workspace_id and conversation.id = message.conversation_id
where not message.is_internal;
comment on view conversations.v_guest_messages is 'Columns and rows of messages that a guest may see';

create view conversations.v_client_activity with (security_invoker = true) as
select workspace_id, client_id,
       count(*) as conversations_total,
       count(*) filter (where status = 'open') as conversations_open,
       sum(message_count)::bigint as messages_total,
       max(last_inbound_at) as last_inbound_at,
       max(last_outbound_at) as last_outbound_at
from conversations.conversations
group by workspace_id, client_id;
comment on view conversations.v_client_activity is 'Per client: how much was written and when last, in each direction';

grant select on conversations.v_guest_messages, conversations.v_client_activity to rapport_app;
