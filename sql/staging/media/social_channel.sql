-- grain: one row per month and row of the channel register that is managed in it
-- Read by valid time from the newest register known. Sites stand here too, with the method that counts them.
select
    period.period,
    facts.channel,
    facts.name,
    facts.platform,
    facts.metric,
    facts.measure,
    facts.managed_from,
    facts.managed_to,
    facts.batch_id,
    facts.record_no,
    (
        facts.managed_from <= least(period.last_day, iku.local_date(iku.as_of_time()))
        and coalesce(facts.managed_to >= period.last_day, true)
    ) as is_managed_on_last_day,
    -- only days since visits are collected here, and only those that have ended by the as-of time
    daterange(facts.managed_from, facts.managed_to, '[]')
    * daterange(greatest(period.first_day, visits.since), null)
    * daterange(null, period.last_ended_day + 1) as days
from fact.social_channel as facts
inner join iku.period
    on
        facts.managed_from <= period.last_day
        and coalesce(facts.managed_to >= period.first_day, true)
inner join iku.source_allowed as visits
    on visits.source = case facts.platform when 'situs' then 'web_visits' else 'social_visits' end
where
    period.grain = 'month'
    and (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('social_channel'))
    and coalesce(facts.managed_to >= facts.managed_from, true)
