-- grain: one row per period and parameter: the value in force at the period's end, today's while it runs
-- member: none
select distinct on (period.period, facts.name)
    period.period,
    facts.name,
    -- what no rule can mean is as good as not there: lists were loaded before the suite knew better
    case
        when facts.value between 0 and 86400 and (facts.value > 0 or facts.name like '%days%') then facts.value
    end as value,
    facts.unit,
    facts.legal_basis,
    facts.in_force_from,
    facts.batch_id,
    facts.record_no
from fact.parameter as facts
inner join iku.period on facts.in_force_from <= least(period.last_day, iku.local_date(iku.as_of_time()))
where (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('parameter'))
order by period.period asc, facts.name asc, facts.in_force_from desc
