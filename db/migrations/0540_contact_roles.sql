-- Who of a client gets its invoices, for the module that sends them.
create view clients.v_contact_roles with (security_invoker = true) as
select workspace_id, contact_id, role
from clients.contact_roles;
comment on view clients.v_contact_roles is 'What contacts are there for, for modules above';

grant select on clients.v_contact_roles to rapport_app;
