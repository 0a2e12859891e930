-- grain: one row per period, indicator and unit: the newest target in force at the period's end (U16)
-- member: none
with
newest_snapshot as (
    select
        batch_id,
        window_on
    from iku.batch_in_force
    where source = 'target'
    order by window_on desc
    limit 1
)

select distinct on (period.period, facts.indicator, facts.unit)
    period.period,
    facts.indicator,
    facts.unit,
    facts.value,
    facts.value_high,
    case
        when facts.value_high is not null then format(
                'target berupa rentang %s sampai %s',
                replace(trim_scale(facts.value)::text, '.', ','), replace(trim_scale(facts.value_high)::text, '.', ',')
            )
    end as range_sentence,
    facts.legal_basis,
    facts.in_force_from,
    facts.batch_id,
    facts.record_no
from fact.target as facts
inner join iku.period on facts.period = period.period and facts.in_force_from <= period.last_day
where
    facts.batch_id = (select newest_snapshot.batch_id from newest_snapshot)
    and facts.window_on = (select newest_snapshot.window_on from newest_snapshot)
order by period.period asc, facts.indicator asc, facts.unit asc, facts.in_force_from desc
