-- grain: one row per triwulan whose calendar is not believed: the lists add more days off to a year of it than a year
--   can lack
-- member: none
-- 15 a year: about 27 days are off in a whole year, and the library knows most of them. What it can lack are joint
-- leave that a decree adds late (8 to 10), a feast of the moon's calendar that falls a day beside its estimate, and an
-- election or two. A list that adds more makes late answers timely; then no due day is told, rather than a wrong one.
with
added as (
    select
        to_char(day, 'YYYY')::integer as year,
        count(*) as day_count
    from staging.holiday
    where is_added
    group by to_char(day, 'YYYY')::integer
    having count(*) > 15
)

select
    period.period,
    string_agg(
        format('register menambah %s hari libur pada %s, batas 15', added.day_count, added.year),
        ', ' order by added.year
    ) as sentence
from iku.period
-- the calendar of a triwulan begins with the triwulan before
inner join added
    on added.year between to_char(period.first_day - 92, 'YYYY')::integer and to_char(period.last_day, 'YYYY')::integer
where period.grain = 'triwulan'
group by period.period
