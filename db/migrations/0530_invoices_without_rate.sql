-- An invoice in a foreign currency may be issued while nobody knows the rate: currencies are never
-- summed together, so nothing asks for one until revenue is to be converted.
alter table invoicing.invoices
  drop constraint invoices_complete_when_issued,
  add constraint invoices_complete_when_issued check (
    (state = 'draft' and issued_at is null and issue_date is null)
    or (state <> 'draft' and issued_at is not null and issue_date is not null and due_date is not null
        and seller is not null and buyer is not null));
comment on column invoicing.invoices.exchange_rate is 'To the currency of the workspace, frozen at issue; null while unknown';

alter table invoicing.payments
  alter column exchange_rate drop not null,
  alter column exchange_rate drop default;
comment on column invoicing.payments.exchange_rate is 'To the currency of the workspace; null while unknown';
