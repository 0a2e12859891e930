-- grain: one row per day, site and method: the visits that began on it
select
    period.period,
    facts.window_on as day,
    facts.site,
    facts.method,
    facts.visits,
    facts.batch_id,
    facts.record_no
from fact.web_visits as facts
inner join iku.batch_in_force as batch
    on facts.batch_id = batch.batch_id and facts.window_on = batch.window_on
inner join iku.period on facts.window_on between period.first_day and period.last_day
where
    batch.source = 'web_visits'
    and period.grain = 'month'
