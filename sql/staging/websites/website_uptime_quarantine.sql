-- grain: one row per month and note that a site's probes could not be used, of the batches in force, with its reason
select
    period.period,
    quarantine.public_values ->> 'site' as site,
    batch.window_on,
    quarantine.message,
    batch.batch_id,
    quarantine.record_no
from iku.batch_in_force as batch
inner join iku.quarantine on batch.batch_id = quarantine.batch_id
inner join iku.period
    on
        period.grain = 'month'
        and batch.window_on between period.first_day and period.last_day
where
    batch.source = 'website_uptime'
    and quarantine.rules @> array['parse:unobserved']
    and quarantine.public_values ->> 'site' is not null
