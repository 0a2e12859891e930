-- code: IKU-01
-- title: Rasio jumlah OPD yang tercakup infrastruktur jaringan TIK
-- unit: persen
-- form: persen
-- roll_up: last
-- base_period: month
-- official_periods: triwulan, semester, year
-- polarity: naik
-- owner: Seksi Aplikasi dan Pengembangan Telematika
-- legal_basis: Keputusan 13.a/2020, bab 3.4 dan lampiran
-- in_force_from: 2020-01-14
-- reading: OPD yang tercakup dibagi OPD dalam daftar yang berlaku pada akhir periode, dikali 100, walau namanya
--   rasio. Tercakup: ada jaringan aktif yang disediakan atau dikelola Dinas dan terlihat hidup dalam 30 hari, atau
--   diverifikasi dalam 90 hari bila tidak dipantau. Internet sendiri tidak dihitung (U11). OPD yang barisnya hanya ISP
--   sendiri atau sudah berakhir bernilai 0 dan teramati, juga bila registernya tidak dinyatakan lengkap: yang tidak
--   teramati adalah OPD tanpa satu baris pun (U9). Jaringan yang dipantau tetapi tidak menjawab bernilai 0; pemantau
--   yang diam berarti tidak teramati (U20). Penyebut berasal dari daftar OPD, bukan angka 40.
-- note: Naskah menulis "rasio" tetapi rumusnya persentase. Jaringan dari ISP sendiri tidak dihitung (lihat IKU-01-ISP).
--   Penyebutnya OPD yang ditandai dihitung dalam daftar OPD, bukan angka tetap; target "40 OPD" bersatuan lain.
-- evidence: staging.opd(opd), staging.opd_quarantine(opd), staging.network_link_opd(opd),
--   staging.network_link_opd_quarantine(opd)
-- parameters: link_seen_max_age_days, link_verified_max_age_days
with
-- true: covers; false: does not; null: not known
links as (
    select
        links.period,
        links.opd,
        links.is_active and links.supplied_by_dinas as is_of_dinas,
        links.is_active and not links.supplied_by_dinas as is_of_isp,
        links.monitored,
        case
            when not links.is_active or not links.supplied_by_dinas then false
            when
                links.last_seen_on
                between links.last_ended_day - seen_rule.value::integer and links.known_until_day
                then true
            -- seen after the period's end: whether it was seen before is not known
            when links.last_seen_on > links.known_until_day then null
            -- ours is not theirs: a silent poller says nothing of the link (U20)
            when links.monitored
                then case when links.last_polled_on >= links.last_ended_day - seen_rule.value::integer then false end
            when
                links.verified_on
                between links.last_ended_day - verified_rule.value::integer and links.known_until_day
                then links.working
        end as is_alive,
        links.is_active
        and links.supplied_by_dinas
        and coalesce(links.last_seen_on > links.known_until_day, false) as is_seen_later,
        seen_rule.value::integer as seen_max_age_days,
        verified_rule.value::integer as verified_max_age_days
    from staging.network_link_opd as links
    left join staging.parameter as seen_rule
        on links.period = seen_rule.period and seen_rule.name = 'link_seen_max_age_days'
    left join staging.parameter as verified_rule
        on links.period = verified_rule.period and verified_rule.name = 'link_verified_max_age_days'
),

covers as (
    select
        period,
        opd,
        bool_or(is_alive is true) as is_covered,
        bool_or(is_alive is null) as is_open,
        bool_or(is_alive is null and monitored) as is_unpolled,
        bool_or(is_seen_later) as is_seen_later,
        bool_or(is_of_dinas and monitored) as is_monitored,
        bool_or(is_of_dinas) as has_link_of_dinas,
        bool_or(is_of_isp) as has_link_of_isp,
        max(seen_max_age_days) as seen_max_age_days,
        max(verified_max_age_days) as verified_max_age_days
    from links
    group by period, opd
),

set_aside as (
    select
        period,
        opd,
        count(*) filter (where is_named) as named_count,
        count(*) filter (where not is_named) as unread_count
    from staging.network_link_opd_quarantine
    where may_be_of_dinas
    group by period, opd
),

verdicts as (
    select
        opd.period,
        opd.opd,
        opd.name,
        coalesce(covers.is_covered, false) as is_covered,
        covers.is_open,
        covers.is_unpolled,
        covers.is_seen_later,
        covers.is_monitored,
        covers.has_link_of_dinas,
        covers.has_link_of_isp,
        covers.seen_max_age_days,
        covers.verified_max_age_days,
        covers.opd is not null as has_row,
        coalesce(set_aside.named_count > 0, false) as is_set_aside,
        coalesce(set_aside.unread_count, 0) as unread_count,
        absence.why_not as absence_doubt,
        case
            when covers.is_covered then false
            when set_aside.named_count > 0 then true
            when covers.opd is null then not absence.is_evidence
            else covers.is_open
        end as is_unobserved
    from staging.opd
    inner join iku.period on opd.period = period.period
    inner join staging.network_link_opd_absence as absence on opd.period = absence.period
    left join covers on opd.period = covers.period and opd.opd = covers.opd
    left join set_aside on opd.period = set_aside.period and opd.opd = set_aside.opd
    where period.grain = 'month'
)

select
    period,
    opd as member,
    name as member_name,
    is_covered::integer::numeric as numerator,
    1::numeric as denominator,
    is_covered::integer::numeric as numerator_low,
    -- a row that doesn't say whom it serves, or names a stranger, may be about any
    (is_covered or is_unobserved or unread_count > 0)::integer::numeric as numerator_high,
    1::numeric as denominator_low,
    1::numeric as denominator_high,
    (not is_unobserved)::integer::numeric as seen,
    1::numeric as due,
    concat_ws(
        '; ',
        case
            when is_covered then null
            when is_set_aside then 'tidak teramati: baris register jaringan dikarantina'
            when not has_row and is_unobserved then 'tidak teramati: ' || absence_doubt
            when not has_row then 'tidak ada baris dalam register yang dinyatakan lengkap'
            when is_seen_later then 'tidak teramati: baru terlihat sesudah akhir periode'
            when is_unpolled then 'tidak teramati: pemantau jaringan diam'
            when is_open then format('tidak teramati: tidak ada hasil verifikasi dalam %s hari', verified_max_age_days)
            when has_link_of_dinas and is_monitored
                then format('dipantau, tidak terlihat dalam %s hari', seen_max_age_days)
            when has_link_of_dinas then 'tidak berfungsi saat diverifikasi'
            when has_link_of_isp then 'hanya jaringan dari ISP sendiri'
            else 'tidak ada jaringan yang aktif pada akhir periode'
        end,
        case
            when not is_covered and not is_unobserved and unread_count > 0
                then format('%s baris jaringan dikarantina: yang dilayani tidak dikenal', unread_count)
        end
    ) as reason
from verdicts
union all
-- offices whose row in the register was set aside (U14)
select unobserved.*
from staging.opd_unread as unread
inner join iku.period on unread.period = period.period and period.grain = 'month'
cross join
    lateral iku.unobserved_member(
        unread.period, unread.opd, unread.name, 'tidak teramati: baris register OPD dikarantina'
    ) as unobserved
