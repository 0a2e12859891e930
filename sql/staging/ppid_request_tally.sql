-- grain: one row per triwulan and PPID: its requests, and what it said of its register
-- A request is unproven while its answer, its due day or its very row is not known. Rows that were declared and not
-- loaded may be requests answered late; carried over ones may be listed besides.
with
listed as (
    select
        period,
        ppid,
        count(*) as listed_count,
        count(*) filter (where is_due is not false) as due_count,
        count(*) filter (where is_due and is_in_time) as in_time_count,
        count(*) filter (where is_due and not is_in_time) as late_count,
        count(*) filter (where is_due is not false and is_in_time is null) as open_count,
        count(*) filter (where is_due is null) as no_calendar_count
    from staging.ppid_request
    group by period, ppid
),

set_aside as (
    select
        period,
        ppid,
        count(*) as quarantined_count
    from staging.ppid_request_quarantine
    group by period, ppid
),

counted as (
    select
        ppid.period,
        ppid.ppid,
        submission.received_on is not null as is_handed_in,
        coalesce(submission.nil, false) as is_nil,
        submission.rows_declared,
        coalesce(listed.listed_count, 0) as listed_count,
        coalesce(listed.due_count, 0) as due_count,
        coalesce(listed.in_time_count, 0) as in_time_count,
        coalesce(listed.late_count, 0) as late_count,
        coalesce(listed.open_count, 0) as open_count,
        coalesce(listed.no_calendar_count, 0) as no_calendar_count,
        coalesce(set_aside.quarantined_count, 0) as quarantined_count
    from staging.ppid
    left join staging.register_submission as submission
        on
            ppid.period = submission.period
            and ppid.ppid = submission.unit
            and submission.register = 'ppid_request'
    left join listed on ppid.period = listed.period and ppid.ppid = listed.ppid
    left join set_aside on ppid.period = set_aside.period and ppid.ppid = set_aside.ppid
)

select
    period,
    ppid,
    is_nil,
    in_time_count,
    late_count,
    no_calendar_count,
    open_count + greatest(rows_declared - listed_count, quarantined_count) as unproven_count,
    due_count + greatest(rows_declared - listed_count, quarantined_count) as due_count,
    case
        when not is_handed_in then 'register belum diserahkan'
        -- absence is evidence only in a list that says how long it is, or is there (U9)
        when rows_declared is null and listed_count + quarantined_count = 0
            then 'register diserahkan tanpa jumlah permohonan dan tanpa isi'
    end as why_unobserved
from counted
