-- code: IKU-09
-- title: Cakupan layanan internet pada ruang publik
-- unit: lokasi
-- form: jumlah
-- roll_up: last
-- base_period: month
-- official_periods: triwulan, semester, year
-- polarity: naik
-- owner: Seksi Pemberdayaan dan Keamanan Infrastruktur Telematika
-- legal_basis: Keputusan 13.a/2020, lampiran
-- in_force_from: 2020-01-14
-- reading: Banyaknya area publik dengan sedikitnya satu titik akses yang dikelola Dinas, ada dalam pemantauannya,
--   dan terlihat dalam 30 hari sebelum akhir periode; namanya cakupan, rumusnya jumlah tanpa penyebut. Terintegrasi
--   kami baca: tampak dalam pemantauan Dinas. Titik akses adalah pendamping; target 4 Titik Akses menghitung titik,
--   bukan area.
-- note: Namanya "cakupan" tetapi rumusnya jumlah area publik; tidak ada penyebut. "Terintegrasi" kami baca: titik akses
--   dikelola Dinas dan terlihat dalam pemantauannya. Target "4 titik akses" bersatuan lain (lihat IKU-09-TITIK).
-- evidence: staging.public_area(area), staging.public_area_quarantine(area)
with
areas as (
    select
        period,
        area,
        max(area_name) as name,
        bool_or(is_ours and is_seen is true) as is_covered,
        bool_or(is_ours and is_seen is null) as is_open,
        bool_or(is_ours and is_seen_later) as is_seen_later,
        bool_or(is_ours) as has_ours,
        max(point_seen_max_age_days) as max_age_days
    from staging.public_area_point
    group by period, area
),

set_aside as (
    select
        period,
        area,
        max(area_name) as name,
        bool_or(may_be_ours) as may_be_ours
    from staging.public_area_quarantine
    group by period, area
),

-- an area of which every row was set aside is a member of which nothing is known (U14)
verdicts as (
    select
        coalesce(areas.period, set_aside.period) as period,
        coalesce(areas.area, set_aside.area) as area,
        coalesce(areas.name, set_aside.name, set_aside.area) as name,
        coalesce(areas.is_covered, false) as is_covered,
        areas.is_open,
        areas.is_seen_later,
        areas.has_ours,
        areas.max_age_days,
        coalesce(set_aside.may_be_ours, false) as is_set_aside,
        not coalesce(areas.is_covered, false)
        and (coalesce(set_aside.may_be_ours, false) or coalesce(areas.is_open, false)) as is_unobserved
    from areas
    full join set_aside on areas.period = set_aside.period and areas.area = set_aside.area
)

select
    verdicts.period,
    verdicts.area as member,
    verdicts.name as member_name,
    verdicts.is_covered::integer::numeric as numerator,
    null::numeric as denominator,
    verdicts.is_covered::integer::numeric as numerator_low,
    (verdicts.is_covered or verdicts.is_unobserved)::integer::numeric as numerator_high,
    null::numeric as denominator_low,
    null::numeric as denominator_high,
    (not verdicts.is_unobserved)::integer::numeric as seen,
    1::numeric as due,
    case
        when verdicts.is_covered then ''
        when verdicts.is_set_aside then 'tidak teramati: baris register dikarantina'
        when verdicts.is_seen_later then 'tidak teramati: baru terlihat sesudah akhir periode'
        when verdicts.is_open then 'tidak teramati: pengendali diam'
        when verdicts.has_ours then format('titik akses tidak terlihat dalam %s hari', verdicts.max_age_days)
        else 'tidak ada titik akses Dinas dalam pemantauan'
    end as reason
from verdicts
inner join iku.period on verdicts.period = period.period
where period.grain = 'month'
