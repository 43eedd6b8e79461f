-- A year of money received, and of days until an invoice was paid, is read from an index alone:
-- the rows it is reckoned from lie scattered over their tables, and every look at the invoices wants it.

create index concurrently if not exists payments_received on invoicing.payments (workspace_id, received_on)
  include (currency, amount_cents, refunded_cents) where status = 'succeeded';
create index concurrently if not exists invoices_paid on invoicing.invoices (workspace_id, paid_at)
  include (issue_date, total_cents) where kind = 'invoice' and state = 'issued' and paid_at is not null;
