-- grain: one row per period: the newest register of network links at or before its last ended day, none when that is
--   older than the source's max_age
-- member: none
select distinct on (period.period)
    period.period,
    period.last_ended_day,
    -- the running period's register may know of today
    least(period.last_day, iku.local_date(iku.as_of_time())) as known_until_day,
    batch.batch_id,
    batch.window_on,
    batch.loaded + batch.quarantined as row_count,
    upper(batch.win) >= least(period.ends_at, iku.as_of_time()) as reaches_the_end
from iku.period
inner join iku.batch_in_force as batch on period.last_ended_day >= batch.window_on
inner join iku.source on batch.source = source.source
where
    batch.source = 'network_link'
    and period.first_day <= period.last_ended_day
    and upper(batch.win) + source.max_age >= least(period.ends_at, iku.as_of_time())
order by period.period asc, batch.window_on desc
