-- grain: one row per month and probed site that is no member: not managed on the month's last day
select
    website_uptime_day.period,
    website_uptime_day.site,
    min(website_uptime_day.window_on) as first_seen_on,
    max(website_uptime_day.window_on) as last_seen_on
from staging.website_uptime_day
left join staging.website
    on website_uptime_day.period = website.period and website_uptime_day.site = website.site
where website.site is null
group by website_uptime_day.period, website_uptime_day.site
