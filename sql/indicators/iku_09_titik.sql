-- code: IKU-09-TITIK
-- title: Titik akses ruang publik yang terlihat
-- unit: titik
-- form: jumlah
-- roll_up: last
-- base_period: month
-- official_periods: none
-- polarity: naik
-- owner: Seksi Pemberdayaan dan Keamanan Infrastruktur Telematika
-- legal_basis: Pendamping IKU-09 (tidak diatur dalam Keputusan 13.a/2020)
-- in_force_from: 2020-01-14
-- note: Titik akses yang dikelola Dinas, dalam pemantauannya, dan terlihat; satu anggota per lokasi. Angka ini tidak
--   pernah resmi.
-- evidence: staging.public_area(area), staging.public_area_quarantine(area)
with
areas as (
    select
        period,
        area,
        max(area_name) as name,
        count(*) filter (where is_ours and is_seen is true) as seen_count,
        count(*) filter (where is_ours and is_seen is null) as open_count,
        count(*) as point_count
    from staging.public_area_point
    group by period, area
),

set_aside as (
    select
        period,
        area,
        max(area_name) as name,
        count(*) as row_count,
        count(*) filter (where may_be_ours) as open_count
    from staging.public_area_quarantine
    group by period, area
),

counts as (
    select
        coalesce(areas.period, set_aside.period) as period,
        coalesce(areas.area, set_aside.area) as area,
        coalesce(areas.name, set_aside.name, set_aside.area) as name,
        coalesce(areas.seen_count, 0) as seen_count,
        coalesce(areas.open_count, 0) + coalesce(set_aside.open_count, 0) as open_count,
        coalesce(areas.point_count, 0) + coalesce(set_aside.row_count, 0) as point_count
    from areas
    full join set_aside on areas.period = set_aside.period and areas.area = set_aside.area
)

select
    counts.period,
    counts.area as member,
    counts.name as member_name,
    counts.seen_count::numeric as numerator,
    null::numeric as denominator,
    counts.seen_count::numeric as numerator_low,
    (counts.seen_count + counts.open_count)::numeric as numerator_high,
    null::numeric as denominator_low,
    null::numeric as denominator_high,
    (counts.point_count - counts.open_count)::numeric as seen,
    counts.point_count::numeric as due,
    case
        when counts.open_count > 0
            then format('tidak teramati: %s dari %s titik akses', counts.open_count, counts.point_count)
        when counts.seen_count = 0
            then format('tidak satu pun dari %s titik akses dikelola Dinas dan terlihat', counts.point_count)
        else ''
    end as reason
from counts
inner join iku.period on counts.period = period.period
where period.grain = 'month'
