-- grain: one row per month and social channel: its visits by the metric that is named for the time, seen of due
-- Days are due where a day's visits come by day, one stretch where they come by month or as a counter's difference.
-- What is ten times what was there before is not believed: a digit too many, or a number that nobody counted. Channels
-- grow, and double in a good month; and a rise of less than 1,000 visits, as of a new channel, is no matter.
with
rows_of_channels as (
    select
        period,
        channel,
        name,
        metric,
        measure,
        managed_from,
        days,
        is_managed_on_last_day
    from staging.social_channel
    where platform <> 'situs'
),

channels as (
    select distinct on (period, channel)
        period,
        channel,
        name
    from rows_of_channels
    where is_managed_on_last_day
    order by period asc, channel asc, managed_from desc
),

-- days without a break under one metric and one measure, whatever else changed in the register
stretches as (
    select
        ranges.period,
        ranges.channel,
        ranges.metric,
        ranges.measure,
        stretch.days,
        lower(stretch.days) as first_day,
        upper(stretch.days) - 1 as last_day,
        upper(stretch.days) - lower(stretch.days) as day_count,
        range_agg(stretch.days) over (partition by ranges.period, ranges.channel) as managed_ranges
    from (
        select
            period,
            channel,
            metric,
            measure,
            range_agg(days) as ranges
        from rows_of_channels
        group by period, channel, metric, measure
    ) as ranges
    cross join lateral unnest(ranges.ranges) as stretch (days)
),

by_day as (
    select
        stretches.period,
        stretches.channel,
        stretches.days,
        count(*) as seen_days,
        sum(visits.visits) as visits
    from stretches
    inner join staging.social_visits as visits
        on
            stretches.period = visits.period
            and stretches.channel = visits.channel
            and stretches.metric = visits.metric
            and stretches.days @> visits.first_day
            and visits.first_day = visits.last_day
    where stretches.measure = 'harian' and visits.visits is not null
    group by stretches.period, stretches.channel, stretches.days
),

-- an export counts where it holds the whole stretch, and of the channel's other managed days of the month none
by_month as (
    select distinct on (stretches.period, stretches.channel, stretches.days)
        stretches.period,
        stretches.channel,
        stretches.days,
        visits.visits
    from stretches
    inner join iku.period on stretches.period = period.period
    inner join staging.social_visits as visits
        on
            stretches.period = visits.period
            and stretches.channel = visits.channel
            and stretches.metric = visits.metric
            and period.first_day <= visits.first_day
            and period.last_day >= visits.last_day
            and stretches.managed_ranges * datemultirange(daterange(visits.first_day, visits.last_day, '[]'))
            = datemultirange(stretches.days)
    where stretches.measure = 'bulanan' and visits.visits is not null
    order by stretches.period asc, stretches.channel asc, stretches.days asc, visits.first_day desc
),

readings as ( -- one a day: the later look, where two files hold it
    select distinct on (stretches.period, stretches.channel, stretches.days, visits.first_day)
        stretches.period,
        stretches.channel,
        stretches.days,
        stretches.first_day,
        stretches.last_day,
        visits.first_day as day,
        visits.counter
    from stretches
    inner join staging.social_visits as visits
        on
            stretches.period = visits.period
            and stretches.channel = visits.channel
            and stretches.metric = visits.metric
            and visits.first_day between stretches.first_day - 1 and stretches.last_day
    where stretches.measure = 'penghitung' and visits.counter is not null
    order by
        stretches.period asc, stretches.channel asc, stretches.days asc, visits.first_day asc, visits.last_day desc
),

steps as (
    select
        readings.*,
        readings.counter < lag(readings.counter) over each_day as is_fall,
        readings.counter >= greatest(
            10 * lag(readings.counter) over each_day, lag(readings.counter) over each_day + 1000
        ) as is_jump
    from readings
    window each_day as (partition by readings.period, readings.channel, readings.days order by readings.day)
),

by_counter as (
    select
        period,
        channel,
        days,
        max(counter) filter (where day = first_day - 1) as opening,
        max(counter) filter (where day = last_day) as closing,
        coalesce(bool_or(is_fall), false) as has_fallen,
        coalesce(bool_or(is_jump), false) as has_jumped,
        coalesce(bool_or(is_fall or is_jump), false) as is_broken
    from steps
    group by period, channel, days
),

-- what came under a name that the register does not give: said, never added
strangers as (
    select
        stretches.period,
        stretches.channel,
        stretches.days,
        string_agg(distinct visits.metric, ', ' order by visits.metric) as metrics
    from stretches
    inner join staging.social_visits as visits
        on
            stretches.period = visits.period
            and stretches.channel = visits.channel
            and stretches.metric <> visits.metric
            and stretches.days @> daterange(visits.first_day, visits.last_day, '[]')
    group by stretches.period, stretches.channel, stretches.days
),

