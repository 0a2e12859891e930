-- code: IKU-07
-- title: Tingkat kunjungan media informasi pemerintah daerah
-- unit: kunjungan
-- form: jumlah
-- roll_up: sum
-- base_period: month
-- official_periods: triwulan, semester, year
-- polarity: naik
-- owner: Seksi Kelembagaan dan Kemitraan Komunikasi
-- legal_basis: Keputusan 13.a/2020, bab 3.4 dan lampiran
-- in_force_from: 2020-01-14
-- evidence: staging.website(site), staging.website_quarantine(site), staging.media_site_quarantine(site),
--   staging.web_visits(site), staging.web_visits_quarantine(site), staging.social_channel(channel),
--   staging.social_channel_quarantine(channel), staging.social_visits(channel)
-- reading: Kunjungan situs yang ditandai media informasi ditambah kunjungan kanal media sosial menurut ukuran tiap
--   platform; namanya tingkat, rumusnya jumlah. Satu cara ukur per situs pada satu waktu (U28); pengikut dan suka
--   bukan kunjungan. Dari log akses: satu kunjungan adalah tampilan halaman satu pengunjung (alamat IP dan
--   peramban) tanpa jeda lebih dari setengah jam, milik hari tampilan pertamanya; yang menyambung kunjungan dari
--   sebelum tengah malam milik hari kemarin. Tampilan halaman: permintaan GET berstatus 2xx atau 304, bukan berkas
--   statis, bukan umpan atau alamat pengelolaan. Tidak dihitung: bot (daftar bot Matomo; versinya tercatat pada
--   permintaan tiap payload), peramban yang tidak diawali Mozilla/ atau Opera/, yang menyebut alamat web
--   pembuatnya atau berjalan tanpa layar, dan pemantau kabupaten sendiri. Dari Matomo: kunjungan menurut Matomo.
--   Penghitung yang turun berarti tidak teramati, bukan negatif. Selama ada yang tidak teramati tidak ada batas
--   atas. Komponennya ditampilkan terpisah.
-- note: "Tingkat" dalam nama indikator, tetapi rumusnya menghitung jumlah. Dihitung di sini: kunjungan (bukan
--   pengunjung, pengikut atau suka) ke situs yang ditandai media informasi dan kanal media sosial. Setiap situs
--   dihitung dengan satu metode pada satu waktu; bagian situs dan bagian sosial berdiri sendiri pada IKU-07-SITUS dan
--   IKU-07-SOSIAL. Yang belum teramati tidak ditaksir: selama ada, batas atas tidak diketahui.
--   Kanal yang melonjak sepuluh kali lipat atau lebih dari bulan sebelumnya tidak dipercaya pada bulan itu.
with
visits as (
    select
        period,
        site as channel,
        name,
        visits,
        seen,
        due,
        reason
    from staging.site_visits
    union all
    select
        period,
        channel,
        name,
        visits,
        seen,
        due,
        reason
    from staging.channel_visits
    union all
    select
        period,
        register as channel,
        title as name,
        0 as visits,
        0 as seen,
        1 as due,
        'tidak teramati: daftarnya belum ada' as reason
    from staging.media_register_absent
)

select
    period,
    channel as member,
    name as member_name,
    visits as numerator,
    null::numeric as denominator,
    visits as numerator_low,
    case when seen = due and due > 0 then visits end as numerator_high, -- what was not seen has no upper end
    null::numeric as denominator_low,
    null::numeric as denominator_high,
    seen,
    due,
    reason
from visits
