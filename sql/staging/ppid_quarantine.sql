-- grain: one row per triwulan and row of the newest list of PPID, DIP renewals or reports that was set aside
-- A date that can't be read may be any day.
with
newest_snapshot as (
    select distinct on (source)
        source,
        batch_id
    from iku.batch_in_force
    where source in ('ppid', 'ppid_dip', 'ppid_report')
    order by source asc, window_on desc
),

texts as (
    select
        newest_snapshot.source,
        quarantine.batch_id,
        quarantine.record_no,
        quarantine.place,
        quarantine.public_values ->> 'ppid' as ppid,
        quarantine.public_values ->> 'name' as name,
        quarantine.public_values ->> 'report_year' as report_year,
        case newest_snapshot.source
            when 'ppid' then quarantine.public_values ->> 'appointed_on'
            when 'ppid_dip' then quarantine.public_values ->> 'renewed_on'
        end as first_day,
        quarantine.public_values ->> 'ended_on' as last_day
    from newest_snapshot
    inner join iku.quarantine on newest_snapshot.batch_id = quarantine.batch_id
),

dates as (
    select
        texts.source,
        texts.batch_id,
        texts.record_no,
        texts.place,
        texts.ppid,
        texts.name,
        texts.report_year,
        case when pg_input_is_valid(texts.first_day, 'date') then cast(texts.first_day as date) end as first_day,
        case when pg_input_is_valid(texts.last_day, 'date') then cast(texts.last_day as date) end as last_day
    from texts
)

select
    ppid_rule.period,
    dates.source,
    dates.ppid,
    dates.name,
    dates.place,
    dates.batch_id,
    dates.record_no
from dates
inner join staging.ppid_rule
    on
        coalesce(dates.report_year = cast(ppid_rule.report_year as text), true)
        and case
            -- an end before the beginning: either is wrong
            when dates.last_day < dates.first_day then true
            else
                coalesce(dates.first_day <= ppid_rule.last_ended_day, true)
                and coalesce(dates.last_day >= ppid_rule.last_ended_day, true)
        end
where dates.ppid is not null
