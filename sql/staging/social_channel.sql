-- grain: one row per month and row of the channel register that is managed in it
-- Read by valid time from the newest register known. Sites stand here too, with the method that counts them.
with
newest_snapshot as (
    select
        batch_id,
        window_on
    from iku.batch_in_force
    where source = 'social_channel'
    order by window_on desc
    limit 1
)

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
inner join iku.source as visits
    on visits.source = case facts.platform when 'situs' then 'web_visits' else 'social_visits' end
where
    period.grain = 'month'
    and facts.batch_id = (select newest_snapshot.batch_id from newest_snapshot)
    and facts.window_on = (select newest_snapshot.window_on from newest_snapshot)
    and coalesce(facts.managed_to >= facts.managed_from, true)
