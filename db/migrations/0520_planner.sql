-- How the planner weighs things up in this database.
--
-- Databases live on solid-state disks and mostly in memory: a page found by an index costs about as
-- much as the next one. Believing otherwise, the planner reads a whole large workspace to show
-- fifty of its rows.
do $$
begin
  execute format('alter database %I set random_page_cost = 1.1', current_database());
exception when insufficient_privilege then
  raise notice 'random_page_cost stays at %, for the database belongs to another role', current_setting('random_page_cost');
end $$;
