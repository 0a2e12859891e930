-- grain: one row per month and registered site: its checks of the managed days, against those that were due
-- parameters: probe_interval_seconds
with
probe_rule as (
    select
        period,
        86400 / value as due_per_day
    from staging.parameter
    where name = 'probe_interval_seconds'
),

checks as (
    select
        website.period,
        website.site,
        website.name,
        website.kind,
        website.managed_day_count,
        coalesce(sum(website_uptime_day.up_count), 0) as up_count,
        coalesce(sum(website_uptime_day.down_count), 0) as down_count,
        website.managed_day_count * probe_rule.due_per_day as due_count,
        -- more checks than are due on one day say nothing of another
        coalesce(
            sum(least(probe_rule.due_per_day, website_uptime_day.up_count + website_uptime_day.down_count))
            filter (where website_uptime_day.site is not null),
            0
        ) as seen_count
    from staging.website
    left join probe_rule on website.period = probe_rule.period
    left join staging.website_uptime_day
        on
            website.period = website_uptime_day.period
            and website.site = website_uptime_day.site
            and website.managed_ranges @> website_uptime_day.window_on
    group by
        website.period, website.site, website.name, website.kind, website.managed_day_count, probe_rule.due_per_day
)

select
    period,
    site,
    name,
    kind,
    due_count,
    up_count,
    down_count,
    seen_count,
    due_count - seen_count as unseen_count
from checks
