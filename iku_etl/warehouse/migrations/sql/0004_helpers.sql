-- What staging views and indicators wrote many times, once. Records are read by views alone, so that pg_depend shows
-- who rests on them and they are read by their owner's rights. The functions are inlined where they are called.

-- The newest window of a source as `(select batch_id, window_on from iku.newest('opd'))`: in that form PostgreSQL looks
-- it up first and reads no other partition of the facts. Joined with iku.newest_batch they would all be read.
create function iku.newest(of_source text) returns table (batch_id bigint, window_on date)
language sql stable parallel safe
begin atomic
    select
        newest_batch.batch_id,
        newest_batch.window_on
    from iku.newest_batch
    where newest_batch.source = of_source;
end;

-- grain: one row per record that the newest batch of a source set aside.
create view iku.newest_quarantine as
select
    newest_batch.source,
    newest_batch.window_on,
    quarantine.batch_id,
    quarantine.record_no,
    quarantine.payload_no,
    quarantine.place,
    quarantine.message,
    quarantine.public_values
from iku.newest_batch
inner join iku.quarantine on newest_batch.batch_id = quarantine.batch_id;

-- grain: one row per source and period of which a day has ended: its newest window in force at or before the last of
-- them, none when that is older than the source's max_age.
create view iku.period_snapshot as
select distinct on (period.grain, period.period, batch_in_force.source) -- grain: so that asking for one reads one
    batch_in_force.source,
    period.period,
    period.grain,
    period.last_ended_day,
    -- the running period's register may know of today
    least(period.last_day, iku.local_date(iku.as_of_time())) as known_until_day,
    batch_in_force.batch_id,
    batch_in_force.window_on,
    batch_in_force.loaded + batch_in_force.quarantined as row_count,
    upper(batch_in_force.win) >= least(period.ends_at, iku.as_of_time()) as reaches_the_end
from iku.period
inner join iku.batch_in_force on period.last_ended_day >= batch_in_force.window_on
inner join iku.source on batch_in_force.source = source.source
where
    period.first_day <= period.last_ended_day
    and upper(batch_in_force.win) + source.max_age >= least(period.ends_at, iku.as_of_time())
order by period.grain asc, period.period asc, batch_in_force.source asc, batch_in_force.window_on desc;

-- What stands for a thing whose name can't be read: its place, `berkas 1 baris 7`.
create function iku.name_by_place(payload_no integer, place text) returns text
language sql stable parallel safe
begin atomic
    select format('berkas %s %s', payload_no, split_part(place, ',', 1));
end;

-- Whether a record that was set aside may be of a thing that is valid on a day, by the names of its two days.
create function iku.may_be_valid_on(public_values jsonb, valid_from text, valid_to text, day date) returns boolean
language sql stable parallel safe
begin atomic
    select iku.may_be_valid(public_values ->> valid_from, public_values ->> valid_to, day, day);
end;

-- A member of which nothing is known but that it may be there: 0 of 1, at most 1 of 1, nothing seen (U14).
create function iku.unobserved_member(period text, member text, member_name text, reason text)
returns table (
    period text,
    member text,
    member_name text,
    numerator numeric,
    denominator numeric,
    numerator_low numeric,
    numerator_high numeric,
    denominator_low numeric,
    denominator_high numeric,
    seen numeric,
    due numeric,
    reason text
)
language sql immutable parallel safe
begin atomic
    select
        $1 as period,
        $2 as member,
        $3 as member_name,
        0::numeric as numerator,
        1::numeric as denominator,
        0::numeric as numerator_low,
        1::numeric as numerator_high,
        1::numeric as denominator_low,
        1::numeric as denominator_high,
        0::numeric as seen,
        1::numeric as due,
        $4 as reason;
end;

revoke all on function
iku.newest(text), iku.name_by_place(integer, text), iku.may_be_valid_on(jsonb, text, text, date),
iku.unobserved_member(text, text, text, text)
from public;
grant execute on function
iku.newest(text), iku.name_by_place(integer, text), iku.may_be_valid_on(jsonb, text, text, date),
iku.unobserved_member(text, text, text, text)
to iku_publisher, iku_auditor;
grant select on iku.newest_quarantine, iku.period_snapshot to iku_auditor;
grant select on iku.newest_batch to iku_publisher; -- what is inlined is read by whoever calls it
