-- grain: one row per month and counted activity for which the Dinas handed in its register of activities
-- The register is one for all activities, so what it lacks may be of any: entries that were declared and did not come,
-- entries set aside whose code can't be read.
with
registers as (
    select
        batch.batch_id,
        period.period
    from iku.batch_in_force as batch
    inner join iku.period
        on
            period.grain = 'month'
            and batch.window_on between period.first_day and period.last_day
    where batch.source = 'activity'
),

loaded as (
    select
        registers.period,
        count(*) as entry_count
    from registers
    inner join fact.activity as facts on registers.batch_id = facts.batch_id
    group by registers.period
),

set_aside as (
    select
        registers.period,
        count(*) as entry_count,
        count(*) filter (
            where coalesce(quarantine.public_values ->> 'code', '') !~ '^KEG-(0[1-9]|[12][0-9]|3[0-6])$'
        ) as nameless_count
    from registers
    inner join iku.quarantine on registers.batch_id = quarantine.batch_id
    group by registers.period
)

select
    facts.period,
    activity_code.code,
    facts.received_on,
    facts.batch_id,
    facts.record_no,
    (facts.complete or facts.nil) is true as is_complete,
    case when facts.nil then 0 else facts.rows_declared end as rows_declared,
    coalesce(loaded.entry_count, 0) + coalesce(set_aside.entry_count, 0) as listed_count,
    coalesce(set_aside.nameless_count, 0) as nameless_count
from fact.register_submission as facts
cross join staging.activity_code
left join loaded on facts.period = loaded.period
left join set_aside on facts.period = set_aside.period
where
    (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('register_submission'))
    and facts.register = 'activity'
    and facts.unit = 'diskominfo'
    and facts.received_on <= iku.local_date(iku.as_of_time()) -- a later one is a typed year
