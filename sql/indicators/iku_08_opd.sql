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
-- evidence: staging.persandian_hand_in(unit), staging.persandian_hand_in_quarantine(unit),
--   staging.persandian_served(unit), staging.persandian_served_quarantine(unit)
-- note: Pendamping IKU-08, tidak pernah resmi: nama indikator menghitung OPD. Di sini unit yang wajib atau sukarela
--   menyerahkan agenda dan mempunyai sedikitnya satu berita yang diamankan dalam triwulan terakhir periode.
with
units as (
    select
        period,
        unit,
        max(unit_name) as unit_name,
        bool_and(received_on is not null) as is_handed_in,
        -- absence is evidence only in a list that says how long it is (U9)
        bool_and(coalesce(rows_declared, last_running_number) is not null) as is_counted,
        sum(rows_declared) as declared_count
    from staging.persandian_hand_in
    group by period, unit
),

served as (
    select
        period,
        unit,
        bool_or(is_secured) as is_served,
        count(*) as loaded_count
    from staging.persandian_served
    group by period, unit
),

set_aside as (
    select
        period,
        unit,
        count(*) filter (where not is_void) as quarantined_count,
        count(*) filter (where is_void) as void_count
    from staging.persandian_served_quarantine
    group by period, unit
),

verdicts as (
    select
        units.period,
        units.unit,
        units.unit_name,
        coalesce(served.is_served, false) as is_served,
        case
            when not units.is_handed_in then 'register belum diserahkan'
            when set_aside.quarantined_count > 0 then format('%s entri dikarantina', set_aside.quarantined_count)
            when units.declared_count > coalesce(served.loaded_count, 0) + coalesce(set_aside.void_count, 0)
                then
                    format(
                        '%s entri dinyatakan, %s terbaca', units.declared_count, coalesce(served.loaded_count, 0)
                    )
            when not units.is_counted then 'jumlah baris tidak dinyatakan'
        end as why_unobserved
    from units
    left join served on units.period = served.period and units.unit = served.unit
    left join set_aside on units.period = set_aside.period and units.unit = set_aside.unit
),

-- hand-ins whose row was set aside: members of which nothing is known (U14)
unread as (
    select
        submission.period,
        submission.unit,
        coalesce(max(submission.unit_name), submission.unit) as unit_name
    from staging.persandian_hand_in_quarantine as submission
    left join units on submission.period = units.period and submission.unit = units.unit
    where units.unit is null
    group by submission.period, submission.unit
)

select
    period,
    unit as member,
    unit_name as member_name,
    is_served::integer::numeric as numerator,
    1::numeric as denominator,
    is_served::integer::numeric as numerator_low,
    (is_served or why_unobserved is not null)::integer::numeric as numerator_high,
    1::numeric as denominator_low,
    1::numeric as denominator_high,
    -- a served unit is, whatever else it hands in (U18)
    (is_served or why_unobserved is null)::integer::numeric as seen,
    1::numeric as due,
    case
        when is_served then ''
        when why_unobserved is not null then 'tidak teramati: ' || why_unobserved
        else 'tidak ada berita yang diamankan dalam triwulan'
    end as reason
from verdicts
union all
select unobserved.*
from unread
cross join
    lateral iku.unobserved_member(
        unread.period, unread.unit, unread.unit_name, 'tidak teramati: baris register dikarantina'
    ) as unobserved
