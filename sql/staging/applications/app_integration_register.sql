-- grain: one row per semester: its register of integrations, the newest at or before its last ended day that is not
--   older than the source's max_age; none where there is no such register
select distinct on (period.period)
    period.period,
    period.last_ended_day as test_day,
    batch.batch_id,
    batch.window_on
from iku.period
inner join iku.batch_in_force as batch on period.last_ended_day >= batch.window_on
inner join iku.source on batch.source = source.source
where
    period.grain = 'semester'
    and batch.source = 'app_integration'
    and upper(batch.win) + source.max_age >= least(period.ends_at, iku.as_of_time())
order by period.period asc, batch.window_on desc
