-- grain: one row per triwulan, row of the newest list of PPID, DIP renewals or reports that was set aside, and PPID
--   that it may be about
-- A date that can't be read may be any day. Where no PPID can be read, the place of an appointment stands for one of
-- unknown name; a renewal or a report may be of any PPID in office, also where the list gives no such PPID (is_named is
-- false).
with
registered as (
    select facts.ppid
    from fact.ppid as facts
    where (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('ppid'))
    union
    select unread.public_values ->> 'ppid' as ppid
    from iku.newest_quarantine as unread
    where unread.source = 'ppid'
),

rows_set_aside as (
    select
        ppid_rule.period,
        set_aside.source,
        case
            when set_aside.source = 'ppid'
                then coalesce(
                        set_aside.public_values ->> 'ppid', iku.name_by_place(set_aside.payload_no, set_aside.place)
                    )
            else registered.ppid
        end as ppid,
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
    left join registered on set_aside.public_values ->> 'ppid' = registered.ppid
    where set_aside.source in ('ppid', 'ppid_dip', 'ppid_report')
)

select
    rows_set_aside.period,
    rows_set_aside.source,
    coalesce(rows_set_aside.ppid, in_office.ppid) as ppid,
    rows_set_aside.ppid is not null as is_named,
    rows_set_aside.name,
    rows_set_aside.place,
    rows_set_aside.batch_id,
    rows_set_aside.record_no
from rows_set_aside
left join staging.ppid as in_office on rows_set_aside.period = in_office.period and rows_set_aside.ppid is null
where rows_set_aside.ppid is not null or in_office.ppid is not null
