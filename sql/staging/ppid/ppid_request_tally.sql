-- grain: one row per triwulan and PPID: its requests, and what it said of its register
-- A request is unproven while its answer, its due day or its very row is not known. Rows that were declared and not
-- loaded may be requests answered late; carried over ones may be listed besides. What a PPID of a dissolved office
-- (U17) declared is held against what its own register lists.
with
listed as (
    select
        requests.period,
        requests.registered_ppid,
        count(*) as listed_count,
        -- one that came in earlier may stand in an earlier register alone
        count(*) filter (where requests.received_on >= period.first_day) as received_count,
        count(*) filter (where requests.is_due is not false) as due_count,
        count(*) filter (where requests.is_due and requests.is_in_time) as in_time_count,
        count(*) filter (where requests.is_due and not requests.is_in_time) as late_count,
        count(*) filter (where requests.is_due is not false and requests.is_in_time is null) as open_count,
        count(*) filter (where requests.is_due is null and not requests.is_calendar_known) as no_calendar_count
    from staging.ppid_request as requests
    inner join iku.period on requests.period = period.period
    group by requests.period, requests.registered_ppid
),

set_aside as (
    select
        period,
        registered_ppid,
        count(*) filter (where is_named) as quarantined_count,
        count(*) filter (where not is_named) as nameless_count
    from staging.ppid_request_quarantine
    group by period, registered_ppid
),

registers as (
    select
        ppid.period,
        ppid.ppid,
        ppid.ppid as registered_ppid,
        true as is_hand_in_asked,
        submission.received_on,
        submission.nil,
        submission.rows_declared,
        submission.unit is null and hand_ins_set_aside.unit is not null as is_hand_in_set_aside
    from staging.ppid
    left join staging.register_submission as submission
        on
            submission.register = 'ppid_request'
            and ppid.period = submission.period
            and ppid.ppid = submission.unit
    left join staging.register_submission_set_aside as hand_ins_set_aside
        on
            hand_ins_set_aside.register = 'ppid_request'
            and ppid.period = hand_ins_set_aside.period
            and ppid.ppid = hand_ins_set_aside.unit
    union all
    select
        period,
        ppid,
        predecessor as registered_ppid,
        is_hand_in_asked,
        received_on,
        nil,
        rows_declared,
        is_hand_in_set_aside
    from staging.ppid_predecessor
),

counted as (
    select
        registers.period,
        registers.ppid,
        registers.registered_ppid,
        registers.is_hand_in_asked,
        coalesce(registers.nil, false) as is_nil,
        coalesce(listed.due_count, 0) as due_count,
        coalesce(listed.in_time_count, 0) as in_time_count,
        coalesce(listed.late_count, 0) as late_count,
        coalesce(listed.open_count, 0) as open_count,
        coalesce(listed.no_calendar_count, 0) as no_calendar_count,
        greatest(
            registers.rows_declared - coalesce(listed.listed_count, 0), coalesce(set_aside.quarantined_count, 0)
        ) as unread_count,
        -- of a register that says how many it holds none is missing
        case when registers.rows_declared is null then coalesce(set_aside.nameless_count, 0) else 0 end
            as nameless_count,
        case
            when not registers.is_hand_in_asked then null
            when registers.is_hand_in_set_aside then 'baris register penyerahan dikarantina'
            when registers.received_on is null and listed.received_count > 0
                then 'register ada, penyerahannya belum dicatat pada Rekapitulasi penyerahan register'
            when registers.received_on is null then 'register belum diserahkan'
            -- absence is evidence only in a list that says how long it is, or is there (U9)
            when
                registers.rows_declared is null
                and coalesce(listed.listed_count, 0) + coalesce(set_aside.quarantined_count, 0) = 0
                then 'register diserahkan tanpa jumlah permohonan dan tanpa isi'
        end as why_unobserved
    from registers
    left join listed
        on registers.period = listed.period and registers.registered_ppid = listed.registered_ppid
    left join set_aside
        on registers.period = set_aside.period and registers.registered_ppid = set_aside.registered_ppid
)

select
    period,
    ppid,
    bool_and(is_nil) filter (where is_hand_in_asked) as is_nil,
    sum(in_time_count)::bigint as in_time_count,
    sum(late_count)::bigint as late_count,
    sum(no_calendar_count)::bigint as no_calendar_count,
    sum(open_count + unread_count)::bigint as unproven_count,
    sum(due_count + unread_count)::bigint as due_count,
    sum(nameless_count)::bigint as nameless_count,
    string_agg(
        case
            when registered_ppid = ppid then why_unobserved
            else format('%s (%s, OPD-nya dilebur)', why_unobserved, registered_ppid)
        end,
        ', ' order by registered_ppid = ppid desc, registered_ppid
    ) filter (where why_unobserved is not null) as why_unobserved
from counted
group by period, ppid
