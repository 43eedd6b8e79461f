-- Invoices and payments: what is owed, what it was made from, how it was sent, what came in.

create schema invoicing;
comment on schema invoicing is 'Invoices, their sources and deliveries, payments and the payment provider''s events';
grant usage on schema invoicing to rapport_app, rapport_system;

-- Numbers and taxes -----------------------------------------------------------

create table invoicing.counters (
  workspace_id uuid not null,
  kind text not null check (kind in ('invoice', 'credit_note')),
  next bigint not null default 1 check (next > 0),
  primary key (workspace_id, kind)
);
comment on table invoicing.counters is 'Next number of each kind of document, taken in the transaction that issues, so that no number is missing';
select app.make_tenant_table('invoicing.counters');

create table invoicing.tax_rates (
  workspace_id uuid not null,
  id uuid not null,
  name text not null check (length(name) between 1 and 60),
  percent numeric(7, 4) not null check (percent between 0 and 100),
  is_compound boolean not null default false,
  exemption_reason text check (length(exemption_reason) between 1 and 300),
  is_default boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  archived_at timestamptz,
  primary key (workspace_id, id)
);
comment on table invoicing.tax_rates is 'Tax rates to choose from; documents copy what they use';
create unique index tax_rates_one_default on invoicing.tax_rates (workspace_id) where is_default and archived_at is null;
create unique index tax_rates_name on invoicing.tax_rates (workspace_id, name) where archived_at is null;
select app.make_tenant_table('invoicing.tax_rates');

-- Invoices --------------------------------------------------------------------

