-- grain: one row per semester and system: what its integrations prove, and why nothing can be said of it
-- What is proven is proven, whoever stated it. What is not proven is 0 only under the system's own statement (U9):
-- a statement lists the system's integrations with both ends, so it is final for its own system (decision 22).
with
tallies as (
    select
        period,
        application,
        count(*) as listed_count,
        bool_or(method = 'data' and is_proven) as is_integrated,
        bool_or(is_proven) as is_connected, -- SSO included
        min(other_end_sentence) filter (where is_with_stranger) as stranger_sentence,
        max(last_success_on) filter (where is_standing and method = 'data' and age_days < 0) as data_ahead_on,
        max(last_success_on) filter (where is_standing and method <> 'data' and age_days < 0) as login_ahead_on,
        max(last_success_on) filter (where is_standing and method = 'data') as last_success_on,
        min(age_days) filter (where is_standing and method = 'data') as age_days,
        max(max_age_days) as max_age_days,
        bool_or(is_standing and method = 'data') as has_unproven,
        min(other_end_sentence) filter (where is_active and has_evidence and is_with_no_system) as no_system_sentence,
        bool_or(method = 'data' and is_active) as has_active,
        bool_or(method = 'data') as has_data
    from staging.app_integration_proof
    group by period, application
),

set_aside as (
    select
        period,
        application,
        count(*) filter (where is_named) as named_count,
        count(*) filter (where not is_named) as unread_count
    from staging.app_integration_quarantine
    group by period, application
),

systems as (
    select
        system.period,
        system.application,
        system.name,
        system.is_certain,
        system.is_certain and coalesce(tallies.is_integrated, false) as is_integrated,
        system.is_certain and coalesce(tallies.is_connected, false) as is_connected,
        coalesce(set_aside.unread_count, 0) as unread_count,
        case
            when not system.is_certain then 'lingkup atau jenis ganda dalam register aplikasi'
            when submission.unit is null and hand_ins_set_aside.unit is not null
                then 'baris register penyerahan dikarantina'
            when submission.received_on is null then 'pernyataan integrasi belum diserahkan'
            when not submission.complete then 'pernyataan integrasi belum lengkap'
            when register.period is null then 'register integrasi periode ini belum ada'
            when set_aside.named_count > 0 then format('%s baris integrasi dikarantina', set_aside.named_count)
            when submission.rows_declared > coalesce(tallies.listed_count, 0)
                then
                    format(
                        '%s integrasi dinyatakan, %s terdaftar',
                        submission.rows_declared, coalesce(tallies.listed_count, 0)
                    )
            when tallies.data_ahead_on is not null
                then format('keberhasilan terakhir %s sesudah akhir periode', tallies.data_ahead_on)
            else tallies.stranger_sentence
        end as why_unobserved,
        'keberhasilan SSO terakhir ' || tallies.login_ahead_on || ' sesudah akhir periode' as why_login_unobserved,
        case
            when tallies.age_days > tallies.max_age_days
                then
                    format(
                        'terakhir berhasil %s: %s hari, batas %s hari',
                        tallies.last_success_on, tallies.age_days, trim_scale(tallies.max_age_days)
                    )
            when tallies.has_unproven then 'integrasi data belum pernah berhasil'
            when tallies.no_system_sentence is not null then tallies.no_system_sentence
            when tallies.has_active then 'integrasi data tanpa bukti'
            when tallies.has_data then 'integrasi data tidak aktif pada akhir periode'
            when tallies.listed_count > 0 then 'SSO saja'
            else 'tidak ada integrasi'
        end as why_not
    from staging.spbe_system as system
    left join staging.app_integration_register as register on system.period = register.period
    left join staging.register_submission as submission
        on
            submission.register = 'app_integration'
            and system.period = submission.period
            and system.application = submission.unit
    left join staging.register_submission_set_aside as hand_ins_set_aside
        on
            hand_ins_set_aside.register = 'app_integration'
            and system.period = hand_ins_set_aside.period
            and system.application = hand_ins_set_aside.unit
    left join tallies on system.period = tallies.period and system.application = tallies.application
    left join set_aside on system.period = set_aside.period and system.application = set_aside.application
)

select
    period,
    application,
    name,
    is_certain,
    is_integrated,
    is_connected,
    unread_count,
    why_unobserved,
    why_login_unobserved,
    why_not
from systems
union all
-- systems whose row in the register of applications was set aside: members of which nothing is known (U14)
select
    set_aside.period,
    set_aside.application,
    coalesce(max(set_aside.name), set_aside.application) as name,
    true as is_certain,
    false as is_integrated,
    false as is_connected,
    0 as unread_count,
    'baris register dikarantina' as why_unobserved,
    null as why_login_unobserved,
    null as why_not
from staging.spbe_system_quarantine as set_aside
left join staging.spbe_system as registered
    on set_aside.period = registered.period and set_aside.application = registered.application
where registered.application is null
group by set_aside.period, set_aside.application
