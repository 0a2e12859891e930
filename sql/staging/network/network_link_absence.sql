-- grain: one row per period: whether the register of links is whole, so that who has no row has no link (U9); why not
-- member: none
-- The Dinas keeps this register itself: its hand-in says that the list is whole.
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
)

select
    period.period,
    coalesce(hand_ins.complete and hand_ins.nil, false) as is_nil,
    case
        when hand_ins.complete is not true then 'register belum dinyatakan lengkap'
        when hand_ins.nil then null
        when snapshot.reaches_the_end is not true then 'register periode ini belum dimuat'
        when snapshot.row_count < hand_ins.rows_declared
            then format('register memuat %s dari %s baris', snapshot.row_count, hand_ins.rows_declared)
    end as why_not,
    hand_ins.batch_id,
    hand_ins.record_no
from iku.period
left join hand_ins on period.period = hand_ins.period
left join staging.network_link_snapshot as snapshot on period.period = snapshot.period