create table invoicing.invoices (
  workspace_id uuid not null,
  id uuid not null,
  kind text not null default 'invoice' check (kind in ('invoice', 'credit_note')),
  credits_id uuid,
  invoice_number text collate "C",
  client_id uuid not null,
  project_id uuid,
  state text not null default 'draft' check (state in ('draft', 'issued', 'void')),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  exchange_rate numeric(18, 8) check (exchange_rate > 0),
  prices_include_tax boolean not null default false,
  tax_rounding text not null default 'line' check (tax_rounding in ('line', 'invoice')),
  subtotal_cents bigint not null default 0 check (subtotal_cents >= 0),
  discount_cents bigint not null default 0 check (discount_cents >= 0),
  tax_cents bigint not null default 0 check (tax_cents >= 0),
  total_cents bigint not null default 0 check (total_cents >= 0),
  paid_cents bigint not null default 0 check (paid_cents >= 0),
  credited_cents bigint not null default 0 check (credited_cents >= 0),
  issue_date date,
  due_date date,
  period_from date,
  period_to date,
  purchase_order text not null default '' check (length(purchase_order) <= 100),
  notes text not null default '' check (length(notes) <= 10000),
  terms text not null default '' check (length(terms) <= 10000),
  shows_timesheet boolean not null default false,
  seller jsonb,
  buyer jsonb,
  created_by uuid,
  issued_by uuid,
  issued_at timestamptz,
  sent_at timestamptz,
  viewed_at timestamptz,
  paid_at timestamptz,
  overdue_at timestamptz,
  voided_at timestamptz,
  voided_by uuid,
  void_reason text check (length(void_reason) between 1 and 2000),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, client_id, id),
  foreign key (workspace_id, client_id) references clients.clients (workspace_id, id),
  foreign key (workspace_id, client_id, project_id) references projects.projects (workspace_id, client_id, id),
  foreign key (workspace_id, client_id, credits_id) references invoicing.invoices (workspace_id, client_id, id),
  foreign key (workspace_id, created_by) references identity.memberships (workspace_id, id),
  foreign key (workspace_id, issued_by) references identity.memberships (workspace_id, id),
  foreign key (workspace_id, voided_by) references identity.memberships (workspace_id, id),
  constraint invoices_credit_note_credits_one check ((kind = 'credit_note') = (credits_id is not null)),
  constraint invoices_numbered_when_issued check ((state = 'draft') = (invoice_number is null)),
  constraint invoices_complete_when_issued check (
    (state = 'draft' and issued_at is null and issue_date is null)
    or (state <> 'draft' and issued_at is not null and issue_date is not null and due_date is not null
        and seller is not null and buyer is not null and exchange_rate is not null)),
  constraint invoices_due_after_issue check (due_date >= issue_date),
  constraint invoices_period_in_order check (period_to >= period_from),
  constraint invoices_total_is_the_sum check (total_cents = subtotal_cents - discount_cents
    + case when prices_include_tax then 0 else tax_cents end),
  constraint invoices_paid_within_total check (paid_cents <= total_cents and credited_cents <= total_cents),
  constraint invoices_draft_is_not_paid check (state <> 'draft' or (paid_cents = 0 and credited_cents = 0 and sent_at is null and paid_at is null)),
  constraint invoices_void_with_a_reason check (
    (state = 'void') = (voided_at is not null) and (state = 'void') = (void_reason is not null)),
  constraint invoices_void_is_not_paid check (state <> 'void' or paid_cents = 0)
);
comment on table invoicing.invoices is 'Invoices and credit notes; once issued only what happens to them changes';
comment on column invoicing.invoices.state is 'What was done; sent, viewed, partially paid, paid and overdue follow from the other columns';
comment on column invoicing.invoices.invoice_number is 'Prefix and number from the counter, given at issue';
comment on column invoicing.invoices.subtotal_cents is 'Sum of the lines; includes tax when prices do';
comment on column invoicing.invoices.discount_cents is 'Discount on the whole invoice, beyond those of the lines; tax is reckoned on what is left';
comment on column invoicing.invoices.shows_timesheet is 'Whether the time behind it is printed on pages of its own';
comment on column invoicing.invoices.overdue_at is 'When it was told that the due date had passed';
comment on column invoicing.invoices.paid_cents is 'Sum of the allocations of payments, kept in step by the statements that change them';
comment on column invoicing.invoices.credited_cents is 'Sum of the issued credit notes on it, kept in step likewise';
comment on column invoicing.invoices.exchange_rate is 'To the currency of the workspace, frozen at issue';
comment on column invoicing.invoices.seller is 'Name, address, tax ids and bank details of the workspace as printed';
comment on column invoicing.invoices.buyer is 'Name, address and tax ids of the client as printed';
create unique index invoices_number on invoicing.invoices (workspace_id, kind, invoice_number) where invoice_number is not null;
create index invoices_by_creation on invoicing.invoices (workspace_id, created_at desc, id desc);
create index invoices_by_state on invoicing.invoices (workspace_id, state, created_at desc, id desc);
create index invoices_of_client on invoicing.invoices (workspace_id, client_id, created_at desc, id desc);
create index invoices_of_project on invoicing.invoices (workspace_id, client_id, project_id) where project_id is not null;
create index invoices_by_project on invoicing.invoices (workspace_id, project_id, created_at desc, id desc) where project_id is not null;
create index invoices_by_issue on invoicing.invoices (workspace_id, issue_date desc, id desc) where issue_date is not null;
create index invoices_open on invoicing.invoices (workspace_id, due_date, id) where state = 'issued' and kind = 'invoice' and paid_at is null;
create index invoices_credits on invoicing.invoices (workspace_id, client_id, credits_id) where credits_id is not null;
create index invoices_falling_due on invoicing.invoices (due_date) where state = 'issued' and kind = 'invoice' and paid_at is null;
select app.make_tenant_table('invoicing.invoices', system => 'read');

create table invoicing.invoice_projects (
  workspace_id uuid not null,
  invoice_id uuid not null,
  project_id uuid not null,
  primary key (workspace_id, invoice_id, project_id),
  foreign key (workspace_id, invoice_id) references invoicing.invoices (workspace_id, id) on delete cascade,
  foreign key (workspace_id, project_id) references projects.projects (workspace_id, id)
);
comment on table invoicing.invoice_projects is 'All projects an invoice bills for; the column on the invoice names one when there is only one';
create index invoice_projects_of_project on invoicing.invoice_projects (workspace_id, project_id, invoice_id);
select app.make_tenant_table('invoicing.invoice_projects');

