-- grain: one row per semester: its register of integrations, the newest at or before its last ended day that is not
--   older than the source's max_age; none where there is no such register
select
    period,
    last_ended_day as test_day,
    batch_id,
    window_on
from iku.period_snapshot
where source = 'app_integration' and grain = 'semester'
