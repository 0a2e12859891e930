-- code: IKU-01-ISP
-- title: OPD dengan jaringan dari ISP sendiri
-- unit: persen
-- form: persen
-- roll_up: last
-- base_period: month
-- official_periods: none
-- polarity: naik
-- owner: Seksi Aplikasi dan Pengembangan Telematika
-- legal_basis: Pendamping IKU-01 (tidak diatur dalam Keputusan 13.a/2020)
-- in_force_from: 2020-01-14
-- note: OPD yang pada akhir periode memiliki jaringan aktif yang tidak disediakan Dinas, di samping atau tanpa jaringan
--   Dinas. Angka ini tidak pernah resmi.
-- evidence: staging.opd(opd), staging.opd_quarantine(opd), staging.network_link_opd(opd),
--   staging.network_link_opd_quarantine(opd)
with
links as (
    select
        period,
        opd,
        bool_or(is_active and not supplied_by_dinas) as has_own
    from staging.network_link_opd
    group by period, opd
),

set_aside as (
    select
        period,
        opd,
        count(*) filter (where is_named) as named_count,
        count(*) filter (where not is_named) as unread_count
    from staging.network_link_opd_quarantine
    where may_be_of_isp
    group by period, opd
),

verdicts as (
    select
        opd.period,
        opd.opd,
        opd.name,
        coalesce(links.has_own, false) as has_own,
        coalesce(set_aside.named_count > 0, false) as is_set_aside,
        coalesce(set_aside.unread_count, 0) as unread_count,
        absence.why_not as absence_doubt,
        not coalesce(links.has_own, false)
        and (
            coalesce(set_aside.named_count > 0, false) or (links.opd is null and not absence.is_evidence)
        ) as is_unobserved
    from staging.opd
    inner join iku.period on opd.period = period.period
    inner join staging.network_link_opd_absence as absence on opd.period = absence.period
    left join links on opd.period = links.period and opd.opd = links.opd
    left join set_aside on opd.period = set_aside.period and opd.opd = set_aside.opd
    where period.grain = 'month'
)

select
    period,
    opd as member,
    name as member_name,
    has_own::integer::numeric as numerator,
    1::numeric as denominator,
    has_own::integer::numeric as numerator_low,
    -- a row that doesn't say whom it serves, or names a stranger, may be about any
    (has_own or is_unobserved or unread_count > 0)::integer::numeric as numerator_high,
    1::numeric as denominator_low,
    1::numeric as denominator_high,
    (not is_unobserved)::integer::numeric as seen,
    1::numeric as due,
    concat_ws(
        '; ',
        case
            when has_own then null
            when is_set_aside then 'tidak teramati: baris register jaringan dikarantina'
            when is_unobserved then 'tidak teramati: ' || absence_doubt
            else 'tidak ada jaringan aktif dari ISP sendiri'
        end,
        case
            when not has_own and not is_unobserved and unread_count > 0
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