create table invoicing.invoice_lines (
  workspace_id uuid not null,
  id uuid not null,
  invoice_id uuid not null,
  position integer not null,
  description text not null check (length(description) between 1 and 2000),
  detail text not null default '' check (length(detail) <= 10000),
  quantity numeric(16, 6) not null check (quantity >= 0),
  unit text not null default '' check (length(unit) <= 30),
  unit_price_cents bigint not null,
  discount_percent numeric(7, 4) not null default 0 check (discount_percent between 0 and 100),
  discount_cents bigint not null default 0,
  amount_cents bigint not null,
  tax_cents bigint not null default 0,
  source_kind text not null default 'free' check (source_kind in ('time', 'expense', 'milestone', 'free')),
  project_id uuid,
  lineage_id uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, invoice_id, id),
  unique (workspace_id, invoice_id, position) deferrable initially immediate,
  foreign key (workspace_id, invoice_id) references invoicing.invoices (workspace_id, id) on delete cascade,
  foreign key (workspace_id, project_id) references projects.projects (workspace_id, id)
);
comment on table invoicing.invoice_lines is 'Lines of an invoice, with the amounts as they are printed';
comment on column invoicing.invoice_lines.amount_cents is 'Quantity by price less discount; includes tax when prices do';
comment on column invoicing.invoice_lines.lineage_id is 'The line of the deal or quote it comes from, for the link from offer to invoice';
create index invoice_lines_of_project on invoicing.invoice_lines (workspace_id, project_id) where project_id is not null;
select app.make_tenant_table('invoicing.invoice_lines');

create table invoicing.invoice_line_taxes (
  workspace_id uuid not null,
  invoice_id uuid not null,
  line_id uuid not null,
  position smallint not null,
  tax_rate_id uuid,
  name text not null,
  percent numeric(7, 4) not null check (percent between 0 and 100),
  is_compound boolean not null default false,
  exemption_reason text,
  base_cents bigint not null,
  tax_cents bigint not null,
  primary key (workspace_id, line_id, position),
  foreign key (workspace_id, invoice_id, line_id) references invoicing.invoice_lines (workspace_id, invoice_id, id) on delete cascade,
  foreign key (workspace_id, tax_rate_id) references invoicing.tax_rates (workspace_id, id)
);
comment on table invoicing.invoice_line_taxes is 'Taxes of a line, copied from the rates as they were';
create index invoice_line_taxes_of_invoice on invoicing.invoice_line_taxes (workspace_id, invoice_id, line_id);
create index invoice_line_taxes_of_rate on invoicing.invoice_line_taxes (workspace_id, tax_rate_id) where tax_rate_id is not null;
select app.make_tenant_table('invoicing.invoice_line_taxes');

create table invoicing.invoice_taxes (
  workspace_id uuid not null,
  invoice_id uuid not null,
  position smallint not null,
  name text not null,
  percent numeric(7, 4) not null check (percent between 0 and 100),
  exemption_reason text,
  base_cents bigint not null,
  tax_cents bigint not null,
  primary key (workspace_id, invoice_id, position),
  foreign key (workspace_id, invoice_id) references invoicing.invoices (workspace_id, id) on delete cascade
);
comment on table invoicing.invoice_taxes is 'Tax summary of an invoice by rate, as printed; its sum is the tax of the invoice';
select app.make_tenant_table('invoicing.invoice_taxes');

