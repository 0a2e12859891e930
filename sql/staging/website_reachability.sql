-- grain: one row per month and registered site: its checks of the managed days, against those that were due
-- parameters: probe_interval_seconds
with
probe_rule as (
    select
        period,
        value as probe_interval_seconds
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
        coalesce(sum(website_uptime_day.down_count), 0) as down_count
    from staging.website
    left join staging.website_uptime_day
        on
            website.period = website_uptime_day.period
            and website.site = website_uptime_day.site
            and website.managed_ranges @> website_uptime_day.window_on
    group by website.period, website.site, website.name, website.kind, website.managed_day_count
),

due as (
    select
        checks.*,
        checks.managed_day_count * 86400 / probe_rule.probe_interval_seconds as due_count
    from checks
    left join probe_rule on checks.period = probe_rule.period
)

select
    period,
    site,
    name,
    kind,
    due_count,
    up_count,
    down_count,
    least(due_count, up_count + down_count) as seen_count,
    greatest(due_count - up_count - down_count, 0) as unseen_count
from due
