-- grain: one row per period, indicator and unit: the newest target in force at the period's end (U16)
-- member: none
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
where (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('target'))
order by period.period asc, facts.indicator asc, facts.unit asc, facts.in_force_from desc
