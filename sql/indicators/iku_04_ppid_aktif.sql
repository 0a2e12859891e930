-- code: IKU-04
-- title: Persentase PPID yang aktif
-- unit: persen
-- form: persen
-- roll_up: last
-- base_period: triwulan
-- official_periods: triwulan, semester, year
-- polarity: naik
-- owner: Seksi Pengolahan Pelayanan dan Diseminasi Informasi
-- legal_basis: Keputusan 13.a/2020, bab 3.4 dan lampiran
-- in_force_from: 2020-01-14
-- evidence: staging.ppid(ppid), staging.ppid_quarantine(ppid), staging.ppid_dip(ppid), staging.ppid_report(ppid),
--   staging.ppid_request(ppid), staging.ppid_request_quarantine(ppid), staging.ppid_predecessor(ppid),
--   staging.register_submission(unit), staging.register_submission_quarantine(unit)
-- reading: PPID perangkat daerah yang aktif dibagi PPID yang telah dibentuk dengan surat penunjukan, dikali 100;
--   tercetak tanpa dikali 100 persen. Aktif bila semuanya terpenuhi: DIP diperbarui dalam 12 bulan; setiap
--   permohonan yang jatuh tempo dalam triwulan yang menutup periode (U4) dijawab dalam 10 hari kerja, atau 17 bila
--   perpanjangan diberitahukan paling lambat hari ke-10, atau ada pernyataan nihil; laporan tahunan terakhir yang
--   jatuh tempo sudah masuk. Hari ke-1 adalah hari kerja pertama sesudah permohonan lengkap. Laporan
--   suatu tahun jatuh tempo pada akhir bulan ke sekian (parameter annual_report_due_months) tahun berikutnya; sebelum
--   hari itu yang diminta laporan tahun sebelumnya lagi. Laporan tidak diminta dari PPID yang tidak menjabat satu hari
--   pun pada tahun laporan itu, misalnya yang ditunjuk sesudahnya. Keputusan tidak merumuskan aktif; PPID Utama tidak
--   dihitung.
-- note: Keputusan tidak merumuskan kata "aktif". Di sini aktif berarti ketiganya: DIP dimutakhirkan dalam 12 bulan;
--   setiap permohonan yang jatuh tempo dalam triwulan terakhir dijawab tepat waktu (10 hari kerja, 17 bila
--   perpanjangan diberitahukan paling lambat hari ke-10) atau nihil dinyatakan; laporan tahunan terakhir yang jatuh
--   tempo disampaikan. Penyebutnya PPID pelaksana dengan SK, bukan OPD; PPID Utama tidak dihitung. Hari kerja tanpa
--   libur nasional dan cuti bersama; lima atau enam hari seminggu adalah parameter. Daftar yang menambah lebih dari
--   15 hari libur setahun tidak dipercaya: jatuh temponya tidak diketahui. Satu OPD satu PPID:
--   dari dua yang menjabat sekaligus tidak satu pun terbukti. Permohonan
--   kepada PPID dari OPD yang dilebur dihitung pada PPID OPD penerusnya. Permohonan yang dicabut pemohon paling lambat
--   pada hari jatuh temponya tidak perlu dijawab.
with
set_aside as (
    select
        period,
        ppid,
        max(name) as name,
        bool_or(source = 'ppid') as has_appointment,
        bool_or(source = 'ppid_dip' and is_named) as has_dip,
        bool_or(source = 'ppid_report' and is_named) as has_report,
        bool_or(source = 'ppid_dip' and not is_named) as may_have_dip,
        bool_or(source = 'ppid_report' and not is_named) as may_have_report
    from staging.ppid_quarantine
    group by period, ppid
),

-- each condition is null while it can't be told: absence is evidence only under a hand-in (U9), in a register that
-- reaches to the day and of which no row was set aside (U14); a late answer is final, whatever was not seen (U18)
conditions as (
    select
        ppid.period,
        ppid.ppid,
        ppid.name,
        ppid.is_first_of_office,
        case
            when ppid.office_ppid_count > 1
                then format(
                        'OPD %s mempunyai %s PPID sekaligus: %s', ppid.opd, ppid.office_ppid_count, ppid.office_ppids
                    )
        end as why_double,
        ppid_rule.dip_max_age_months,
        ppid_rule.is_dip_known,
        ppid_rule.report_year,
        ppid_rule.is_report_known,
        tally.is_nil,
        tally.due_count,
        tally.late_count,
        tally.no_calendar_count,
        tally.unproven_count,
        tally.nameless_count,
        tally.why_unobserved,
        set_aside.may_have_dip is true as may_have_dip,
        set_aside.may_have_report is true as may_have_report,
        holiday_doubt.sentence as calendar_doubt,
        dip.renewed_on,
        report.filed_on,
        case
            when tally.late_count > 0 then false
            when tally.why_unobserved is null and tally.unproven_count = 0 then true
        end as is_answering,
        case
            when dip.is_renewed then true
            when tally.why_unobserved is null and ppid_rule.is_dip_known and set_aside.has_dip is not true then false
        end as is_dip_renewed,
        case
            when not ppid.is_report_asked then true
            when report.is_filed is not null then report.is_filed
            when tally.why_unobserved is null and ppid_rule.is_report_known and set_aside.has_report is not true
                then false
        end as is_reported
    from staging.ppid
    inner join staging.ppid_rule on ppid.period = ppid_rule.period
    inner join staging.ppid_request_tally as tally on ppid.period = tally.period and ppid.ppid = tally.ppid
    left join staging.holiday_doubt on ppid.period = holiday_doubt.period
    left join staging.ppid_dip as dip on ppid.period = dip.period and ppid.ppid = dip.ppid
    left join staging.ppid_report as report on ppid.period = report.period and ppid.ppid = report.ppid
    left join set_aside on ppid.period = set_aside.period and ppid.ppid = set_aside.ppid
),

