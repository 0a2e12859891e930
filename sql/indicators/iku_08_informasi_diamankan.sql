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
-- reading: Rumus yang tercetak: berita yang diamankan dibagi berita yang diterima dan dikirim, dikali 100. Anggotanya
--   register satu unit dalam satu bulan; entri batal tidak dihitung. Arah, pengirim, dan nomor yang sama dari unit yang
--   sama dalam 90 hari adalah satu berita, dihitung pada bulan entri pertamanya, dan diamankan hanya bila setiap
--   pengirimannya diamankan (U26). Unit yang registernya hanya memuat yang diamankan tidak teramati: penyebut tidak
--   lengkap. Banyak nomor yang diberikan dalam sebulan adalah nomor terakhirnya dikurangi nomor terakhir bulan
--   sebelumnya pada Rekapitulasi penyerahan register (Januari dikurangi 0, sebab nomor mulai lagi tiap tahun). Bila
--   bulan sebelumnya tidak menyebut nomor, jumlah baris yang dinyatakan dipercaya; bila itu pun tidak dinyatakan,
--   unitnya tidak teramati. Masuk dan keluar boleh bernomor sendiri-sendiri; nomor terakhir yang lebih kecil daripada
--   banyak barisnya tidak membuktikan panjang register. Unit yang tidak teramati 0/0: banyak beritanya tidak diketahui,
--   jadi tidak dapat masuk penyebut. Realisasinya bagian dari yang diserahkan, bukan yang terbukti dari semuanya; kedua
--   batasnya tidak diketahui (U1). Unit nihil juga 0/0, tetapi teramati utuh. Semua berita dalam register dihitung,
--   bukan hanya yang berklasifikasi.
-- note: Nama indikator menghitung OPD, rumus yang tercetak menghitung informasi (berita).
--   Angka di sini mengikuti rumusnya.
with
lines as ( -- read once, counted twice: by the month of the register and by the month of the message
    select
        period,
        recorded_period,
        counted_period,
        unit,
        direction,
        sender,
        number,
        first_recorded_on,
        secured,
        void,
        is_set_aside
    from staging.persandian_message
),

entries as (
    select
        period,
        unit,
        count(*) filter (where not is_set_aside) as loaded_count,
        count(*) filter (where is_set_aside) as placed_count -- set aside, but in its message all the same
    from lines
    where recorded_period = period
    group by period, unit
),

messages as (
    select
        period,
        unit,
        bool_and(secured) as is_secured, -- every transmission of it
        bool_and(secured or is_set_aside) as may_be_secured
    from lines
    where not void and counted_period = period
    group by period, unit, direction, sender, number, first_recorded_on
),

tallies as (
    select
        period,
        unit,
        count(*) as message_count,
        count(*) filter (where is_secured) as secured_count,
        count(*) filter (where may_be_secured and not is_secured) as open_count
    from messages
    group by period, unit
),

set_aside as (
    select
        period,
        unit,
        count(*) as quarantined_count,
        count(*) filter (where is_void) as void_count -- no message, whatever else is wrong with it
    from staging.persandian_quarantine
    where has_unit
    group by period, unit
),

hand_ins_set_aside as (
    select
        period,
        unit,
        max(unit_name) as unit_name,
        bool_or(not is_month_before or not has_unit) as is_about_it
    from staging.register_submission_quarantine
    where grain = 'month' and coalesce(register, 'persandian_message') = 'persandian_message'
    group by period, unit
),

-- a register that lies here without a word in the list of hand-ins is no less a member (U1)
units as (
    select
        period,
        unit
    from staging.register_submission
    where register = 'persandian_message'
    union
    select
        period,
        unit
    from entries
    union
    select
        period,
        unit
    from set_aside
),

registers as (
    select
        units.period,
        units.unit,
        coalesce(submission.unit_name, units.unit) as unit_name,
        coalesce(tallies.message_count, 0) as message_count,
        coalesce(tallies.secured_count, 0) as secured_count,
        coalesce(tallies.open_count, 0) as open_count,
        coalesce(entries.loaded_count, 0) as loaded_count,
        coalesce(entries.placed_count, 0) as placed_count,
        coalesce(set_aside.void_count, 0) as void_count,
        greatest(
            submission.rows_declared - coalesce(entries.loaded_count, 0),
            set_aside.quarantined_count,
            0
        ) as missing_count,
        submission.rows_declared,
        submission.last_running_number - submission.previous_running_number as numbers,
        coalesce(
            submission.rows_declared,
            coalesce(entries.loaded_count, 0) + coalesce(set_aside.quarantined_count, 0)
        ) as listed_count,
        submission.received_on is not null as is_handed_in,
        entries.unit is not null or set_aside.unit is not null as is_there,
        -- the month before was set aside, and with it the number from which this month's are counted
        hand_ins_set_aside.unit is not null
        and submission.last_running_number is not null
        and submission.previous_running_number is null as is_number_unread
    from units
    left join staging.register_submission as submission
        on
            submission.register = 'persandian_message'
            and units.period = submission.period
            and units.unit = submission.unit
    left join entries on units.period = entries.period and units.unit = entries.unit
    left join tallies on units.period = tallies.period and units.unit = tallies.unit
    left join set_aside on units.period = set_aside.period and units.unit = set_aside.unit
    left join hand_ins_set_aside
        on units.period = hand_ins_set_aside.period and units.unit = hand_ins_set_aside.unit
    where submission.unit is not null or hand_ins_set_aside.is_about_it is not true
),

