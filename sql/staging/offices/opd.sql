-- grain: one row per period and counted OPD that is valid on the period's last ended day (U3)
-- Read by valid time from the newest register known. A renamed office keeps its id: the name is that of the day.
select distinct on (period.period, facts.opd)
    period.period,
    facts.opd,
    facts.name,
    facts.kind,
    facts.batch_id,
    facts.record_no
from fact.opd as facts
inner join iku.period
    on
        facts.valid_from <= period.last_ended_day
        and coalesce(facts.valid_to >= period.last_ended_day, true)
where
    period.first_day <= period.last_ended_day
    and (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('opd'))
    and facts.counted
order by period.period asc, facts.opd asc, facts.valid_from desc
