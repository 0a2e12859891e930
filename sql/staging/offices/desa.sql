-- grain: one row per period and desa (no kelurahan) that is valid on the period's last ended day
-- Read by valid time from the newest register known. The name is that of the day.
select distinct on (period.period, facts.desa)
    period.period,
    facts.desa,
    facts.name,
    facts.kecamatan,
    facts.batch_id,
    facts.record_no
from fact.desa as facts
inner join iku.period
    on
        facts.valid_from <= period.last_ended_day
        and coalesce(facts.valid_to >= period.last_ended_day, true)
where
    period.first_day <= period.last_ended_day
    and (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('desa'))
    and facts.kind = 'desa'
order by period.period asc, facts.desa asc, facts.valid_from desc
