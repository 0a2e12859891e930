-- codes: KEG-19, KEG-20, KEG-21, KEG-23, KEG-24, KEG-25, KEG-28, KEG-30, KEG-31, KEG-32, KEG-33, KEG-34, KEG-36
-- form: jumlah
-- roll_up: sum
-- base_period: month
-- official_periods: year
-- polarity: naik
-- legal_basis: Keputusan 13.a/2020, lampiran
-- in_force_from: 2020-01-14
-- evidence: staging.activity(code), staging.activity_quarantine(code), staging.activity_hand_in(code)
-- note: Dihitung dari register kegiatan menurut satuan yang tercetak dalam lampiran keputusan, bulan demi bulan;
--   jumlah dengan satuan lain tidak dihitung, bukti yang sama pada hari yang sama dihitung sekali. Target yang
--   tercetak adalah target setahun.
-- Title, unit and owner of each code stand in the decree's own table (iku_etl/reference/decree.csv).
with
months as ( -- a month's register is due when the month is over
    select period
    from iku.period
    where grain = 'month' and is_finished
),

entries as (
    select
        activity.period,
        activity.code,
        activity.quantity,
        activity.is_counted,
        activity.is_repeat,
        case
            when activity.is_repeat
                then format(
                        '%s %s pada %s tidak dihitung: bukti yang sama sudah dihitung dengan nomor lain',
                        activity.quantity, activity.unit, activity.held_on
                    )
            when activity.is_counted
                then format('%s %s pada %s', activity.quantity, activity.printed_unit, activity.held_on)
            else format(
                    '%s %s pada %s tidak dihitung: satuan yang tercetak %s',
                    activity.quantity, activity.unit, activity.held_on, activity.printed_unit
                )
        end as sentence,
        row_number() over (
            partition by activity.period, activity.code
            order by
                activity.is_counted and not activity.is_repeat,
                activity.held_on,
                activity.number,
                activity.record_no
        ) as place
    from staging.activity
),

tallies as (
    select
        period,
        code,
        count(*) as loaded_count,
        count(*) filter (where is_repeat) as repeat_count,
        coalesce(sum(quantity) filter (where is_counted and not is_repeat), 0) as quantity,
        coalesce(sum(quantity) filter (where is_counted and is_repeat), 0) as repeat_quantity,
        string_agg(sentence, '; ' order by place) filter (where place <= 5)
        || case when count(*) > 5 then format('; dan %s lainnya', count(*) - 5) else '' end as sentences
    from entries
    group by period, code
),

set_aside as (
    select
        period,
        code,
        count(*) as quarantined_count
    from staging.activity_quarantine
    group by period, code
),

registers as (
    select
        months.period,
        activity_code.code,
        coalesce(tallies.quantity, 0) as quantity,
        coalesce(tallies.loaded_count, 0) as loaded_count,
        coalesce(tallies.repeat_count, 0) as repeat_count,
        coalesce(tallies.repeat_quantity, 0) as repeat_quantity,
        -- of more entries than were stated nobody can tell which are meant: seen in the share that was stated
        case when hand_in.rows_declared < hand_in.listed_count then hand_in.rows_declared end as stated_count,
        hand_in.listed_count,
        coalesce(set_aside.quarantined_count, 0) as quarantined_count,
        tallies.sentences,
        case
            when hand_in.period is null and (tallies.period is not null or set_aside.period is not null)
                then 'register kegiatan ada, penyerahannya belum dicatat pada Rekapitulasi penyerahan register'
            when hand_in.period is null then 'register kegiatan belum diserahkan'
            when hand_in.rows_declared > hand_in.listed_count
                then format(
                        'register menyatakan %s entri, diterima %s', hand_in.rows_declared, hand_in.listed_count
                    )
            when not hand_in.is_complete then 'register kegiatan belum dinyatakan lengkap'
            when hand_in.nameless_count > 0
                then format('%s entri dikarantina tanpa kode yang terbaca', hand_in.nameless_count)
        end as why_open -- what more there may be
    from months
    cross join staging.activity_code
    left join tallies on months.period = tallies.period and activity_code.code = tallies.code
    left join set_aside on months.period = set_aside.period and activity_code.code = set_aside.code
    left join staging.activity_hand_in as hand_in
        on months.period = hand_in.period and activity_code.code = hand_in.code
)

select
    period,
    code as member,
    'Register kegiatan ' || period as member_name,
    quantity::numeric as numerator,
    null::numeric as denominator,
    case when stated_count is null then quantity else 0 end::numeric as numerator_low,
    case when why_open is null and quarantined_count = 0 then quantity + repeat_quantity end::numeric as numerator_high,
    null::numeric as denominator_low,
    null::numeric as denominator_high,
    -- no entry says nothing, unless the register is whole (U9); a set-aside entry is due and not seen (U14)
    case
        when loaded_count + quarantined_count > 0
            then (loaded_count - repeat_count) * coalesce(stated_count, 1)
        else (why_open is null)::integer
    end::numeric as seen,
    case
        when loaded_count + quarantined_count > 0
            then (loaded_count + quarantined_count) * case when stated_count is null then 1 else listed_count end
        else 1
    end::numeric as due,
    concat_ws(
        '; ',
        case
            when loaded_count + quarantined_count = 0 and why_open is not null then 'tidak teramati: ' || why_open
            when loaded_count + quarantined_count = 0 then 'tidak ada kegiatan'
        end,
        sentences,
        case when quarantined_count > 0 then format('%s entri dikarantina', quarantined_count) end,
        case
            when loaded_count + quarantined_count > 0 and stated_count is not null
                then format('register menyatakan %s entri, diterima %s', stated_count, listed_count)
        end,
        case when loaded_count + quarantined_count > 0 then why_open end
    ) as reason
from registers
