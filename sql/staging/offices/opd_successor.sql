-- grain: one row per period and office: for whom counts what it has on the period's last ended day (U17)
-- member: none
-- An office that is valid counts for itself; a dissolved one for its successor, through as many mergers as it takes.
-- One whose chain ends with nobody has no row.
with recursive
-- as each office stood last on or before the day
states as (
    select distinct on (period.period, facts.opd)
        period.period,
        facts.opd,
        facts.successor,
        facts.batch_id,
        facts.record_no,
        coalesce(facts.valid_to >= period.last_ended_day, true) as is_valid
    from fact.opd as facts
    inner join iku.period on facts.valid_from <= period.last_ended_day
    where
        (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('opd'))
        and period.first_day <= period.last_ended_day
    order by period.period asc, facts.opd asc, facts.valid_from desc
),

-- `union` forgets what it has seen: two offices that name each other end here too
chains as (
    select
        period,
        opd,
        opd as holder
    from states
    union
    select
        chains.period,
        chains.opd,
        states.successor as holder
    from chains
    inner join states
        on
            chains.period = states.period
            and chains.holder = states.opd
            and not states.is_valid
    where states.successor is not null
)

select
    chains.period,
    chains.opd,
    chains.holder as counts_for,
    -- the row that says so; one that counts for itself needs none
    case when chains.opd <> chains.holder then own.batch_id end as batch_id,
    case when chains.opd <> chains.holder then own.record_no end as record_no
from chains
inner join states
    on
        chains.period = states.period
        and chains.holder = states.opd
        and states.is_valid
inner join states as own on chains.period = own.period and chains.opd = own.opd