judged as (
    select
        registers.*,
        -- messages of their own, for all we know
        registers.missing_count - registers.placed_count - registers.void_count as unproven_count,
        case
            when registers.is_number_unread
                then 'baris bulan sebelumnya pada Rekapitulasi penyerahan register dikarantina'
            when not registers.is_handed_in and registers.is_there
                then 'register ada, penyerahannya belum dicatat pada Rekapitulasi penyerahan register'
            when not registers.is_handed_in then 'register belum diserahkan'
            when registers.numbers > registers.listed_count
                then format(
                        'penyebut tidak lengkap, %s nomor diberikan tetapi hanya %s baris terbaca',
                        registers.numbers,
                        registers.listed_count
                    )
            -- absence is evidence only in a list that says how long it is (U9); one of two series does not
            when registers.rows_declared is null and registers.numbers < registers.listed_count
                then format(
                        'penyebut tidak lengkap, hanya %s nomor untuk %s baris dan jumlah baris tidak dinyatakan',
                        registers.numbers, registers.listed_count
                    )
            when registers.rows_declared is null and registers.numbers is null
                then 'penyebut tidak lengkap, jumlah baris tidak dinyatakan'
        end as why_unobserved
    from registers
),

-- hand-ins whose row was set aside, entries of no readable unit: how many messages there are is not known, and
-- without a denominator no value (U14); a register that was merely not handed in leaves the others' value
unread as (
    select
        hand_ins_set_aside.period,
        hand_ins_set_aside.unit,
        coalesce(hand_ins_set_aside.unit_name, hand_ins_set_aside.unit) as unit_name,
        'tidak teramati: baris Rekapitulasi penyerahan register dikarantina' as reason
    from hand_ins_set_aside
    left join registers
        on hand_ins_set_aside.period = registers.period and hand_ins_set_aside.unit = registers.unit
    where hand_ins_set_aside.is_about_it and registers.unit is null
    union all
    select
        period,
        unit,
        coalesce(max(file_name || ' ' || split_part(place, ',', 1)), unit) as unit_name,
        'tidak teramati: entri Agenda berita persandian dikarantina, unitnya tidak terbaca' as reason
    from staging.persandian_quarantine
    where not has_unit
    group by period, unit
)

select
    period,
    unit as member,
    unit_name as member_name,
    case when why_unobserved is null then secured_count else 0 end::numeric as numerator,
    case
        when is_number_unread then null
        when why_unobserved is null then message_count + unproven_count
        else 0
    end::numeric as denominator,
    case when why_unobserved is null then secured_count end::numeric as numerator_low,
    case when why_unobserved is null then secured_count + open_count + unproven_count end::numeric as numerator_high,
    case when why_unobserved is null then message_count + unproven_count end::numeric as denominator_low,
    case when why_unobserved is null then message_count + unproven_count end::numeric as denominator_high,
    case
        when why_unobserved is not null then 0
        when loaded_count + missing_count = 0 then 1 -- nil: nothing to see, all of it seen
        else loaded_count
    end::numeric as seen,
    case
        when why_unobserved is not null or loaded_count + missing_count = 0 then 1
        else loaded_count + missing_count
    end::numeric as due,
    case
        when why_unobserved is not null then 'tidak teramati: ' || why_unobserved
        when missing_count > 0
            then format('%s dari %s entri belum terbukti', missing_count, loaded_count + missing_count)
        when open_count > 0 then format('%s berita belum terbukti: ulangannya dikarantina', open_count)
        when loaded_count = 0 then 'nihil'
        when message_count = 0 then 'tidak ada berita bulan ini: semua entri batal atau ulangan bulan sebelumnya'
        when secured_count < message_count
            then format('%s dari %s berita tidak diamankan', message_count - secured_count, message_count)
        else ''
    end as reason
from judged
union all
select
    period,
    unit as member,
    unit_name as member_name,
    0::numeric as numerator,
    null::numeric as denominator,
    null::numeric as numerator_low,
    null::numeric as numerator_high,
    null::numeric as denominator_low,
    null::numeric as denominator_high,
    0::numeric as seen,
    1::numeric as due,
    reason
from unread
