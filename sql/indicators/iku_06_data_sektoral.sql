-- code: IKU-06
-- title: Rasio jumlah data statistik sektoral
-- unit: persen
-- form: persen
-- roll_up: last
-- base_period: semester
-- official_periods: semester, year
-- polarity: naik
-- owner: Seksi Statistik
-- legal_basis: Keputusan 13.a/2020, bab 3.4 dan lampiran
-- in_force_from: 2020-01-14
-- evidence: staging.data_list(dataset), staging.data_list_quarantine(dataset),
--   staging.sectoral_dataset(dataset), staging.sectoral_dataset_quarantine(dataset)
-- reading: Data yang tersedia dibagi data yang dibutuhkan, dikali 100; kata terakhir penyebut yang tercetak hilang
--   dan kami baca: yang dibutuhkan. Dibutuhkan: tercantum dalam Daftar Data yang berlaku pada akhir periode.
--   Tersedia: diterima walidata dengan metadata sampai hari itu dan tidak ditarik. Data di luar daftar bukan
--   anggota.
-- note: Penyebut pada rumus yang tercetak terpotong ("Data statistik sektoral yang ..").
--   Di sini penyebutnya data yang dibutuhkan, yaitu Daftar Data yang berlaku pada hari terakhir periode;
--   pembilangnya yang diterima walidata beserta metadatanya dan tidak ditarik.
--   Data di luar Daftar Data tidak dihitung.
with
-- what happened to a dataset, up to the last day: of one day the later delivery, of one delivery the later step
events as (
    select
        delivery.period,
        delivery.dataset,
        delivery.delivered_on,
        delivery.has_metadata,
        step.name as event,
        step.happened_on,
        row_number() over (
            partition by delivery.period, delivery.dataset
            order by step.happened_on desc, delivery.delivered_on desc, step.place desc
        ) as age
    from staging.sectoral_dataset as delivery
    cross join
        lateral (
            values
            ('diserahkan', 1, delivery.delivered_on),
            ('diterima', 2, delivery.accepted_on),
            ('ditarik', 3, delivery.withdrawn_on)
        ) as step (name, place, happened_on)
    where step.happened_on is not null
),

set_aside as (
    select
        period,
        dataset,
        count(*) filter (where is_named) as named_count,
        count(*) filter (where not is_named) as unread_count
    from staging.sectoral_dataset_quarantine
    group by period, dataset
),

needed as (
    select
        period,
        dataset,
        name,
        true as is_listed
    from staging.data_list
    union all
    -- a row of the list that was set aside: a member of which nothing is known (U14)
    select
        unread.period,
        unread.dataset,
        coalesce(max(unread.name), unread.dataset) as name,
        false as is_listed
    from staging.data_list_quarantine as unread
    left join staging.data_list as listed
        on unread.period = listed.period and unread.dataset = listed.dataset
    where listed.dataset is null
    group by unread.period, unread.dataset
),

judged as (
    select
        needed.period,
        needed.dataset,
        needed.name,
        newest.event,
        newest.happened_on,
        newest.has_metadata,
        coalesce(set_aside.unread_count, 0) as unread_count,
        case
            when not needed.is_listed then 'baris Daftar Data dikarantina'
            -- a delivery or decision that can't be read may be the newest (U14)
            when set_aside.named_count > 0 then 'baris register dikarantina'
            when newest.event = 'diserahkan' and newest.has_metadata then 'keputusan walidata belum diserahkan'
            when newest.event is null and not hand_in.is_complete then hand_in.why_incomplete
        end as why_unobserved
    from needed
    left join events as newest
        on needed.period = newest.period and needed.dataset = newest.dataset and newest.age = 1
    left join set_aside on needed.period = set_aside.period and needed.dataset = set_aside.dataset
    inner join staging.sectoral_hand_in as hand_in on needed.period = hand_in.period
),

verdicts as (
    select
        judged.*,
        (
            judged.why_unobserved is null and judged.event = 'diterima' and judged.has_metadata
        ) is true as is_available
    from judged
)

select
    period,
    dataset as member,
    name as member_name,
    is_available::integer::numeric as numerator,
    1::numeric as denominator,
    -- a delivery or decision of which nobody can read the dataset may be about any
    (is_available and unread_count = 0)::integer::numeric as numerator_low,
    (is_available or why_unobserved is not null or unread_count > 0)::integer::numeric as numerator_high,
    1::numeric as denominator_low,
    1::numeric as denominator_high,
    (why_unobserved is null)::integer::numeric as seen,
    1::numeric as due,
    concat_ws(
        '; ',
        case
            when why_unobserved is not null then 'tidak teramati: ' || why_unobserved
            when event is null then 'belum diserahkan'
            when event = 'ditarik' then format('ditarik pada %s', happened_on)
            when not has_metadata then format('%s tanpa metadata pada %s', event, happened_on)
        end,
        case
            when unread_count > 0 and why_unobserved is null
                then format('%s baris register dikarantina: datanya tidak dikenal', unread_count)
        end
    ) as reason
from verdicts