create table invoicing.invoice_line_sources (
  workspace_id uuid not null,
  id uuid not null,
  invoice_id uuid not null,
  line_id uuid not null,
  source_kind text not null check (source_kind in ('time', 'expense', 'milestone')),
  source_id uuid not null,
  project_id uuid,
  member_id uuid,
  date date,
  description text not null default '',
  seconds bigint check (seconds >= 0),
  rate_cents bigint check (rate_cents >= 0),
  amount_cents bigint not null,
  created_at timestamptz not null default now(),
  released_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, invoice_id, line_id) references invoicing.invoice_lines (workspace_id, invoice_id, id) on delete cascade,
  foreign key (workspace_id, project_id) references projects.projects (workspace_id, id),
  foreign key (workspace_id, member_id) references identity.memberships (workspace_id, id)
);
comment on table invoicing.invoice_line_sources is 'What a line bills: a source is held by one invoice until that is deleted or void';
create unique index invoice_line_sources_billed_once on invoicing.invoice_line_sources (workspace_id, source_kind, source_id) where released_at is null;
create index invoice_line_sources_of_line on invoicing.invoice_line_sources (workspace_id, invoice_id, line_id);
create index invoice_line_sources_of_project on invoicing.invoice_line_sources (workspace_id, project_id) where project_id is not null;
select app.make_tenant_table('invoicing.invoice_line_sources');

create function invoicing.keep_invoice() returns trigger language plpgsql set search_path = pg_catalog as $$
declare
  may_change constant text[] := array[
    'state', 'paid_cents', 'credited_cents', 'sent_at', 'viewed_at', 'paid_at',
    'overdue_at', 'voided_at', 'voided_by', 'void_reason', 'version', 'updated_at'];
begin
  if old.state <> 'draft' and (
    tg_op = 'DELETE'
    or (new.state <> old.state and not (old.state = 'issued' and new.state = 'void'))
    or (to_jsonb(new) - may_change) is distinct from (to_jsonb(old) - may_change)
  ) then
    raise exception 'the invoice % is issued', old.invoice_number
      using errcode = '23514', schema = 'invoicing', table = 'invoices', constraint = 'invoices_issued_is_immutable';
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end
$$;
comment on function invoicing.keep_invoice() is 'Keeps issued invoices as they are';
revoke execute on function invoicing.keep_invoice() from public;
create trigger keep_invoice before update or delete on invoicing.invoices
  for each row execute function invoicing.keep_invoice();

-- The invoice is locked against being issued meanwhile. When it is gone already,
-- its lines go with it: only drafts can be deleted.
create function invoicing.keep_invoice_parts() returns trigger language plpgsql set search_path = pg_catalog as $$
declare
  invoice_state text;
  part jsonb;
begin
  if tg_op = 'UPDATE' and tg_argv[0] is not null
    and (to_jsonb(new) - tg_argv[0]) = (to_jsonb(old) - tg_argv[0]) then
    return new;
  end if;
  foreach part in array case tg_op
    when 'INSERT' then array[to_jsonb(new)]
    when 'DELETE' then array[to_jsonb(old)]
    else array[to_jsonb(old), to_jsonb(new)] end
  loop
    select invoice.state into invoice_state from invoicing.invoices as invoice
      where invoice.workspace_id = (part ->> 'workspace_id')::uuid and invoice.id = (part ->> 'invoice_id')::uuid
      for share;
    if invoice_state <> 'draft' then
      raise exception 'the invoice is issued'
        using errcode = '23514', schema = 'invoicing', table = tg_table_name, constraint = 'invoices_issued_is_immutable';
    end if;
  end loop;
  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end
$$;
comment on function invoicing.keep_invoice_parts() is 'Keeps lines, taxes and sources of issued invoices as they are; the argument names a column that may change';
revoke execute on function invoicing.keep_invoice_parts() from public;
create trigger keep_invoice_parts before insert or update or delete on invoicing.invoice_projects
  for each row execute function invoicing.keep_invoice_parts();
create trigger keep_invoice_parts before insert or update or delete on invoicing.invoice_lines
  for each row execute function invoicing.keep_invoice_parts();
