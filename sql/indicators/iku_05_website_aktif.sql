-- code: IKU-05
-- title: Persentase website yang aktif
-- unit: persen
-- form: persen
-- roll_up: sum
-- base_period: month
-- official_periods: triwulan, semester, year
-- polarity: naik
-- owner: Seksi Pelayanan e-Government Standarisasi dan Aplikasi
-- legal_basis: Keputusan 13.a/2020, bab 3.4
-- in_force_from: 2020-01-14
-- evidence: staging.website(site), staging.website_quarantine(site),
--   staging.website_uptime_day(site), staging.website_uptime_quarantine(site), staging.website_content(site)
-- reading: Situs aktif dibagi situs terdaftar, dikali 100; periode panjang menghitung bulan-situs (U3). Aktif dalam
--   satu bulan: terjangkau pada sedikitnya 95 % pemeriksaan, dengan sedikitnya 80 % waktunya teramati (U10).
--   Terjangkau: pemeriksaannya berhasil menurut alat pengukurnya (pada Prometheus probe_success = 1). Satu pemeriksaan
--   berlaku sampai pemeriksaan berikutnya, paling lama selang pada parameter probe_interval_seconds, berapa pun selang
--   alat pengukurnya; selang yang lebih panjang paling banyak sepersepuluhnya dihitung utuh, karena alat yang menunggu
--   jawaban dahulu memeriksa tiap 60,2 detik, bukan 60. Pemeriksaan terakhir suatu hari disusul pemeriksaan pertama
--   hari itu, sehari kemudian: detik sebelum yang pertama tidak hilang. Situs jenis informasi juga isi terbarunya
--   paling lama 90 hari pada akhir bulan, sedangkan jenis layanan tidak perlu tanggal isi. Tanggal isi berlaku paling
--   lama tujuh hari sejak dilihat; isi yang sudah lama final hanya bila dilihat pada hari terakhir, sebab sesudah
--   lihatan yang lebih awal dapat terbit isi baru. Galat TLS berarti turun. Waktu tanpa pemeriksaan tidak teramati:
--   bukan turun, bukan naik. Anggota suatu bulan adalah situs yang dikelola pada hari terakhirnya (U13): yang ditutup
--   sebelum hari itu bukan anggota bulan itu, yang baru dibuka dinilai sejak hari pertama dikelola saja. Selama
--   bulannya berjalan yang dinilai, juga oleh batas-batasnya, hanya hari yang sudah selesai. Keputusan tidak mencetak
--   rumus dan tidak merumuskan "aktif"; batas-batas di atas adalah parameter.
-- parameters: uptime_floor_pct, site_seen_floor_pct
with
-- why the probes of a site could not be used, by its newest note
unusable as (
    select distinct on (period, site)
        period,
        site,
        format('%s: %s', window_on, message) as note
    from staging.website_uptime_quarantine
    order by period asc, site asc, window_on desc, record_no asc
),

sites as (
    select
        checks.*,
        checks.up_count + checks.down_count as checked_count,
        freshness.content_age_days,
        freshness.content_max_age_days,
        freshness.is_unseen_since,
        freshness.looked_on,
        uptime_floor.value as uptime_floor_pct,
        seen_floor.value as site_seen_floor_pct,
        unusable.note,
        checks.kind <> 'informasi' or freshness.is_fresh as is_fresh -- null: content date unknown
    from staging.website_reachability as checks
    left join staging.parameter as uptime_floor
        on checks.period = uptime_floor.period and uptime_floor.name = 'uptime_floor_pct'
    left join staging.parameter as seen_floor
        on checks.period = seen_floor.period and seen_floor.name = 'site_seen_floor_pct'
    left join staging.website_freshness as freshness
        on checks.period = freshness.period and checks.site = freshness.site
    left join unusable on checks.period = unusable.period and checks.site = unusable.site
),

