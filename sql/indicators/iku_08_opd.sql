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
-- evidence: staging.register_submission(unit), staging.register_submission_quarantine(unit),
--   staging.persandian_served(unit), staging.persandian_quarantine(unit)
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
        bool_and(submission.received_on is not null) as is_handed_in,
        -- absence is evidence only in a list that says how long it is (U9)
        bool_and(coalesce(submission.rows_declared, submission.last_running_number) is not null) as is_counted,
        sum(submission.rows_declared) as declared_count
    from staging.register_submission as submission
    inner join months on submission.period = months.month
    where submission.register = 'persandian_message'
    group by months.period, submission.unit
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
        months.period,
        quarantine.unit,
        count(*) filter (where not quarantine.is_void) as quarantined_count,
        count(*) filter (where quarantine.is_void) as void_count
    from staging.persandian_quarantine as quarantine
    inner join months on quarantine.period = months.month
    where quarantine.has_unit
    group by months.period, quarantine.unit
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
        months.period,
        submission.unit,
        coalesce(max(submission.unit_name), submission.unit) as unit_name
    from staging.register_submission_quarantine as submission
    inner join months on submission.period = months.month
    left join units on months.period = units.period and submission.unit = units.unit
    where
        submission.grain = 'month'
        and not submission.is_month_before
        and coalesce(submission.register, 'persandian_message') = 'persandian_message'
        and units.unit is null
    group by months.period, submission.unit
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
