-- Reminders of missing timesheets go out on the morning of each workspace: the clock reads where it is.
grant select on identity.v_workspace to rapport_system;
