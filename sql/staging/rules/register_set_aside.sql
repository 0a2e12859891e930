-- grain: one row per period, register and batch of it: the newest one, and the one that the period is read from
-- member: none
-- `sentence`: what the batch set aside, if the period's figures read it; of another month's register it says which.
-- A register is read anew by every period, except one of a state that passes: a period has its own of those.
with
registers as (
    select
        source.source,
        source.title,
        source.source in ('app_integration', 'network_link', 'public_area') as is_of_its_period,
        batch.batch_id,
        batch.window_on,
        batch.quarantined,
        row_number() over (partition by source.source order by batch.window_on desc) = 1 as is_newest
    from iku.source
    inner join iku.batch_in_force as batch on source.source = batch.source
    where source.kind = 'snapshot' and source.grid = 'month'
)

select
    period.period,
    registers.source,
    registers.batch_id,
    registers.quarantined,
    case
        when registers.quarantined > 0 and (not registers.is_of_its_period or snapshot.batch_id is not null)
            then format(
                    '%s rekaman %s%s dikarantina',
                    registers.quarantined,
                    registers.title,
                    case
                        when registers.window_on not between period.first_day and period.last_day
                            then to_char(registers.window_on, ' YYYY-MM')
                    end
                )
    end as sentence
from iku.period
cross join registers
left join iku.period_snapshot as snapshot
    on
        period.period = snapshot.period
        and registers.source = snapshot.source
        and registers.batch_id = snapshot.batch_id
        and registers.is_of_its_period
where registers.is_newest or snapshot.batch_id is not null
