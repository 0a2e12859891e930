-- grain: one row per probed site and day, registered or not; record_no is null: the records are the batch's
-- parameters: probe_interval_seconds
with
days as (
    select
        period.period,
        batch.window_on,
        batch.batch_id,
        probe_rule.value as probe_interval_seconds
    from iku.batch_in_force as batch
    inner join iku.period
        on
            period.grain = 'month'
            and batch.window_on between period.first_day and period.last_day
    left join staging.parameter as probe_rule
        on period.period = probe_rule.period and probe_rule.name = 'probe_interval_seconds'
    where batch.source = 'website_uptime'
)

select
    days.period,
    days.window_on,
    sites.site,
    sites.up_count,
    sites.down_count,
    sites.unseen_count,
    sites.seen_seconds,
    sites.gap_seconds,
    days.batch_id,
    null::integer as record_no
from days
-- `offset 0` keeps the few days outside: one index scan a day for all its sites, never one of all years for each site
cross join
    lateral (
        select
            facts.site,
            facts.up_count,
            facts.down_count,
            facts.unseen_count,
            -- A check vouches for the time until the next one, for the parameter's interval at the longest. A tenth
            -- more is no gap: a prober that waits its interval after the answer is late by the answer (60.2 s for 60).
            sum(
                case
                    when gaps.gap_seconds <= 1.1 * days.probe_interval_seconds then gaps.gap_total_seconds
                    when days.probe_interval_seconds is not null then gaps.check_count * days.probe_interval_seconds
                end
            ) as seen_seconds,
            (array_agg(gaps.gap_seconds order by gaps.check_count desc, gaps.gap_seconds asc))[1] as gap_seconds
        from fact.website_uptime_day as facts
        left join fact.website_uptime_gap as gaps
            on facts.batch_id = gaps.batch_id and gaps.roll_up_version = 1 and facts.site = gaps.site
        where days.batch_id = facts.batch_id and facts.roll_up_version = 1
        group by facts.site, facts.up_count, facts.down_count, facts.unseen_count
        order by facts.site
        offset 0
    ) as sites
