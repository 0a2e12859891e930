-- grain: one row per month and media site: its visits by the method that is named for each day, seen of due days (U28)
with
sites as (
    select
        website.period,
        website.site,
        website.name,
        website.managed_ranges,
        period.first_day,
        period.last_ended_day
    from staging.website
    inner join iku.period on website.period = period.period
    where website.is_media_information
),

due_days as (
    select
        sites.period,
        sites.site,
        sites.first_day + listed.place as day
    from sites
    cross join lateral generate_series(0, sites.last_ended_day - sites.first_day) as listed (place)
    inner join iku.source_allowed as source on source.source = 'web_visits'
    where
        sites.managed_ranges @> sites.first_day + listed.place
        and sites.first_day + listed.place >= source.since
),

methods as (
    select
        due_days.period,
        due_days.site,
        due_days.day,
        count(distinct named.metric) as method_count,
        min(named.metric) as method
    from due_days
    left join staging.social_channel as named
        on
            due_days.period = named.period
            and due_days.site = named.channel
            and named.platform = 'situs'
            and named.days @> due_days.day
    group by due_days.period, due_days.site, due_days.day
),

tallies as (
    select
        methods.period,
        methods.site,
        count(*) as due_days,
        count(web_visits.visits) as seen_days,
        sum(web_visits.visits) as visits,
        max(methods.day) filter (where web_visits.visits is null) as last_unseen_day,
        count(*) filter (where methods.method_count = 0) as unnamed_days,
        count(*) filter (where methods.method_count > 1) as doubled_days
    from methods
    left join staging.web_visits
        on
            methods.period = web_visits.period
            and methods.site = web_visits.site
            and methods.day = web_visits.day
            and methods.method = web_visits.method
            and methods.method_count = 1 -- one method a site at a time: two at once count as none
    group by methods.period, methods.site
),

-- why the newest of the days that were not seen was not, where somebody looked and could not tell
last_causes as (
    select distinct on (tallies.period, tallies.site)
        tallies.period,
        tallies.site,
        set_aside.message
    from tallies
    inner join staging.web_visits_quarantine as set_aside
        on
            tallies.period = set_aside.period
            and tallies.last_unseen_day = set_aside.day
            and tallies.site = set_aside.site
    order by tallies.period, tallies.site, set_aside.record_no
),

-- sites whose row in the register was set aside: members of which nothing is known (U14)
unread as (
    select
        set_aside.period,
        set_aside.site,
        coalesce(max(set_aside.name), set_aside.site) as name
    from staging.media_site_quarantine as set_aside
    left join staging.website as registered
        on set_aside.period = registered.period and set_aside.site = registered.site
    where registered.site is null
    group by set_aside.period, set_aside.site
)

select
    sites.period,
    sites.site,
    sites.name,
    coalesce(tallies.visits, 0)::numeric as visits,
    coalesce(tallies.seen_days, 0)::numeric as seen,
    coalesce(tallies.due_days, 0)::numeric as due,
    case
        when tallies.due_days is null then 'tidak teramati: belum ada hari yang selesai'
        when tallies.seen_days = tallies.due_days and tallies.visits = 0 then 'tidak ada kunjungan'
        when tallies.seen_days = tallies.due_days then ''
        when tallies.unnamed_days = tallies.due_days then 'tidak teramati: metode belum ditetapkan'
        when tallies.doubled_days = tallies.due_days then 'tidak teramati: dua metode sekaligus'
        when tallies.seen_days = 0 then 'tidak teramati' || coalesce('; ' || last_causes.message, '')
        else
            format('teramati sebagian: %s dari %s', tallies.seen_days, tallies.due_days)
            || case when tallies.unnamed_days > 0 then format(', %s tanpa metode', tallies.unnamed_days) else '' end
            || case when tallies.doubled_days > 0 then format(', %s dua metode', tallies.doubled_days) else '' end
            || coalesce('; ' || last_causes.message, '')
    end as reason
from sites
left join tallies on sites.period = tallies.period and sites.site = tallies.site
left join last_causes on sites.period = last_causes.period and sites.site = last_causes.site
union all
select
    period,
    site,
    name,
    0::numeric as visits,
    0::numeric as seen,
    1::numeric as due,
    'tidak teramati: baris register dikarantina' as reason
from unread
