-- grain: one row per triwulan and row of the newest list of PPID, DIP renewals or reports that was set aside
-- A date that can't be read may be any day.
select
    ppid_rule.period,
    newest.source,
    set_aside.public_values ->> 'ppid' as ppid,
    set_aside.public_values ->> 'name' as name,
    set_aside.place,
    set_aside.batch_id,
    set_aside.record_no
from iku.newest_batch as newest
inner join iku.quarantine as set_aside on newest.batch_id = set_aside.batch_id
inner join staging.ppid_rule
    on
        coalesce(set_aside.public_values ->> 'report_year' = cast(ppid_rule.report_year as text), true)
        and iku.may_be_valid(
            case newest.source
                when 'ppid' then set_aside.public_values ->> 'appointed_on'
                when 'ppid_dip' then set_aside.public_values ->> 'renewed_on'
            end,
            set_aside.public_values ->> 'ended_on',
            ppid_rule.last_ended_day,
            ppid_rule.last_ended_day
        )
where
    newest.source in ('ppid', 'ppid_dip', 'ppid_report')
    and set_aside.public_values ->> 'ppid' is not null