create trigger keep_invoice_parts before insert or update or delete on invoicing.invoice_line_taxes
  for each row execute function invoicing.keep_invoice_parts();
create trigger keep_invoice_parts before insert or update or delete on invoicing.invoice_taxes
  for each row execute function invoicing.keep_invoice_parts();
create trigger keep_invoice_parts before insert or update or delete on invoicing.invoice_line_sources
  for each row execute function invoicing.keep_invoice_parts('released_at');

-- Documents and deliveries ----------------------------------------------------

create table invoicing.invoice_pdfs (
  workspace_id uuid not null,
  invoice_id uuid not null,
  storage_key text not null check (length(storage_key) between 1 and 500),
  byte_size bigint not null check (byte_size > 0),
  sha256 bytea not null check (length(sha256) = 32),
  made_at timestamptz not null default now(),
  primary key (workspace_id, invoice_id),
  foreign key (workspace_id, invoice_id) references invoicing.invoices (workspace_id, id)
);
comment on table invoicing.invoice_pdfs is 'The one PDF of an issued invoice: the same bytes for ever';
select app.make_tenant_table('invoicing.invoice_pdfs', append_only => true);

create table invoicing.invoice_attachments (
  workspace_id uuid not null,
  invoice_id uuid not null,
  file_id uuid not null,
  file_version integer not null,
  added_at timestamptz not null default now(),
  primary key (workspace_id, invoice_id, file_id),
  foreign key (workspace_id, invoice_id) references invoicing.invoices (workspace_id, id) on delete cascade,
  foreign key (workspace_id, file_id, file_version) references files.file_versions (workspace_id, file_id, number)
);
comment on table invoicing.invoice_attachments is 'Files that go out with an invoice';
create index invoice_attachments_of_file on invoicing.invoice_attachments (workspace_id, file_id, file_version);
select app.make_tenant_table('invoicing.invoice_attachments');

create table invoicing.invoice_deliveries (
  workspace_id uuid not null,
  id uuid not null,
  invoice_id uuid not null,
  email text not null check (length(email) between 3 and 254),
  recipient_kind text not null default 'to' check (recipient_kind in ('to', 'cc')),
  purpose text not null default 'invoice' check (purpose in ('invoice', 'reminder', 'receipt', 'void')),
  mail_id uuid,
  status text not null default 'queued' check (status in ('queued', 'sent', 'delivered', 'opened', 'bounced', 'failed')),
  error text check (length(error) <= 2000),
  sent_by uuid,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  delivered_at timestamptz,
  opened_at timestamptz,
  failed_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, invoice_id) references invoicing.invoices (workspace_id, id) on delete cascade,
  foreign key (workspace_id, sent_by) references identity.memberships (workspace_id, id)
);
comment on table invoicing.invoice_deliveries is 'To whom an invoice, a reminder or a receipt went, and what became of it';
create index invoice_deliveries_in_order on invoicing.invoice_deliveries (workspace_id, invoice_id, created_at desc, id desc);
create index invoice_deliveries_of_mail on invoicing.invoice_deliveries (workspace_id, mail_id) where mail_id is not null;
select app.make_tenant_table('invoicing.invoice_deliveries');

create table invoicing.view_tokens (
  workspace_id uuid not null,
  id uuid not null,
  invoice_id uuid not null,
  contact_id uuid,
  token_hash bytea not null check (length(token_hash) = 32),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  last_used_at timestamptz,
  primary key (workspace_id, id),
  unique (workspace_id, token_hash),
  foreign key (workspace_id, invoice_id) references invoicing.invoices (workspace_id, id) on delete cascade,
  foreign key (workspace_id, contact_id) references clients.contacts (workspace_id, id)
);
comment on table invoicing.view_tokens is 'Links to look at and pay one invoice without signing in; only the hash is kept';
create index view_tokens_by_hash on invoicing.view_tokens (token_hash);
create index view_tokens_of_invoice on invoicing.view_tokens (workspace_id, invoice_id);
create index view_tokens_of_contact on invoicing.view_tokens (workspace_id, contact_id) where contact_id is not null;
create index view_tokens_to_sweep on invoicing.view_tokens (expires_at);
select app.make_tenant_table('invoicing.view_tokens', system => 'read');

