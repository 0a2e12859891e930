-- grain: one row per period, public area and access point of the newest register at or before its last ended day, none
--   when that is older than the source's max_age
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
from iku.period_snapshot as snapshots
inner join fact.public_area as facts using (batch_id, window_on)
where snapshots.source = 'public_area'
