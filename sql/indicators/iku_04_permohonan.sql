-- code: IKU-04-PERMOHONAN
-- title: Persentase permohonan informasi publik yang dijawab tepat waktu
-- unit: persen
-- form: persen
-- roll_up: sum
-- base_period: triwulan
-- official_periods: none
-- polarity: naik
-- owner: Seksi Pengolahan Pelayanan dan Diseminasi Informasi
-- legal_basis: pendamping IKU-04, bukan indikator keputusan
-- in_force_from: 2020-01-14
-- evidence: staging.ppid(ppid), staging.ppid_request(ppid), staging.ppid_request_quarantine(ppid),
--   staging.ppid_predecessor(ppid), staging.register_submission(unit), staging.register_submission_quarantine(unit)
-- note: Angka pendamping, tidak pernah resmi: permohonan yang dijawab tepat waktu dibagi permohonan yang jatuh tempo
--   dalam periode. Register yang belum diserahkan membuat batas-batasnya tidak diketahui.
select
    tally.period,
    tally.ppid as member,
    ppid.name as member_name,
    case when tally.why_unobserved is null then tally.in_time_count else 0 end::numeric as numerator,
    case when tally.why_unobserved is null then tally.due_count else 0 end::numeric as denominator,
    case when tally.why_unobserved is null then tally.in_time_count end::numeric as numerator_low,
    case
        when tally.why_unobserved is null then tally.in_time_count + tally.unproven_count + tally.nameless_count
    end::numeric as numerator_high,
    case when tally.why_unobserved is null then tally.due_count end::numeric as denominator_low,
    case when tally.why_unobserved is null then tally.due_count + tally.nameless_count end::numeric
        as denominator_high,
    case
        when tally.why_unobserved is not null then 0
        when tally.due_count = 0 then 1 -- nothing was due, all of it seen
        else tally.due_count - tally.unproven_count
    end::numeric as seen,
    case when tally.why_unobserved is not null or tally.due_count = 0 then 1 else tally.due_count end::numeric as due,
    concat_ws(
        '; ',
        'tidak teramati: ' || tally.why_unobserved,
        case
            when tally.late_count > 0 and tally.why_unobserved is null
                then format('%s dari %s permohonan terlambat dijawab', tally.late_count, tally.due_count)
        end,
        case
            when tally.unproven_count > 0 and tally.why_unobserved is null
                then format('%s dari %s permohonan belum terbukti', tally.unproven_count, tally.due_count)
        end,
        case
            when tally.nameless_count > 0 and tally.why_unobserved is null
                then format('%s permohonan dikarantina: PPID-nya tidak dikenal', tally.nameless_count)
        end,
        case
            when tally.unproven_count > 0 and tally.why_unobserved is null
                then 'kalender hari kerja diragukan: ' || holiday_doubt.sentence
        end,
        case
            when tally.due_count = 0 and tally.why_unobserved is null then 'tidak ada permohonan yang jatuh tempo'
        end
    ) as reason
from staging.ppid_request_tally as tally
inner join staging.ppid on tally.period = ppid.period and tally.ppid = ppid.ppid
left join staging.holiday_doubt on tally.period = holiday_doubt.period