create table invoicing.invoice_views (
  workspace_id uuid not null,
  id uuid not null,
  invoice_id uuid not null,
  viewer_kind text not null check (viewer_kind in ('guest', 'link')),
  contact_id uuid,
  ip text,
  user_agent text,
  viewed_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, invoice_id) references invoicing.invoices (workspace_id, id) on delete cascade,
  foreign key (workspace_id, contact_id) references clients.contacts (workspace_id, id)
);
comment on table invoicing.invoice_views is 'Each time somebody of the client looked at an invoice';
create index invoice_views_in_order on invoicing.invoice_views (workspace_id, invoice_id, viewed_at desc, id desc);
create index invoice_views_of_contact on invoicing.invoice_views (workspace_id, contact_id) where contact_id is not null;
select app.make_tenant_table('invoicing.invoice_views', append_only => true);

-- Payments --------------------------------------------------------------------

create table invoicing.payment_accounts (
  workspace_id uuid not null,
  provider text not null check (provider in ('stripe')),
  account_id text collate "C" not null check (length(account_id) between 1 and 255),
  charges_enabled boolean not null default false,
  payouts_enabled boolean not null default false,
  application_fee_bps integer not null default 100 check (application_fee_bps between 0 and 10000),
  connected_by uuid,
  connected_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, provider),
  unique (workspace_id, account_id),
  foreign key (workspace_id, connected_by) references identity.memberships (workspace_id, id)
);
comment on table invoicing.payment_accounts is 'The account of the workspace at its payment provider';
create index payment_accounts_by_account on invoicing.payment_accounts (account_id);
select app.make_tenant_table('invoicing.payment_accounts', system => 'read');

create table invoicing.payments (
  workspace_id uuid not null,
  id uuid not null,
  client_id uuid not null,
  method text not null check (method in ('bank', 'cash', 'cheque', 'card', 'direct_debit', 'other')),
  status text not null default 'succeeded' check (status in ('pending', 'succeeded', 'failed', 'disputed')),
  amount_cents bigint not null check (amount_cents > 0),
  allocated_cents bigint not null default 0 check (allocated_cents >= 0),
  refunded_cents bigint not null default 0 check (refunded_cents >= 0),
  fee_cents bigint not null default 0 check (fee_cents >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  exchange_rate numeric(18, 8) not null default 1 check (exchange_rate > 0),
  received_on date not null,
  reference text not null default '' check (length(reference) <= 200),
  notes text not null default '' check (length(notes) <= 5000),
  provider text check (provider in ('stripe')),
  provider_payment_id text collate "C",
  failure text check (length(failure) <= 2000),
  recorded_by uuid,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, client_id, id),
  foreign key (workspace_id, client_id) references clients.clients (workspace_id, id),
  foreign key (workspace_id, recorded_by) references identity.memberships (workspace_id, id),
  constraint payments_not_spent_twice check (allocated_cents + refunded_cents <= amount_cents),
  constraint payments_allocated_when_received check (allocated_cents = 0 or status in ('succeeded', 'disputed')),
  constraint payments_by_provider_or_person check ((provider is null) = (provider_payment_id is null))
);
comment on table invoicing.payments is 'Money received from a client; what is neither allocated nor refunded is credit';
comment on column invoicing.payments.allocated_cents is 'Sum of its allocations, kept in step by the statements that change them';
create unique index payments_once_per_provider on invoicing.payments (workspace_id, provider, provider_payment_id) where provider is not null;
create index payments_by_provider on invoicing.payments (provider_payment_id) where provider is not null;
create index payments_by_date on invoicing.payments (workspace_id, received_on desc, id desc);
create index payments_of_client on invoicing.payments (workspace_id, client_id, received_on desc, id desc);
select app.make_tenant_table('invoicing.payments', system => 'read');

