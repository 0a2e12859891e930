-- grain: one row per period and desa (no kelurahan) that is valid on the period's last ended day
-- Read by valid time from the newest register known. The name is that of the day.
with
newest_snapshot as (
    select
        batch_id,
        window_on
    from iku.batch_in_force
    where source = 'desa'
    order by window_on desc
    limit 1
)

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
    and facts.batch_id = (select newest_snapshot.batch_id from newest_snapshot)
    and facts.window_on = (select newest_snapshot.window_on from newest_snapshot)
    and facts.kind = 'desa'
order by period.period asc, facts.desa asc, facts.valid_from desc