verdicts as (
    select
        period,
        ppid,
        name,
        is_nil,
        due_count,
        unproven_count,
        nameless_count,
        why_unobserved,
        why_double,
        is_first_of_office,
        is_dip_renewed,
        is_reported,
        -- rows of which nobody can read the PPID may be of any: they leave bounds open and verdicts as they are
        (
            is_answering is not false
            and (is_dip_renewed is not false or (renewed_on is null and may_have_dip))
            and (is_reported is not false or (filed_on is null and may_have_report))
        ) as may_be_active,
        -- false as soon as one of them is; of two PPID of one OPD none is proven, but each that fails fails
        is_answering and is_dip_renewed and is_reported and case when why_double is null then true end as is_active,
        concat_ws(
            '; ',
            case when late_count > 0 then format('%s dari %s permohonan terlambat dijawab', late_count, due_count) end,
            case
                when is_dip_renewed is not false then null
                when renewed_on is null then 'DIP belum ada'
                else format('DIP dimutakhirkan %s, lebih dari %s bulan', renewed_on, dip_max_age_months)
            end,
            case
                when is_reported is not false then null
                when filed_on is null then format('laporan tahun %s belum disampaikan', report_year)
                else format('laporan tahun %s baru disampaikan %s', report_year, filed_on)
            end,
            why_unobserved,
            why_double
        ) as why_failing,
        concat_ws(
            ', ',
            why_double,
            why_unobserved,
            case
                when unproven_count > 0
                    then format('%s dari %s permohonan belum terbukti', unproven_count, due_count)
            end,
            case
                when no_calendar_count > 0
                    then coalesce(
                            'kalender hari kerja diragukan: ' || calendar_doubt, 'kalender hari kerja belum diketahui'
                        )
            end,
            case
                when why_unobserved is not null or is_dip_renewed is not null then null
                when not is_dip_known then 'register DIP belum ada sampai akhir periode'
                else 'baris DIP dikarantina'
            end,
            case
                when why_unobserved is not null or is_reported is not null then null
                when not is_report_known then 'register laporan tahunan belum ada sampai akhir periode'
                else 'baris laporan tahunan dikarantina'
            end
        ) as why_unproven
    from conditions
)

select
    period,
    ppid as member,
    name as member_name,
    (is_active is true)::integer::numeric as numerator,
    1::numeric as denominator,
    (is_active is true and nameless_count = 0)::integer::numeric as numerator_low,
    (is_active is not false or may_be_active)::integer::numeric as numerator_high,
    -- at least one of them is a PPID
    (why_double is null or is_first_of_office)::integer::numeric as denominator_low,
    1::numeric as denominator_high,
    case
        when is_active is not null then 1
        when why_double is not null then 0
        -- only the answers are open: seen as far as its requests were (U14)
        when why_unobserved is null and is_dip_renewed and is_reported then due_count - unproven_count
        else 0
    end::numeric as seen,
    case
        when is_active is null and why_double is null and why_unobserved is null and is_dip_renewed and is_reported
            then due_count
        else 1
    end::numeric as due,
    concat_ws(
        '; ',
        case
            when is_active is false then why_failing
            when is_active is null then 'tidak teramati: ' || why_unproven
            when is_nil and due_count = 0 then 'nihil'
        end,
        case
            when is_active is false and may_be_active then 'baris DIP atau laporan dikarantina: PPID-nya tidak dikenal'
        end,
        case
            when is_active and nameless_count > 0
                then format('%s permohonan dikarantina: PPID-nya tidak dikenal', nameless_count)
        end
    ) as reason
from verdicts
union all
-- PPID whose row in the register was set aside: members of which nothing is known (U14)
select unobserved.*
from set_aside
left join staging.ppid on set_aside.period = ppid.period and set_aside.ppid = ppid.ppid
cross join
    lateral iku.unobserved_member(
        set_aside.period,
        set_aside.ppid,
        coalesce(set_aside.name, set_aside.ppid),
        'tidak teramati: baris register dikarantina'
    ) as unobserved
where set_aside.has_appointment and ppid.ppid is null
