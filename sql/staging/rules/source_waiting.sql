-- grain: one row per period and batch of its days that waits for a decision
-- member: none
select
    period.period,
    batch_waiting.source,
    batch_waiting.batch_id
from iku.period
inner join iku.batch_waiting on tstzrange(period.starts_at, period.ends_at) && batch_waiting.win
