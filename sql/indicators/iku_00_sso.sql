-- code: IKU-00-SSO
-- title: Persentase sistem informasi yang terhubung, dengan SSO
-- unit: persen
-- form: persen
-- roll_up: last
-- base_period: semester
-- official_periods: none
-- polarity: naik
-- owner: Seksi Aplikasi dan Pengembangan Telematika
-- legal_basis: Keputusan 13.a/2020, bab 3.4
-- in_force_from: 2020-01-14
-- evidence: staging.spbe_system(application), staging.spbe_system_quarantine(application),
--   staging.app_integration(application), staging.app_integration_quarantine(application),
--   staging.register_submission(unit), staging.register_submission_quarantine(unit)
-- note: Pendamping IKU-00, bukan angka resmi: integrasi data atau SSO, dengan syarat bukti dan umur yang sama.
with
systems as (
    select
        period,
        application,
        name,
        is_certain,
        unread_count,
        is_connected,
        case when not is_connected then coalesce(why_unobserved, why_login_unobserved) end as why_unobserved
    from staging.app_integration_state
)

select
    period,
    application as member,
    name as member_name,
    is_connected::integer::numeric as numerator,
    1::numeric as denominator,
    is_connected::integer::numeric as numerator_low,
    (is_connected or why_unobserved is not null or unread_count > 0)::integer::numeric as numerator_high,
    is_certain::integer::numeric as denominator_low, -- it may be a national one, or a website: then no member
    1::numeric as denominator_high,
    (why_unobserved is null)::integer::numeric as seen,
    1::numeric as due,
    concat_ws(
        '; ',
        'tidak teramati: ' || why_unobserved,
        case
            when not is_connected and why_unobserved is null then 'tidak ada integrasi data atau SSO yang terbukti'
        end,
        case
            when not is_connected and unread_count > 0
                then format('%s baris integrasi dikarantina: ujungnya tidak dikenal', unread_count)
        end
    ) as reason
from systems
