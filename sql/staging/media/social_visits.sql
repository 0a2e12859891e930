-- grain: one row per record and month that it may count in
-- A counter's reading of a month's last day belongs to that month and begins the next; it may be read a day later.
select
    period.period,
    facts.channel,
    facts.metric,
    facts.first_day,
    facts.last_day,
    facts.visits,
    facts.counter,
    facts.batch_id,
    facts.record_no
from fact.social_visits as facts
inner join iku.batch_in_force as batch
    on facts.batch_id = batch.batch_id and facts.window_on = batch.window_on
inner join iku.period
    on
        facts.first_day <= period.last_day
        and facts.last_day >= period.first_day - case when facts.counter is null then 0 else 1 end
where
    batch.source = 'social_visits'
    and period.grain = 'month'
