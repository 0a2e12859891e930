-- code: IKU-03
-- title: Cakupan desa yang terkoneksi jaringan TIK
-- unit: persen
-- form: persen
-- roll_up: last
-- base_period: semester
-- official_periods: semester, year
-- polarity: naik
-- owner: Seksi Aplikasi dan Pengembangan Telematika
-- legal_basis: Keputusan 13.a/2020, bab 3.4
-- in_force_from: 2020-01-14
-- reading: Desa yang terkoneksi dibagi desa, dikali 100; kelurahan bukan desa. Terkoneksi: kantor desa punya
--   sambungan tetap atau nirkabel yang bekerja dan diverifikasi dalam 12 bulan sebelum akhir periode; verifikasi
--   yang lebih lama berarti tidak teramati. Sinyal seluler tidak dihitung. Keputusan tidak mencetak rumus dan tidak
--   membedakan jaringan kabupaten dari penyedia lain.
-- note: Naskah tidak memuat rumus. Kami menghitung desa (bukan kelurahan) yang kantornya memiliki sambungan kabel atau
--   nirkabel yang berfungsi, dari penyedia mana pun, dan diverifikasi dalam 12 bulan; sinyal seluler tidak dihitung.
--   Target "30 Desa" bersatuan lain.
-- evidence: staging.desa(desa), staging.desa_quarantine(desa), staging.network_link_desa(desa),
--   staging.network_link_desa_quarantine(desa)
-- parameters: verification_max_age_months
with
links as (
    select
        links.period,
        links.desa,
        links.is_active,
        links.is_active and links.medium = 'seluler' as is_mobile,
        links.medium,
        links.working,
        links.verified_on,
        links.known_until_day,
        coalesce(
            links.verified_on >= links.last_ended_day - make_interval(months => age_rule.value::integer) -- U23
            and links.verified_on <= links.known_until_day,
            false
        ) as is_fresh,
        age_rule.value::integer as max_age_months
    from staging.network_link_desa as links
    left join staging.parameter as age_rule
        on links.period = age_rule.period and age_rule.name = 'verification_max_age_months'
),

-- true: connects; false: does not; null: not known
tested as (
    select
        links.*,
        case
            when not links.is_active then false
            when not links.is_fresh then null
            when not links.working or links.medium = 'seluler' then false
            when links.working and links.medium in ('fiber_optik', 'tetap', 'nirkabel', 'vsat') then true
        end as is_connecting
    from links
),

connections as (
    select
        period,
        desa,
        bool_or(is_connecting is true) as is_connected,
        bool_or(is_connecting is null) as is_open,
        bool_or(is_active and not is_fresh) as is_stale,
        max(verified_on) filter (where is_active) is null as is_never_verified,
        bool_or(is_active and verified_on > known_until_day) as is_verified_later,
        bool_or(is_active) as has_active,
        bool_or(is_mobile and working) as has_mobile,
        max(max_age_months) as max_age_months
    from tested
    group by period, desa
),

set_aside as (
    select
        period,
        desa,
        count(*) filter (where is_named) as named_count,
        count(*) filter (where not is_named) as unread_count
    from staging.network_link_desa_quarantine
    group by period, desa
),

verdicts as (
    select
        desa.period,
        desa.desa,
        desa.name,
        coalesce(connections.is_connected, false) as is_connected,
        connections.is_open,
        connections.is_stale,
        connections.is_never_verified,
        connections.is_verified_later,
        connections.has_active,
        connections.has_mobile,
        connections.max_age_months,
        connections.desa is not null as has_row,
        coalesce(set_aside.named_count > 0, false) as is_set_aside,
        coalesce(set_aside.unread_count, 0) as unread_count,
        absence.why_not as absence_doubt,
        case
            when connections.is_connected then false
            when set_aside.named_count > 0 then true
            when connections.desa is null then not absence.is_evidence
            else connections.is_open
        end as is_unobserved
    from staging.desa
    inner join iku.period on desa.period = period.period
    inner join staging.network_link_desa_absence as absence on desa.period = absence.period
    left join connections on desa.period = connections.period and desa.desa = connections.desa
    left join set_aside on desa.period = set_aside.period and desa.desa = set_aside.desa
    where period.grain = 'semester'
),

-- desa whose row in the register was set aside: members of which nothing is known (U14)
unread as (
    select
        register.period,
        register.desa,
        coalesce(max(register.name), register.desa) as name
    from staging.desa_quarantine as register
    inner join iku.period on register.period = period.period
    left join staging.desa as registered on register.period = registered.period and register.desa = registered.desa
    where period.grain = 'semester' and registered.desa is null
    group by register.period, register.desa
)

select
    period,
    desa as member,
    name as member_name,
    is_connected::integer::numeric as numerator,
    1::numeric as denominator,
    is_connected::integer::numeric as numerator_low,
    -- a row that doesn't say whom it serves, or names a stranger, may be about any
    (is_connected or is_unobserved or unread_count > 0)::integer::numeric as numerator_high,
    1::numeric as denominator_low,
    1::numeric as denominator_high,
    (not is_unobserved)::integer::numeric as seen,
    1::numeric as due,
    concat_ws(
        '; ',
        case
            when is_connected then null
            when is_set_aside then 'tidak teramati: baris register jaringan dikarantina'
            when not has_row and is_unobserved then 'tidak teramati: ' || absence_doubt
            when not has_row then 'tidak ada baris dalam register yang dinyatakan lengkap'
            when is_stale and is_never_verified then 'tidak teramati: belum pernah diverifikasi'
            when is_stale and is_verified_later then 'tidak teramati: verifikasi sesudah akhir periode'
            when is_stale then format('tidak teramati: verifikasi lebih tua dari %s bulan', max_age_months)
            when is_open then 'tidak teramati: hasil verifikasi atau media tidak tercatat'
            when has_mobile then 'hanya sinyal seluler'
            when has_active then 'tidak terhubung saat diverifikasi'
            else 'tidak ada jaringan yang aktif pada akhir periode'
        end,
        case
            when not is_connected and not is_unobserved and unread_count > 0
                then format('%s baris jaringan dikarantina: yang dilayani tidak dikenal', unread_count)
        end
    ) as reason
from verdicts
union all
select unobserved.*
from unread
cross join
    lateral iku.unobserved_member(
        unread.period, unread.desa, unread.name, 'tidak teramati: baris register desa dikarantina'
    ) as unobserved
