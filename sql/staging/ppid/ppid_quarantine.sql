-- grain: one row per triwulan and row of the newest list of PPID, DIP renewals or reports that was set aside
-- A date that can't be read may be any day.
select
    ppid_rule.period,
    set_aside.source,
    set_aside.public_values ->> 'ppid' as ppid,
    set_aside.public_values ->> 'name' as name,
    set_aside.place,
    set_aside.batch_id,
    set_aside.record_no
from iku.newest_quarantine as set_aside
inner join staging.ppid_rule
    on
        coalesce(set_aside.public_values ->> 'report_year' = cast(ppid_rule.report_year as text), true)
        and iku.may_be_valid(
            case set_aside.source
                when 'ppid' then set_aside.public_values ->> 'appointed_on'
                when 'ppid_dip' then set_aside.public_values ->> 'renewed_on'
            end,
            set_aside.public_values ->> 'ended_on',
            ppid_rule.last_ended_day,
            ppid_rule.last_ended_day
        )
where
    set_aside.source in ('ppid', 'ppid_dip', 'ppid_report')
    and set_aside.public_values ->> 'ppid' is not null
