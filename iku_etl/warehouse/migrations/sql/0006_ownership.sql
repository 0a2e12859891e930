-- History can't be emptied, and decisions have a login of their own.

-- Rows are refused to be changed or deleted one by one; emptying a table fires no trigger of rows.
create trigger refuse_emptying before truncate on iku.batch
for each statement execute function iku.refuse_change();
create trigger refuse_emptying before truncate on iku.source_patience
for each statement execute function iku.refuse_change();
create trigger refuse_emptying before truncate on iku.payload
for each statement execute function iku.refuse_change();
create trigger refuse_emptying before truncate on iku.quarantine
for each statement execute function iku.refuse_change();
create trigger refuse_emptying before truncate on iku.check_result
for each statement execute function iku.refuse_change();
create trigger refuse_emptying before truncate on iku.left_out
for each statement execute function iku.refuse_change();
create trigger refuse_emptying before truncate on iku.decision
for each statement execute function iku.refuse_change();
create trigger refuse_emptying before truncate on iku.definition
for each statement execute function iku.refuse_change();
create trigger refuse_emptying before truncate on iku.publication
for each statement execute function iku.refuse_change();
create trigger refuse_emptying before truncate on iku.figure
for each statement execute function iku.refuse_change();

-- Who decides records what a person said and reads nothing: what it is about is looked up by the auditor.
grant usage on schema iku to iku_decider;
grant execute on function iku.decide(
    text, text, jsonb, text, bigint, jsonb, text, text, integer, text, text
) to iku_decider;
