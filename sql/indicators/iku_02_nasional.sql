-- code: IKU-02-NASIONAL
-- title: Cakupan OPD yang memakai aplikasi nasional
-- unit: persen
-- form: persen
-- roll_up: last
-- base_period: triwulan
-- official_periods: none
-- polarity: naik
-- owner: Seksi Aplikasi dan Pengembangan Telematika; Seksi Pelayanan e-Government Standarisasi dan Aplikasi
-- legal_basis: Keputusan 13.a/2020, bab 3.4 dan lampiran
-- in_force_from: 2020-01-14
-- evidence: staging.opd(opd), staging.opd_quarantine(opd), staging.app_use(opd), staging.app_use_before(opd),
--   staging.app_usage_quarantine(opd), staging.register_submission(unit), staging.register_submission_quarantine(unit)
-- note: Pendamping IKU-02, bukan angka resmi: OPD yang memakai aplikasi nasional dalam triwulan terakhir periode.
with
offices as (
    select
        period,
        opd,
        name,
        nasional_used_on is not null as is_user,
        case when nasional_used_on is null then coalesce(why_unobserved, why_not_nasional) end as why_unobserved,
        nasional_used_on is null and unread_count > 0 as may_be_unread,
        unread_count
    from staging.app_use_state
)

select
    period,
    opd as member,
    name as member_name,
    is_user::integer::numeric as numerator,
    1::numeric as denominator,
    is_user::integer::numeric as numerator_low,
    (is_user or why_unobserved is not null or may_be_unread)::integer::numeric as numerator_high,
    1::numeric as denominator_low,
    1::numeric as denominator_high,
    (why_unobserved is null)::integer::numeric as seen,
    1::numeric as due,
    concat_ws(
        '; ',
        'tidak teramati: ' || why_unobserved,
        case when not is_user and why_unobserved is null then 'tidak ada pemakaian aplikasi nasional' end,
        case when may_be_unread then format('%s baris log dikarantina: OPD-nya tidak dikenal', unread_count) end
    ) as reason
from offices
