-- code: IKU-02
-- title: Cakupan OPD yang telah menerapkan Aplikasi berbasis Elektronik
-- unit: persen
-- form: persen
-- roll_up: last
-- base_period: triwulan
-- official_periods: triwulan, semester, year
-- polarity: naik
-- owner: Seksi Aplikasi dan Pengembangan Telematika; Seksi Pelayanan e-Government Standarisasi dan Aplikasi
-- legal_basis: Keputusan 13.a/2020, bab 3.4 dan lampiran
-- in_force_from: 2020-01-14
-- evidence: staging.opd(opd), staging.opd_quarantine(opd), staging.app_use(opd), staging.app_use_before(opd),
--   staging.app_usage_quarantine(opd), staging.register_submission(unit), staging.register_submission_quarantine(unit)
-- reading: OPD yang menerapkan dibagi OPD dalam daftar, dikali 100; tercetak tanpa dikali 100 persen. Menerapkan:
--   ada pemakaian bertanggal, sebagai pemilik atau pengguna, atas aplikasi kabupaten yang beroperasi pada hari
--   pemakaian (U27), dalam triwulan yang menutup periode (U4). Aplikasi nasional hanya dalam pendamping (U11).
--   Pemakaian aplikasi yang tidak tercatat dalam register aplikasi tidak membuktikan apa pun: OPD-nya tidak teramati.
--   Namanya menyebut aplikasi, rumusnya SPBE yang lebih luas.
-- note: Nama indikator menyebut aplikasi, rumusnya "menerapkan SPBE" (lebih luas) dan tanpa "x 100 %".
--   Di sini: OPD yang pemakaiannya bertanggal, sebagai pemilik atau pengguna, dalam triwulan yang mengakhiri periode,
--   atas aplikasi kabupaten yang beroperasi pada hari itu. Aplikasi nasional dihitung hanya di IKU-02-NASIONAL;
--   yang terdaftar dengan dua lingkup sekaligus tidak membuktikan apa pun.
with
offices as (
    select
        period,
        opd,
        name,
        kabupaten_used_on is not null as is_user,
        case when kabupaten_used_on is null then coalesce(why_unobserved, why_not_kabupaten) end as why_unobserved,
        kabupaten_used_on is null and unread_count > 0 as may_be_unread,
        unread_count,
        used_before_on,
        nasional_used_on is not null or why_not_nasional is not null as is_national_user,
        idle_application
    from staging.app_use_state
)

select
    period,
    opd as member,
    name as member_name,
    is_user::integer::numeric as numerator,
    1::numeric as denominator,
    is_user::integer::numeric as numerator_low,
    -- a row whose OPD can't be read may be about any
    (is_user or why_unobserved is not null or may_be_unread)::integer::numeric as numerator_high,
    1::numeric as denominator_low,
    1::numeric as denominator_high,
    (why_unobserved is null)::integer::numeric as seen,
    1::numeric as due,
    concat_ws(
        '; ',
        'tidak teramati: ' || why_unobserved,
        case when not is_user and why_unobserved is null then 'terakhir dipakai ' || used_before_on end,
        case
            when is_user or why_unobserved is not null then null
            when is_national_user then 'aplikasi nasional saja'
            when idle_application is not null
                then format('%s tidak beroperasi menurut register aplikasi', idle_application)
            when used_before_on is null then 'tidak ada pemakaian'
        end,
        case when may_be_unread then format('%s baris log dikarantina: OPD-nya tidak dikenal', unread_count) end
    ) as reason
from offices
