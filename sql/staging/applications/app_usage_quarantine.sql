-- grain: one row per triwulan, row of its logs that was set aside, and OPD that it may be about
-- Named by the row (or its successor, U17), or any OPD while the row's can't be read or is none that the register gives
-- (is_named is false): it may be anybody's, misspelt.
with
registered as (
    select distinct facts.opd
    from fact.opd as facts
    where (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('opd'))
),

rows_set_aside as (
    select
        period.period,
        quarantine.batch_id,
        quarantine.record_no,
        quarantine.place,
        coalesce(opd_successor.counts_for, quarantine.public_values ->> 'opd') as opd,
        registered.opd is not null
        or exists (
            select from staging.opd_quarantine as unread
            where period.period = unread.period and quarantine.public_values ->> 'opd' = unread.opd
        ) as is_named
    from iku.batch_in_force as batch
    inner join iku.quarantine on batch.batch_id = quarantine.batch_id
    inner join iku.period
        on
            period.grain = 'triwulan'
            and (
                batch.window_on between period.first_day and period.last_day
                -- a day of another month stands in the wrong log, or is written wrong: it may be either
                or iku.readable_day(quarantine.public_values ->> 'used_on') between period.first_day and period.last_day
            )
    left join registered on quarantine.public_values ->> 'opd' = registered.opd
    left join staging.opd_successor
        on
            period.period = opd_successor.period
            and quarantine.public_values ->> 'opd' = opd_successor.opd
    where batch.source = 'app_usage'
)

select
    rows_set_aside.period,
    offices.opd,
    rows_set_aside.place,
    rows_set_aside.is_named,
    rows_set_aside.batch_id,
    rows_set_aside.record_no
from rows_set_aside
inner join staging.opd as offices
    on
        rows_set_aside.period = offices.period
        and (rows_set_aside.opd = offices.opd or not rows_set_aside.is_named)
