-- code: IKU-00
-- title: Persentase Sistem Informasi yang Terintegrasi
-- unit: persen
-- form: persen
-- roll_up: last
-- base_period: semester
-- official_periods: semester, year
-- polarity: naik
-- owner: Seksi Aplikasi dan Pengembangan Telematika
-- legal_basis: Keputusan 13.a/2020, bab 3.4
-- in_force_from: 2020-01-14
-- evidence: staging.spbe_system(application), staging.spbe_system_quarantine(application),
--   staging.app_integration(application), staging.app_integration_quarantine(application),
--   staging.register_submission(unit), staging.register_submission_quarantine(unit)
-- reading: Sistem yang terintegrasi dibagi sistem informasi kabupaten yang beroperasi, dikali 100; keadaan pada
--   hari terakhir periode. Terintegrasi: berada di salah satu ujung integrasi aktif berupa pertukaran data yang
--   berhasil dalam 90 hari sebelum akhir periode, dengan bukti, dan ujung lainnya sistem yang pada hari keberhasilan
--   itu beroperasi menurut register aplikasi, atau tidak tercatat di sana dan menyebut dirinya nasional. Bila menurut
--   register itu ujung lainnya situs web atau sudah ditutup, itu bukan integrasi; bila tidak dikenal, sistemnya tidak
--   teramati (U15). SSO atau kata status saja tidak dihitung (U11); situs web bukan sistem. Sistem yang belum terbukti
--   juga tidak teramati selama pernyataannya sendiri belum diserahkan, belum lengkap, atau memuat lebih dari yang
--   terdaftar (U15). Keputusan tidak mencetak rumus dan tidak merumuskan terintegrasi.
-- note: Keputusan tidak mencetak rumus dan tidak mengartikan "terintegrasi"; bab 3.4 menyebutnya indikator tujuan.
--   Di sini: sistem kabupaten yang bertukar data di salah satu ujung integrasi yang aktif, berbukti, dan berhasil
--   dalam 90 hari sebelum akhir periode, dengan sistem lain yang beroperasi menurut register aplikasi atau menyebut
--   dirinya nasional. SSO, pernyataan status, dan sambungan ke situs web atau sistem yang sudah ditutup tidak dihitung.
with
systems as (
    select
        period,
        application,
        name,
        is_certain,
        unread_count,
        is_integrated,
        case when not is_integrated then why_unobserved end as why_unobserved,
        why_not
    from staging.app_integration_state
)

select
    period,
    application as member,
    name as member_name,
    is_integrated::integer::numeric as numerator,
    1::numeric as denominator,
    is_integrated::integer::numeric as numerator_low,
    -- a row whose ends can't be read may be about any system
    (is_integrated or why_unobserved is not null or unread_count > 0)::integer::numeric as numerator_high,
    is_certain::integer::numeric as denominator_low, -- it may be a national one, or a website: then no member
    1::numeric as denominator_high,
    (why_unobserved is null)::integer::numeric as seen,
    1::numeric as due,
    concat_ws(
        '; ',
        'tidak teramati: ' || why_unobserved,
        case when not is_integrated and why_unobserved is null then why_not end,
        case
            when not is_integrated and unread_count > 0
                then format('%s baris integrasi dikarantina: ujungnya tidak dikenal', unread_count)
        end
    ) as reason
from systems
