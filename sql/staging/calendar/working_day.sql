-- grain: one row per triwulan and day, from the triwulan before on; none where the holidays of one of its years are
--   not known, or not believed
-- member: none
-- parameters: working_week_days
-- The working days are numbered, so that the tenth after a day is a join: the working day whose number is greater by
-- ten. No request waits longer for its due day than the triwulan before: that is 60 working days.
with
weeks as (
    select
        period.period,
        period.first_day - 92 as first_day,
        period.last_day,
        parameter.value as working_week_days
    from iku.period
    left join staging.parameter on period.period = parameter.period and parameter.name = 'working_week_days'
    where period.grain = 'triwulan'
),

days as (
    select
        weeks.period,
        weeks.working_week_days,
        weeks.first_day + step.days as day
    from weeks
    cross join lateral generate_series(0, weeks.last_day - weeks.first_day) as step (days)
),

calendar as (
    select
        days.period,
        days.day,
        (
            -- whole days since a Monday: a remainder needs neither a zone nor a locale
            (days.day - date '2001-01-01') % 7 < days.working_week_days
            and coalesce(holiday.kind, 'hari_kerja') = 'hari_kerja'
        ) as is_working,
        bool_and(holiday_year.year is not null and holiday_doubt.period is null) over (partition by days.period)
            as is_known
    from days
    left join staging.holiday_year on to_char(days.day, 'YYYY')::integer = holiday_year.year
    left join staging.triwulan_holiday as holiday on days.period = holiday.period and days.day = holiday.day
    left join staging.holiday_doubt on days.period = holiday_doubt.period
)

select
    period,
    day,
    is_working,
    count(*) filter (where is_working) over (partition by period order by day) as working_day_no
from calendar
where is_known
