-- grain: one row per period, public area and access point of the newest register at or before its last ended day, none
--   when that is older than the source's max_age
with
snapshots as (
    select distinct on (period.period)
        period.period,
        period.last_ended_day,
        least(period.last_day, iku.local_date(iku.as_of_time())) as known_until_day,
        batch.batch_id,
        batch.window_on
    from iku.period
    inner join iku.batch_in_force as batch on period.last_ended_day >= batch.window_on
    inner join iku.source on batch.source = source.source
    where
        batch.source = 'public_area'
        and period.first_day <= period.last_ended_day
        and upper(batch.win) + source.max_age >= least(period.ends_at, iku.as_of_time())
    order by period.period asc, batch.window_on desc
)

select
    snapshots.period,
    facts.area,
    facts.area_name,
    facts.point,
    facts.managed_by_dinas,
    facts.in_monitoring,
    facts.last_seen_on,
    facts.controller_reported_on,
    snapshots.last_ended_day,
    snapshots.known_until_day,
    facts.batch_id,
    facts.record_no
from snapshots
inner join fact.public_area as facts
    on snapshots.batch_id = facts.batch_id and snapshots.window_on = facts.window_on
