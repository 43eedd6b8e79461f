-- Whoever serves can tell whether the database is as new as the program.
grant usage on schema app to rapport_system;
grant select on app.migrations to rapport_system;
