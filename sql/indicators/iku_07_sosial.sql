-- code: IKU-07-SOSIAL
-- title: Kunjungan kanal media sosial, bagian dari IKU-07
-- unit: kunjungan
-- form: jumlah
-- roll_up: sum
-- base_period: month
-- official_periods: none
-- polarity: naik
-- owner: Seksi Kelembagaan dan Kemitraan Komunikasi
-- legal_basis: Keputusan 13.a/2020, lampiran
-- in_force_from: 2020-01-14
-- evidence: staging.social_channel(channel), staging.social_channel_quarantine(channel),
--   staging.social_visits(channel)
-- note: Pendamping, tidak pernah resmi. Ukuran tiap platform berbeda dan dapat berganti; yang dihitung hanya
--   ukuran yang disebut daftar kanal untuk waktunya.
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
from staging.channel_visits
