-- grain: one row per probed site and day, registered or not; record_no is null: the records are the batch's
select
    period.period,
    batch.window_on,
    facts.site,
    facts.up_count,
    facts.down_count,
    facts.unseen_count,
    batch.batch_id,
    null::integer as record_no
from iku.batch_in_force as batch
inner join fact.website_uptime_day as facts
    on batch.batch_id = facts.batch_id and facts.roll_up_version = 1
inner join iku.period
    on
        period.grain = 'month'
        and batch.window_on between period.first_day and period.last_day
where batch.source = 'website_uptime'
