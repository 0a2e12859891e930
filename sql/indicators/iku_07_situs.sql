-- code: IKU-07-SITUS
-- title: Kunjungan situs media informasi, bagian dari IKU-07
-- unit: kunjungan
-- form: jumlah
-- roll_up: sum
-- base_period: month
-- official_periods: none
-- polarity: naik
-- owner: Seksi Kelembagaan dan Kemitraan Komunikasi
-- legal_basis: Keputusan 13.a/2020, lampiran
-- in_force_from: 2020-01-14
-- evidence: staging.website(site), staging.website_quarantine(site), staging.media_site_quarantine(site),
--   staging.web_visits(site), staging.web_visits_quarantine(site), staging.social_channel(channel)
-- note: Pendamping, tidak pernah resmi. Kunjungan menurut log peladen dan menurut Matomo tidak sebanding.
select
    period,
    site as member,
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
from staging.site_visits
