-- grain: one row per register entry that was set aside, in the month of its register whatever its date says
select
    period.period,
    quarantine.public_values ->> 'unit' as unit,
    quarantine.public_values ->> 'recorded_on' as recorded_on,
    quarantine.place,
    quarantine.message,
    batch.batch_id,
    quarantine.record_no
from iku.batch_in_force as batch
inner join iku.quarantine on batch.batch_id = quarantine.batch_id
inner join iku.period
    on
        period.grain = 'month'
        and batch.window_on between period.first_day and period.last_day
where batch.source = 'persandian_message'
