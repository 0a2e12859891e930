-- code: IKU-08
-- title: Persentase OPD yang terfasilitasi layanan persandian
--   dalam rangka pengamanan informasi milik pemerintah
-- unit: persen
-- form: persen
-- roll_up: sum
-- base_period: month
-- official_periods: triwulan, semester, year
-- polarity: naik
-- owner: Seksi Operasional Pengamanan Persandian
-- legal_basis: Keputusan 13.a/2020, bab 3.4 dan lampiran
-- in_force_from: 2020-01-14
-- evidence: staging.register_submission(unit), staging.register_submission_quarantine(unit),
--   staging.persandian_message(unit), staging.persandian_quarantine(unit)
-- note: Nama indikator menghitung OPD, rumus yang tercetak menghitung informasi (berita).
--   Angka di sini mengikuti rumusnya.
with
lines as ( -- read once, counted twice: by the month of the register and by the month of the message
    select
        recorded_period,
        period,
        unit,
        direction,
        sender,
        number,
        first_recorded_on,
        secured,
        void
    from staging.persandian_message
),

entries as (
    select
        recorded_period as period,
        unit,
        count(*) as loaded_count
    from lines
    group by recorded_period, unit
),

messages as (
    select
        period,
        unit,
        bool_and(secured) as is_secured -- every transmission of it
    from lines
    where not void
    group by period, unit, direction, sender, number, first_recorded_on
),

tallies as (
    select
        period,
        unit,
        count(*) as message_count,
        count(*) filter (where is_secured) as secured_count
    from messages
    group by period, unit
),

set_aside as (
    select
        period,
        unit,
        count(*) as quarantined_count
    from staging.persandian_quarantine
    group by period, unit
),

registers as (
    select
        submission.period,
        submission.unit,
        submission.unit_name,
        coalesce(tallies.message_count, 0) as message_count,
        coalesce(tallies.secured_count, 0) as secured_count,
        coalesce(entries.loaded_count, 0) as loaded_count,
        greatest(
            submission.rows_declared - coalesce(entries.loaded_count, 0),
            set_aside.quarantined_count,
            0
        ) as unproven_count,
        submission.rows_declared,
        submission.last_running_number - submission.previous_running_number as numbers,
        coalesce(
            submission.rows_declared,
            coalesce(entries.loaded_count, 0) + coalesce(set_aside.quarantined_count, 0)
        ) as listed_count,
        submission.received_on is not null as is_handed_in
    from staging.register_submission as submission
    left join entries on submission.period = entries.period and submission.unit = entries.unit
    left join tallies on submission.period = tallies.period and submission.unit = tallies.unit
    left join set_aside on submission.period = set_aside.period and submission.unit = set_aside.unit
    where submission.register = 'persandian_message'
),

judged as (
    select
        registers.*,
        case
            when not registers.is_handed_in then 'register belum diserahkan'
            when registers.numbers > registers.listed_count
                then format('penyebut tidak lengkap, %s nomor %s baris', registers.numbers, registers.listed_count)
            -- absence is evidence only in a list that says how long it is (U9)
            when registers.rows_declared is null and registers.numbers is null
                then 'penyebut tidak lengkap, jumlah baris tidak dinyatakan'
        end as why_unobserved
    from registers
),

-- hand-ins whose row was set aside: the unit is due, what it handed in is not known (U14)
unread as (
    select
        set_aside.period,
        set_aside.unit,
        coalesce(max(set_aside.unit_name), set_aside.unit) as unit_name
    from staging.register_submission_quarantine as set_aside
    left join registers on set_aside.period = registers.period and set_aside.unit = registers.unit
    where
        coalesce(set_aside.register, 'persandian_message') = 'persandian_message'
        and registers.unit is null
    group by set_aside.period, set_aside.unit
)

select
    period,
    unit as member,
    unit_name as member_name,
    case when why_unobserved is null then secured_count else 0 end::numeric as numerator,
    case when why_unobserved is null then message_count + unproven_count else 0 end::numeric as denominator,
    case when why_unobserved is null then secured_count end::numeric as numerator_low,
    case when why_unobserved is null then secured_count + unproven_count end::numeric as numerator_high,
    case when why_unobserved is null then message_count + unproven_count end::numeric as denominator_low,
    case when why_unobserved is null then message_count + unproven_count end::numeric as denominator_high,
    case
        when why_unobserved is not null then 0
        when loaded_count + unproven_count = 0 then 1 -- nil: nothing to see, all of it seen
        else loaded_count
    end::numeric as seen,
    case
        when why_unobserved is not null or loaded_count + unproven_count = 0 then 1
        else loaded_count + unproven_count
    end::numeric as due,
    case
        when why_unobserved is not null then 'tidak teramati: ' || why_unobserved
        when unproven_count > 0
            then format('%s dari %s entri belum terbukti', unproven_count, loaded_count + unproven_count)
        when loaded_count = 0 then 'nihil'
        else ''
    end as reason
from judged
union all
select
    period,
    unit as member,
    unit_name as member_name,
    0::numeric as numerator,
    0::numeric as denominator,
    null::numeric as numerator_low,
    null::numeric as numerator_high,
    null::numeric as denominator_low,
    null::numeric as denominator_high,
    0::numeric as seen,
    1::numeric as due,
    'tidak teramati: baris register dikarantina' as reason
from unread