create table invoicing.payment_allocations (
  workspace_id uuid not null,
  payment_id uuid not null,
  invoice_id uuid not null,
  client_id uuid not null,
  amount_cents bigint not null check (amount_cents > 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, payment_id, invoice_id),
  foreign key (workspace_id, client_id, payment_id) references invoicing.payments (workspace_id, client_id, id),
  foreign key (workspace_id, client_id, invoice_id) references invoicing.invoices (workspace_id, client_id, id)
);
comment on table invoicing.payment_allocations is 'How much of a payment pays which invoice, both of one client';
create index payment_allocations_of_invoice on invoicing.payment_allocations (workspace_id, client_id, invoice_id);
create index payment_allocations_by_invoice on invoicing.payment_allocations (workspace_id, invoice_id);
select app.make_tenant_table('invoicing.payment_allocations');

create table invoicing.refunds (
  workspace_id uuid not null,
  id uuid not null,
  payment_id uuid not null,
  amount_cents bigint not null check (amount_cents > 0),
  reason text not null default '' check (length(reason) <= 2000),
  status text not null default 'succeeded' check (status in ('pending', 'succeeded', 'failed')),
  provider_refund_id text collate "C",
  failure text check (length(failure) <= 2000),
  refunded_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, payment_id) references invoicing.payments (workspace_id, id),
  foreign key (workspace_id, refunded_by) references identity.memberships (workspace_id, id)
);
comment on table invoicing.refunds is 'Money given back out of a payment';
create unique index refunds_once_per_provider on invoicing.refunds (workspace_id, provider_refund_id) where provider_refund_id is not null;
create index refunds_of_payment on invoicing.refunds (workspace_id, payment_id, created_at);
select app.make_tenant_table('invoicing.refunds');

