-- grain: one row per period and kind of those served: whether one without a row has no link (U9), and why not
-- member: none
-- The Dinas keeps this register itself: its hand-in says that the list is whole. A row set aside that doesn't say whom
-- it is about, or says a name that no register gives, may be about anybody.
with
hand_ins as (
    select
        facts.period,
        facts.nil,
        facts.rows_declared,
        facts.complete,
        facts.batch_id,
        facts.record_no
    from fact.register_submission as facts
    where
        (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('register_submission'))
        and facts.register = 'network_link'
        and facts.unit = 'diskominfo'
        and facts.received_on <= iku.local_date(iku.as_of_time()) -- a later one is a typed year
),

served as (
    select kind
    from (values ('opd'), ('desa')) as listed (kind)
),

nameless as (
    select
        snapshot.period,
        served.kind,
        (array_agg(distinct quarantine.public_values ->> 'link' order by quarantine.public_values ->> 'link'))[1:3]
            as first_links
    from staging.network_link_snapshot as snapshot
    cross join served
    inner join iku.quarantine
        on
            snapshot.batch_id = quarantine.batch_id
            and not exists (
                select from staging.network_link_served as registered
                where
                    quarantine.public_values ->> 'serves' = registered.name
                    -- of a kind that can't be read it may serve either
                    and (
                        served.kind = registered.kind
                        or quarantine.public_values ->> 'serves_kind' is distinct from served.kind
                    )
            )
            and not exists (
                select from staging.opd_quarantine as unread
                where
                    snapshot.period = unread.period
                    and quarantine.public_values ->> 'serves' = unread.opd
            )
            and not exists (
                select from staging.desa_quarantine as unread
                where
                    snapshot.period = unread.period
                    and quarantine.public_values ->> 'serves' = unread.desa
            )
            -- a kind that is none may be any
            and (
                quarantine.public_values ->> 'serves_kind' in ('opd', 'desa', 'ruang_publik')
                and quarantine.public_values ->> 'serves_kind' <> served.kind
            ) is not true
    group by snapshot.period, served.kind
),

doubts as (
    select
        period.period,
        served.kind as serves_kind,
        hand_ins.batch_id,
        hand_ins.record_no,
        case
            when hand_ins.complete is not true then 'register belum dinyatakan lengkap'
            when hand_ins.nil then null
            when snapshot.reaches_the_end is not true then 'register periode ini belum dimuat'
            when snapshot.row_count < hand_ins.rows_declared
                then format('register memuat %s dari %s baris', snapshot.row_count, hand_ins.rows_declared)
            when nameless.period is not null
                then concat_ws(
                        ' ',
                        'baris yang dikarantina',
                        '(' || nullif(array_to_string(nameless.first_links, ', '), '') || ')',
                        'tidak menyebut siapa yang dilayani, atau tidak dikenal'
                    )
        end as why_not
    from iku.period
    cross join served
    left join hand_ins on period.period = hand_ins.period
    left join staging.network_link_snapshot as snapshot on period.period = snapshot.period
    left join nameless on period.period = nameless.period and served.kind = nameless.kind
)

select
    period,
    serves_kind,
    why_not is null as is_evidence,
    'tidak ada baris, ' || why_not as why_not,
    batch_id,
    record_no
from doubts
