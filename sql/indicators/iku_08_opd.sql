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
--   menyerahkan agenda dan mempunyai sedikitnya satu berita yang diamankan dalam triwulan terakhir periode. Satu berita
--   yang diamankan sudah membuktikannya; bahwa tidak ada satu pun hanya terbukti oleh register setiap bulan triwulan
--   itu yang sudah selesai. Bulan yang registernya belum diserahkan, tidak tercatat pada Rekapitulasi penyerahan
--   register, atau lewat sebelum pengumpulan dimulai tidak teramati; unit itu teramati sebesar bagian bulan yang
--   teramati.
with
months as ( -- a month's register is due when the month is over
    select
        triwulan.period,
        month.period as month
    from iku.period as triwulan
    inner join iku.period as month
        on
            month.grain = 'month'
            and month.is_finished
            and month.first_day between triwulan.first_day and triwulan.last_day
    where triwulan.grain = 'triwulan'
),

units as (
    select
        period,
        unit,
        max(unit_name) as unit_name
    from staging.persandian_hand_in
    group by period, unit
),

served as (
    select
        period,
        unit,
        to_char(recorded_on, 'YYYY-MM') as month,
        bool_or(is_secured) as is_served,
        count(*) as loaded_count
    from staging.persandian_served
    group by period, unit, month
),

set_aside as (
    select
        period,
        unit,
        month,
        count(*) filter (where not is_void) as quarantined_count,
        count(*) filter (where is_void) as void_count
    from staging.persandian_served_quarantine
    group by period, unit, month
),

hand_ins_set_aside as (
    select distinct
        period,
        unit,
        month
    from staging.persandian_hand_in_quarantine
),

-- what each unit said of each month that is due, beside what its register holds
registers as (
    select
        units.period,
        units.unit,
        months.month,
        submission.unit is not null as is_listed,
        submission.received_on is not null as is_handed_in,
        hand_ins_set_aside.unit is not null as is_hand_in_set_aside,
        submission.rows_declared,
        submission.last_running_number - submission.previous_running_number as numbers,
        coalesce(served.loaded_count, 0) as loaded_count,
        coalesce(set_aside.quarantined_count, 0) as quarantined_count,
        coalesce(set_aside.void_count, 0) as void_count
    from units
    inner join months on units.period = months.period
    left join staging.persandian_hand_in as submission
        on
            units.period = submission.period
            and units.unit = submission.unit
            and months.month = submission.month
    left join hand_ins_set_aside
        on
            units.period = hand_ins_set_aside.period
            and units.unit = hand_ins_set_aside.unit
            and months.month = hand_ins_set_aside.month
    left join served
        on units.period = served.period and units.unit = served.unit and months.month = served.month
    left join set_aside
        on units.period = set_aside.period and units.unit = set_aside.unit and months.month = set_aside.month
),

doubts as (
    select
        period,
        unit,
        month,
        case
            when not is_handed_in and loaded_count + quarantined_count + void_count > 0
                then 'register ada, penyerahannya belum dicatat pada Rekapitulasi penyerahan register'
            when is_listed and not is_handed_in then 'register belum diserahkan'
            when not is_listed and is_hand_in_set_aside then 'baris Rekapitulasi penyerahan register dikarantina'
            when not is_listed then 'tidak tercatat pada Rekapitulasi penyerahan register'
            when quarantined_count > 0 then format('%s entri dikarantina', quarantined_count)
            when rows_declared > loaded_count + void_count
                then format('%s entri dinyatakan, %s terbaca', rows_declared, loaded_count)
            when numbers > coalesce(rows_declared, loaded_count + void_count)
                then format('%s nomor diberikan, %s entri terbaca', numbers, loaded_count)
            -- absence is evidence only in a list that says how long it is (U9); one of two series does not
            when rows_declared is null and coalesce(numbers < loaded_count + void_count, true)
                then 'jumlah baris tidak dinyatakan'
        end as why
    from registers
),

causes as (
    select
        period,
        unit,
        why,
        min(month) as first_month,
        max(month) as last_month,
        count(*) as month_count,
        format('%s (%s)', why, string_agg(month, ', ' order by month)) as sentence
    from doubts
    group by period, unit, why
),

tallies as (
    select
        period,
        unit,
        sum(month_count) as month_count,
        max(last_month) as last_month,
        coalesce(sum(month_count) filter (where why is null), 0) as seen_count,
        string_agg(sentence, '; ' order by first_month, why) filter (where why is not null) as sentences
    from causes
    group by period, unit
),

services as (
    select
        period,
        unit,
        bool_or(is_served) as is_served
    from served
    group by period, unit
),

verdicts as (
    select
        units.period,
        units.unit,
        units.unit_name,
        coalesce(services.is_served, false) as is_served,
        coalesce(tallies.month_count, 0) as month_count,
        coalesce(tallies.seen_count, 0) as seen_count,
        tallies.last_month,
        period.is_finished,
        case
            when tallies.unit is null then 'belum ada bulan yang selesai'
            else tallies.sentences
        end as why_unobserved
    from units
    inner join iku.period on units.period = period.period
    left join tallies on units.period = tallies.period and units.unit = tallies.unit
    left join services on units.period = services.period and units.unit = services.unit
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
    case when is_served then 1 else seen_count end::numeric as seen,
    case when is_served then 1 else month_count end::numeric as due,
    case
        when is_served then ''
        when why_unobserved is not null then 'tidak teramati: ' || why_unobserved
        when not is_finished
            then format('tidak ada berita yang diamankan dalam triwulan, menurut register sampai %s', last_month)
        else 'tidak ada berita yang diamankan dalam triwulan'
    end as reason
from verdicts
union all
select unobserved.*
from unread
cross join
    lateral iku.unobserved_member(
        unread.period,
        unread.unit,
        unread.unit_name,
        'tidak teramati: baris Rekapitulasi penyerahan register dikarantina'
    ) as unobserved
