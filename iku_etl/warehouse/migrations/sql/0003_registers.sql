-- What staging views ask of a register: which batch is the newest, and whether a row that was set aside may be valid.

-- grain: one row per source: its newest window in force; a register is read from it, by valid time.
create view iku.newest_batch as
select distinct on (batch_in_force.source)
    batch_in_force.source,
    batch_in_force.batch_id,
    batch_in_force.window_on
from iku.batch_in_force
order by batch_in_force.source asc, batch_in_force.window_on desc;

-- A day that can't be read, as in a row that was set aside, is null: it may be any.
create function iku.readable_day(words text) returns date
language sql stable parallel safe
begin atomic
    select case when words ~ '^\d{4}-\d\d-\d\d$' and pg_input_is_valid(words, 'date') then words::date end;
end;

-- Whether a row that was set aside may be of a thing that began by one day and had not ended before another.
create function iku.may_be_valid(valid_from text, valid_to text, begun_by date, not_ended_before date) returns boolean
language sql stable parallel safe
begin atomic
    select
        -- an end before the beginning: either is wrong
        coalesce(iku.readable_day(valid_to) < iku.readable_day(valid_from), false)
        or (
            coalesce(iku.readable_day(valid_from) <= begun_by, true)
            and coalesce(iku.readable_day(valid_to) >= not_ended_before, true)
        );
end;

revoke all on function iku.readable_day(text), iku.may_be_valid(text, text, date, date) from public;
grant execute on function iku.readable_day(text), iku.may_be_valid(text, text, date, date)
to iku_publisher, iku_auditor;
grant select on iku.newest_batch to iku_auditor;
