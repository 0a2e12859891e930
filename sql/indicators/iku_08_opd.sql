-- code: IKU-08-OPD
-- title: OPD yang terlayani persandian, menurut nama IKU-08
-- unit: persen
-- form: persen
-- roll_up: last
-- base_period: triwulan
-- official_periods: none
-- polarity: naik
-- owner: Seksi Operasional Pengamanan Persandian
-- legal_basis: Keputusan 13.a/2020, bab 3.4 dan lampiran
-- in_force_from: 2020-01-14
-- evidence: staging.register_submission(unit), staging.persandian_served(unit)
-- note: Pendamping IKU-08, tidak pernah resmi: nama indikator menghitung OPD. Di sini unit yang wajib atau sukarela
--   menyerahkan agenda dan mempunyai sedikitnya satu berita yang diamankan dalam triwulan terakhir periode.
with
months as (
    select
        triwulan.period,
        month.period as month
    from iku.period as triwulan
    inner join iku.period as month
        on month.grain = 'month' and month.first_day between triwulan.first_day and triwulan.last_day
    where triwulan.grain = 'triwulan'
),

units as (
    select
        months.period,
        submission.unit,
        max(submission.unit_name) as unit_name,
        bool_and(submission.received_on is not null) as is_handed_in
    from staging.register_submission as submission
    inner join months on submission.period = months.month
    where submission.register = 'persandian_message'
    group by months.period, submission.unit
),

served as (
    select
        period,
        unit,
        bool_or(is_secured) as is_served
    from staging.persandian_served
    group by period, unit
),

verdicts as (
    select
        units.period,
        units.unit,
        units.unit_name,
        units.is_handed_in,
        coalesce(served.is_served, false) as is_served
    from units
    left join served on units.period = served.period and units.unit = served.unit
)

select
    period,
    unit as member,
    unit_name as member_name,
    is_served::integer::numeric as numerator,
    1::numeric as denominator,
    is_served::integer::numeric as numerator_low,
    (is_served or not is_handed_in)::integer::numeric as numerator_high,
    1::numeric as denominator_low,
    1::numeric as denominator_high,
    (is_served or is_handed_in)::integer::numeric as seen, -- a served unit is, whatever else it hands in (U18)
    1::numeric as due,
    case
        when is_served then ''
        when is_handed_in then 'tidak ada berita yang diamankan dalam triwulan'
        else 'tidak teramati: register belum diserahkan'
    end as reason
from verdicts
