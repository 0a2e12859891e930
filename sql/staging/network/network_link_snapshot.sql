-- grain: one row per period: the newest register of network links at or before its last ended day, none when that is
--   older than the source's max_age
-- member: none
select
    period,
    last_ended_day,
    known_until_day,
    batch_id,
    window_on,
    row_count,
    reaches_the_end
from iku.period_snapshot
where source = 'network_link'