-- what came under that name for fewer days than the register's measure asks for, or for several at once
misfits as (
    select
        stretches.period,
        stretches.channel,
        stretches.days,
        min(visits.last_day - visits.first_day + 1) as day_count
    from stretches
    inner join staging.social_visits as visits
        on
            stretches.period = visits.period
            and stretches.channel = visits.channel
            and stretches.metric = visits.metric
            and stretches.days @> daterange(visits.first_day, visits.last_day, '[]')
    where stretches.measure <> 'penghitung' and visits.visits is not null
    group by stretches.period, stretches.channel, stretches.days
),

seen_stretches as (
    select
        stretches.period,
        stretches.channel,
        stretches.metric,
        stretches.measure,
        stretches.day_count,
        case stretches.measure
            when 'harian' then by_day.visits
            when 'bulanan' then by_month.visits
            when 'penghitung' then case when not by_counter.is_broken then by_counter.closing - by_counter.opening end
        end as visits,
        coalesce(by_day.seen_days, 0) as seen_days,
        (
            select sum(upper(managed.days) - lower(managed.days))
            from unnest(stretches.managed_ranges) as managed (days)
        ) as managed_day_count,
        case
            when by_counter.has_fallen then 'penghitung turun'
            when by_counter.has_jumped then 'penghitung melonjak sepuluh kali lipat atau lebih'
            when stretches.measure = 'penghitung' and by_counter.opening is null
                then format('pembacaan %s belum ada', stretches.first_day - 1)
            when stretches.measure = 'penghitung' and by_counter.closing is null
                then format('pembacaan %s belum ada', stretches.last_day)
            when strangers.metrics is not null and by_day.visits is null and by_month.visits is null
                then format('yang datang %s, bukan %s', strangers.metrics, stretches.metric)
            when misfits.day_count is not null and by_day.visits is null and by_month.visits is null
                then format('yang datang per %s hari, register menyebut %s', misfits.day_count, stretches.measure)
        end as why
    from stretches
    left join by_day using (period, channel, days)
    left join by_month using (period, channel, days)
    left join by_counter using (period, channel, days)
    left join strangers using (period, channel, days)
    left join misfits using (period, channel, days)
),

tallies as (
    select
        period,
        channel,
        min(metric) as metric,
        sum(visits) as visits,
        min(managed_day_count) as due_days,
        sum(case when measure = 'harian' then seen_days when visits is not null then day_count else 0 end) as seen_days,
        count(*) = 1 and min(measure) <> 'harian' as is_one_stretch,
        sum(day_count) > min(managed_day_count) as is_doubled, -- two rows of the register claim the same day
        string_agg(distinct why, ', ') as why
    from seen_stretches
    group by period, channel
),

-- a month against the newest one before it that was seen, day by day, as either may be seen in part
befores as (
    select distinct on (tallies.period, tallies.channel)
        tallies.period,
        tallies.channel,
        tallies.visits >= earlier.visits + 1000
        and tallies.visits / tallies.seen_days >= 10 * earlier.visits / earlier.seen_days as is_jump,
        format(
            'melonjak dari %s kunjungan (%s) menjadi %s', earlier.visits, earlier.period, tallies.visits
        ) as sentence
    from tallies
    inner join tallies as earlier
        on
            tallies.channel = earlier.channel
            and tallies.metric = earlier.metric
            and tallies.period > earlier.period
    where tallies.seen_days > 0 and earlier.seen_days > 0 and not earlier.is_doubled
    order by tallies.period asc, tallies.channel asc, earlier.period desc
),

judged as (
    select
        channels.period,
        channels.channel,
        channels.name,
        case when not tallies.is_doubled and befores.is_jump is not true then tallies.visits end as visits,
        case
            when tallies.is_doubled then 'dua metrik sekaligus'
            when befores.is_jump then befores.sentence
            else tallies.why
        end as why,
        case
            when tallies.is_doubled or befores.is_jump then 0
            when tallies.is_one_stretch then sign(tallies.seen_days)
            else tallies.seen_days
        end as seen,
        case when tallies.is_one_stretch then 1 else tallies.due_days end as due
    from channels
    left join tallies on channels.period = tallies.period and channels.channel = tallies.channel
    left join befores on channels.period = befores.period and channels.channel = befores.channel
),

-- channels whose row in the register was set aside: members of which nothing is known (U14)
unread as (
    select
        set_aside.period,
        set_aside.channel,
        coalesce(max(set_aside.name), set_aside.channel) as name
    from staging.social_channel_quarantine as set_aside
    left join channels on set_aside.period = channels.period and set_aside.channel = channels.channel
    where channels.channel is null
    group by set_aside.period, set_aside.channel
)

select
    period,
    channel,
    name,
    coalesce(visits, 0)::numeric as visits,
    coalesce(seen, 0)::numeric as seen,
    coalesce(due, 0)::numeric as due,
    case
        when due is null then 'tidak teramati: belum ada hari yang selesai'
        when seen = due and visits = 0 then 'tidak ada kunjungan'
        when seen = due then ''
        when seen = 0 then concat_ws(': ', 'tidak teramati', why)
        else concat_ws(', ', format('teramati sebagian: %s dari %s', seen, due), why)
    end as reason
from judged
union all
select
    period,
    channel,
    name,
    0::numeric as visits,
    0::numeric as seen,
    1::numeric as due,
    'tidak teramati: baris register dikarantina' as reason
from unread