-- compared without dividing: exact, and no check is no error; the share of the checks holds for what was seen of the
-- due time, and it was down, or up, all the time that was not seen (U10)
tests as (
    select
        sites.*,
        sites.due_seconds > 0 and 100 * sites.seen_seconds >= sites.site_seen_floor_pct * sites.due_seconds as is_seen,
        sites.checked_count > 0 and 100 * sites.up_count >= sites.uptime_floor_pct * sites.checked_count as is_up,
        sites.due_seconds > 0
        and sites.checked_count > 0
        and 100 * sites.up_count * sites.seen_seconds
        >= sites.uptime_floor_pct * sites.checked_count * sites.due_seconds as is_up_at_worst,
        100 * (sites.checked_count * sites.due_seconds - sites.down_count * sites.seen_seconds)
        >= sites.uptime_floor_pct * sites.checked_count * sites.due_seconds as is_up_at_best
    from sites
),

verdicts as (
    select
        tests.*,
        tests.is_up_at_worst and tests.is_fresh is true as is_active_at_worst,
        tests.is_up_at_best and tests.is_fresh is not false as is_active_at_best,
        tests.is_seen and tests.is_up and tests.is_fresh is true as is_proven,
        replace(round(100.0 * tests.up_count / nullif(tests.checked_count, 0), 2)::text, '.', ',') as up_pct,
        case -- nearly all is never told as all
            when tests.seen_seconds < tests.due_seconds
                then replace(
                        least(round(100.0 * tests.seen_seconds / tests.due_seconds, 2), 99.99)::text, '.', ','
                    )
        end as seen_pct
    from tests
),

-- sites whose row in the register was set aside: members of which nothing is known (U14)
unread as (
    select
        set_aside.period,
        set_aside.site,
        coalesce(max(set_aside.name), set_aside.site) as name
    from staging.website_quarantine as set_aside
    left join staging.website as registered
        on set_aside.period = registered.period and set_aside.site = registered.site
    where registered.site is null
    group by set_aside.period, set_aside.site
)

select
    period,
    site as member,
    name as member_name,
    -- a verdict that the unseen can't change is final (U18)
    ((is_proven or is_active_at_worst) and is_active_at_best)::integer::numeric as numerator,
    1::numeric as denominator,
    is_active_at_worst::integer::numeric as numerator_low,
    is_active_at_best::integer::numeric as numerator_high,
    1::numeric as denominator_low,
    1::numeric as denominator_high,
    case when is_fresh is null then 0 else seen_seconds end as seen, -- U19
    due_seconds as due,
    -- what sites have in common stands before the first semicolon: the figure tells them together by it
    concat_ws(
        '; ',
        case
            when is_fresh is false
                then format(
                        'konten lebih tua dari %s hari; umurnya %s hari',
                        trim_scale(content_max_age_days), content_age_days
                    )
            when due_seconds = 0 then 'tidak teramati: belum ada hari yang selesai'
            when checked_count = 0 and note is not null then 'tidak teramati: pemeriksaannya tidak dapat dipakai'
            when checked_count = 0 then 'tidak teramati: pengukur diam'
            when is_unseen_since and is_active_at_best
                then format(
                        'tidak teramati: konten lebih tua dari %s hari, tidak dilihat lagi sampai hari terakhir;'
                        || ' terakhir dilihat %s',
                        trim_scale(content_max_age_days), looked_on
                    )
            when is_fresh is null and is_active_at_best then 'tidak teramati: tanggal konten tidak diketahui'
            when not is_seen and is_active_at_best and not is_active_at_worst
                then format('tidak teramati: di bawah %s %% waktunya', trim_scale(site_seen_floor_pct))
            when not is_up
                then format('terjangkau kurang dari %s %%; hanya %s %%', trim_scale(uptime_floor_pct), up_pct)
        end,
        case when is_fresh is null and not is_active_at_best then 'tanggal konten tidak diketahui' end,
        case when seen_seconds < due_seconds and checked_count > 0 then format('teramati %s %%', seen_pct) end,
        case
            when seen_seconds < due_seconds and usual_gap_seconds <> probe_interval_seconds
                then format(
                        'biasanya diperiksa tiap %s detik, parameter selangnya %s detik',
                        usual_gap_seconds, trim_scale(probe_interval_seconds)
                    )
        end,
        case when not is_seen then note end
    ) as reason
from verdicts
union all
select unobserved.*
from unread
cross join
    lateral iku.unobserved_member(
        unread.period, unread.site, unread.name, 'tidak teramati: baris register dikarantina'
    ) as unobserved