create table invoicing.pay_links (
  workspace_id uuid not null,
  id uuid not null,
  invoice_id uuid not null,
  provider text not null check (provider in ('stripe')),
  provider_session_id text collate "C",
  url text check (length(url) <= 2000),
  amount_cents bigint not null check (amount_cents > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  idempotency_key text not null check (length(idempotency_key) between 1 and 255),
  status text not null default 'creating' check (status in ('creating', 'open', 'completed', 'expired', 'failed')),
  failure text check (length(failure) <= 2000),
  payment_id uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  expires_at timestamptz,
  primary key (workspace_id, id),
  unique (workspace_id, idempotency_key),
  foreign key (workspace_id, invoice_id) references invoicing.invoices (workspace_id, id),
  foreign key (workspace_id, payment_id) references invoicing.payments (workspace_id, id),
  constraint pay_links_open_with_a_page check (status not in ('open', 'completed') or (provider_session_id is not null and url is not null))
);
comment on table invoicing.pay_links is 'Checkout pages opened at the provider for an invoice';
create unique index pay_links_one_open on invoicing.pay_links (workspace_id, invoice_id) where status in ('creating', 'open');
create unique index pay_links_session on invoicing.pay_links (workspace_id, provider, provider_session_id) where provider_session_id is not null;
create index pay_links_by_session on invoicing.pay_links (provider_session_id) where provider_session_id is not null;
create index pay_links_of_invoice on invoicing.pay_links (workspace_id, invoice_id, created_at desc);
create index pay_links_of_payment on invoicing.pay_links (workspace_id, payment_id) where payment_id is not null;
create index pay_links_to_expire on invoicing.pay_links (expires_at) where status in ('creating', 'open');
select app.make_tenant_table('invoicing.pay_links', system => 'read');

-- Stored before anything is known about it, the workspace included; hence global
-- and out of reach of rapport_app.
create table invoicing.stripe_events (
  id text collate "C" primary key check (length(id) between 1 and 255),
  kind text not null,
  account_id text collate "C",
  is_live boolean not null,
  body bytea not null,
  signature text not null,
  workspace_id uuid references identity.workspaces (id) on delete cascade,
  received_at timestamptz not null default now(),
  processed_at timestamptz,
  attempts integer not null default 0 check (attempts >= 0),
  last_error text
);
comment on table invoicing.stripe_events is 'Events of the payment provider as they came, each id once; kept for replay';
comment on column invoicing.stripe_events.workspace_id is 'Filled once the workspace has been found';
create index stripe_events_waiting on invoicing.stripe_events (received_at) where processed_at is null;
create index stripe_events_to_sweep on invoicing.stripe_events (received_at) where processed_at is not null;
create index stripe_events_of_workspace on invoicing.stripe_events (workspace_id) where workspace_id is not null;
alter table invoicing.stripe_events enable row level security;
alter table invoicing.stripe_events force row level security;
create policy of_all on invoicing.stripe_events to rapport_system using (true) with check (true);
grant select, insert, update, delete on invoicing.stripe_events to rapport_system;

-- Published to the floors above ------------------------------------------------

create view invoicing.v_invoices with (security_invoker = true) as
select workspace_id, id, kind, credits_id, invoice_number, client_id, project_id, state, currency,
       subtotal_cents, discount_cents, tax_cents, total_cents, paid_cents, credited_cents,
       greatest(total_cents - paid_cents - credited_cents, 0) as open_cents,
       issue_date, due_date, issued_at, sent_at, viewed_at, paid_at, voided_at, created_at
from invoicing.invoices
where state <> 'draft';
comment on view invoicing.v_invoices is 'Invoices and credit notes that were issued, void ones too';

create view invoicing.v_client_balances with (security_invoker = true) as
select workspace_id, client_id, currency,
       count(*) filter (where total_cents > paid_cents + credited_cents) as open_invoices,
       coalesce(sum(greatest(total_cents - paid_cents - credited_cents, 0)), 0)::bigint as open_cents,
       coalesce(sum(paid_cents), 0)::bigint as paid_cents,
       min(due_date) filter (where total_cents > paid_cents + credited_cents) as oldest_due_date,
       max(paid_at) as last_paid_at
from invoicing.invoices
where state = 'issued' and kind = 'invoice'
group by workspace_id, client_id, currency;
comment on view invoicing.v_client_balances is 'Per client and currency: what is open, since when, and what was paid';

create view invoicing.v_payments with (security_invoker = true) as
select workspace_id, id, client_id, method, status, amount_cents, allocated_cents, refunded_cents,
       amount_cents - allocated_cents - refunded_cents as unapplied_cents, currency, received_on, created_at
from invoicing.payments;
comment on view invoicing.v_payments is 'Payments with what is left of them to apply';

create view invoicing.v_guest_invoices with (security_invoker = true) as
select workspace_id, id, kind, invoice_number, client_id, currency, subtotal_cents, discount_cents, tax_cents, total_cents,
       paid_cents, credited_cents, greatest(total_cents - paid_cents - credited_cents, 0) as open_cents,
       issue_date, due_date, paid_at, notes, terms, prices_include_tax
from invoicing.invoices
where state = 'issued';
comment on view invoicing.v_guest_invoices is 'Columns and rows of invoices and credit notes that a guest of the client may see';

create view invoicing.v_guest_invoice_lines with (security_invoker = true) as
select line.workspace_id, line.invoice_id, line.position, line.description, line.detail, line.quantity, line.unit,
       line.unit_price_cents, line.amount_cents
from invoicing.invoice_lines as line
join invoicing.invoices as invoice on invoice.workspace_id = line.workspace_id and invoice.id = line.invoice_id
where invoice.state = 'issued';
comment on view invoicing.v_guest_invoice_lines is 'Lines of those invoices, as printed';

grant select on invoicing.v_guest_invoices, invoicing.v_guest_invoice_lines to rapport_app;
grant select on invoicing.v_invoices, invoicing.v_client_balances, invoicing.v_payments to rapport_app;
