-- grain: one row per semester and information system of the regency that operates on its last ended day
-- Read by valid time from the newest register known. Websites and national applications are no members; what another
-- row calls one of them on the same day may be none (`is_certain` false).
select distinct on (period.period, facts.application)
    period.period,
    facts.application,
    facts.name,
    facts.owner,
    facts.operating_from,
    facts.operating_to,
    not exists (
        select from fact.spbe_application as other
        where
            facts.batch_id = other.batch_id
            and facts.window_on = other.window_on
            and facts.application = other.application
            and (facts.scope, facts.kind) <> (other.scope, other.kind)
            and other.operating_from <= period.last_ended_day
            and coalesce(other.operating_to >= period.last_ended_day, true)
    ) as is_certain,
    facts.batch_id,
    facts.record_no
from fact.spbe_application as facts
inner join iku.period
    on
        facts.operating_from <= period.last_ended_day
        and coalesce(facts.operating_to >= period.last_ended_day, true)
where
    period.grain = 'semester'
    and period.first_day <= period.last_ended_day
    and (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('spbe_application'))
    and facts.scope = 'kabupaten'
    and facts.kind = 'sistem'
order by period.period asc, facts.application asc, facts.operating_from desc
