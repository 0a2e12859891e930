-- grain: one row per triwulan: by what a PPID is judged on its last ended day, and which registers are known for it
-- member: none
-- parameters: dip_max_age_months, annual_report_due_months, answer_working_days, answer_extension_working_days
with
rules as (
    select
        period,
        max(value) filter (where name = 'dip_max_age_months')::integer as dip_max_age_months,
        max(value) filter (where name = 'annual_report_due_months')::integer as annual_report_due_months,
        max(value) filter (where name = 'answer_working_days') as answer_days,
        max(value) filter (where name = 'answer_extension_working_days') as extension_days
    from staging.parameter
    group by period
),

days as (
    select
        period.period,
        period.first_day,
        period.last_ended_day,
        rules.dip_max_age_months,
        rules.annual_report_due_months,
        rules.answer_days,
        rules.extension_days,
        to_char(period.last_ended_day, 'YYYY')::integer as this_year
    from iku.period
    left join rules on period.period = rules.period
    where period.grain = 'triwulan' and period.first_day <= period.last_ended_day
),

-- of the newest register only: what it does not list by its position is not there
positions as (
    select distinct on (source)
        source,
        coalesce(position_on, iku.local_date(upper(win)) - 1) as position_on
    from iku.batch_in_force
    where source in ('ppid_dip', 'ppid_report')
    order by source asc, window_on desc
)

select
    days.period,
    days.first_day,
    days.last_ended_day,
    days.dip_max_age_months,
    days.answer_days,
    days.extension_days,
    -- U23: the same day so many months earlier, 29 February: 28
    days.last_ended_day - make_interval(months => days.dip_max_age_months) as dip_renewed_since,
    -- a report is due until the end of that month, its last day included
    case
        when
            days.last_ended_day + 1
            >= make_date(days.this_year, 1, 1) + make_interval(months => days.annual_report_due_months)
            then days.this_year - 1
        else days.this_year - 2
    end as report_year,
    coalesce(dip.position_on >= days.last_ended_day, false) as is_dip_known,
    coalesce(report.position_on >= days.last_ended_day, false) as is_report_known
from days
left join positions as dip on dip.source = 'ppid_dip'
left join positions as report on report.source = 'ppid_report'
