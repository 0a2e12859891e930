-- grain: one row per entry of the register of activities that was set aside, in the month of its register
select
    period.period,
    quarantine.public_values ->> 'code' as code,
    quarantine.place,
    quarantine.message,
    batch.batch_id,
    quarantine.record_no
from iku.batch_in_force as batch
inner join iku.quarantine on batch.batch_id = quarantine.batch_id
inner join staging.activity_code on (quarantine.public_values ->> 'code') = activity_code.code
inner join iku.period
    on
        period.grain = 'month'
        and batch.window_on between period.first_day and period.last_day
where batch.source = 'activity'
