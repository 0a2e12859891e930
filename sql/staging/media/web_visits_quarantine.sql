-- grain: one row per day and record of its visits that was set aside: of a site, or of any where none can be read
select
    period.period,
    batch.window_on as day,
    quarantine.public_values ->> 'site' as site,
    quarantine.public_values ->> 'method' as method,
    quarantine.message,
    quarantine.place,
    batch.batch_id,
    quarantine.record_no
from iku.batch_in_force as batch
inner join iku.quarantine on batch.batch_id = quarantine.batch_id
inner join iku.period
    on
        period.grain = 'month'
        and batch.window_on between period.first_day and period.last_day
where batch.source = 'web_visits'
