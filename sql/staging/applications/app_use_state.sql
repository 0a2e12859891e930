-- grain: one row per triwulan and OPD: what its use of applications proves, and why nothing can be said of it
-- What is proven is proven, handed in or not. What is not proven is 0 only under the OPD's own complete log (U9).
with
tallies as (
    select
        period,
        opd,
        max(used_on) filter (where scope = 'kabupaten') as kabupaten_used_on,
        max(used_on) filter (where scope = 'nasional') as nasional_used_on,
        min(application) filter (
            where scope is null
            and not is_scope_double and not may_be_kabupaten and not may_be_nasional and not is_unknown
        ) as idle_application,
        min(application) filter (where is_unknown) as unknown_application,
        min(application) filter (where is_scope_double) as double_application,
        min(application) filter (where may_be_kabupaten) as may_be_kabupaten,
        min(application) filter (where may_be_nasional) as may_be_nasional,
        count(*) filter (where used_by = opd) as own_count
    from staging.app_use
    group by period, opd
),

set_aside as (
    select
        period,
        opd,
        count(*) filter (where is_named) as named_count,
        count(*) filter (where not is_named) as unread_count
    from staging.app_usage_quarantine
    group by period, opd
)

select
    offices.period,
    offices.opd,
    offices.name,
    tallies.kabupaten_used_on,
    tallies.nasional_used_on,
    earlier.used_on as used_before_on,
    tallies.idle_application,
    coalesce(
        'lingkup ganda dalam register aplikasi: ' || tallies.double_application,
        'baris register aplikasi dikarantina: ' || tallies.may_be_kabupaten,
        'aplikasi ' || tallies.unknown_application || ' tidak dikenal: tidak tercatat dalam register aplikasi'
    ) as why_not_kabupaten,
    coalesce(
        'lingkup ganda dalam register aplikasi: ' || tallies.double_application,
        'baris register aplikasi dikarantina: ' || tallies.may_be_nasional,
        'aplikasi ' || tallies.unknown_application || ' tidak dikenal: tidak tercatat dalam register aplikasi'
    ) as why_not_nasional,
    coalesce(set_aside.unread_count, 0) as unread_count,
    case
        when submission.unit is null and hand_ins_set_aside.unit is not null
            then 'baris register penyerahan dikarantina'
        when submission.received_on is null and coalesce(tallies.own_count, 0) + coalesce(set_aside.named_count, 0) > 0
            then 'log pemakaian ada, penyerahannya belum dicatat pada Rekapitulasi penyerahan register'
        when submission.received_on is null then 'log pemakaian belum diserahkan'
        when not submission.complete then 'log pemakaian belum lengkap'
        when set_aside.named_count > 0 then format('%s baris log dikarantina', set_aside.named_count)
        when submission.rows_declared > coalesce(tallies.own_count, 0)
            then format('%s baris dinyatakan, %s terbaca', submission.rows_declared, coalesce(tallies.own_count, 0))
        -- a log that does not say how long it is, and a month that nobody could read
        when submission.rows_declared is null then 'log tidak terbaca: ' || gaps.months
    end as why_unobserved
from staging.opd as offices
inner join iku.period
    on
        offices.period = period.period
        and period.grain = 'triwulan'
left join staging.register_submission as submission
    on
        submission.register = 'app_usage'
        and offices.period = submission.period
        and offices.opd = submission.unit
left join staging.register_submission_set_aside as hand_ins_set_aside
    on
        hand_ins_set_aside.register = 'app_usage'
        and offices.period = hand_ins_set_aside.period
        and offices.opd = hand_ins_set_aside.unit
left join staging.app_usage_gap as gaps on offices.period = gaps.period
left join tallies on offices.period = tallies.period and offices.opd = tallies.opd
left join set_aside on offices.period = set_aside.period and offices.opd = set_aside.opd
left join staging.app_use_before as earlier on offices.period = earlier.period and offices.opd = earlier.opd
union all
-- offices whose row in the register was set aside: members of which nothing is known (U14)
select
    unread.period,
    unread.opd,
    unread.name,
    null as kabupaten_used_on,
    null as nasional_used_on,
    null as used_before_on,
    null as idle_application,
    null as why_not_kabupaten,
    null as why_not_nasional,
    0 as unread_count,
    'baris register dikarantina' as why_unobserved
from staging.opd_unread as unread
inner join iku.period
    on
        unread.period = period.period
        and period.grain = 'triwulan'
