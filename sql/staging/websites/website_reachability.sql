-- grain: one row per month and registered site: its checks of the managed days, and the time they vouch for of the time
--   that was due; usual_gap_seconds is what most days had between two checks
-- parameters: probe_interval_seconds
with
checks as (
    select
        website.period,
        website.site,
        website.name,
        website.kind,
        website.managed_day_count,
        probe_rule.value as probe_interval_seconds,
        coalesce(sum(website_uptime_day.up_count), 0) as up_count,
        coalesce(sum(website_uptime_day.down_count), 0) as down_count,
        case when probe_rule.value is not null then website.managed_day_count * 86400 end as due_seconds,
        coalesce(sum(website_uptime_day.seen_seconds), 0) as seen_seconds,
        mode() within group (order by website_uptime_day.gap_seconds) as usual_gap_seconds
    from staging.website
    left join staging.parameter as probe_rule
        on website.period = probe_rule.period and probe_rule.name = 'probe_interval_seconds'
    left join staging.website_uptime_day
        on
            website.period = website_uptime_day.period
            and website.site = website_uptime_day.site
            and website.managed_ranges @> website_uptime_day.window_on
    group by website.period, website.site, website.name, website.kind, website.managed_day_count, probe_rule.value
)

select
    period,
    site,
    name,
    kind,
    up_count,
    down_count,
    due_seconds,
    seen_seconds,
    due_seconds - seen_seconds as unseen_seconds,
    usual_gap_seconds,
    probe_interval_seconds
from checks
