-- grain: one row per semester: whether a dataset without a row was not delivered (U9), or why that is not known
-- member: none
-- The Dinas declares its register complete; a row set aside that names no dataset of the list may be about any.
with
registered as (
    select facts.dataset
    from fact.data_list as facts
    where (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('data_list'))
    union
    select unread.public_values ->> 'dataset' as dataset
    from iku.newest_quarantine as unread
    where unread.source = 'data_list'
),

nameless as (
    select distinct period.period
    from iku.period
    inner join iku.newest_quarantine as set_aside
        on coalesce(iku.readable_day(set_aside.public_values ->> 'delivered_on') <= period.last_ended_day, true)
    left join registered on set_aside.public_values ->> 'dataset' = registered.dataset
    where
        period.grain = 'semester'
        and set_aside.source = 'sectoral_dataset'
        and registered.dataset is null
),

doubts as (
    select
        period.period,
        case
            when submission.unit is null and hand_ins_set_aside.period is not null
                then 'baris register penyerahan dikarantina'
            when submission.received_on is null or (submission.complete or submission.nil) is not true
                then 'register belum dinyatakan lengkap'
            when nameless.period is not null
                then 'baris yang dikarantina tidak menyebut data mana, atau yang tidak terdaftar'
        end as why_incomplete,
        submission.batch_id,
        submission.record_no
    from iku.period
    left join staging.register_submission as submission
        on
            submission.register = 'sectoral_dataset'
            and submission.unit = 'diskominfo'
            and period.period = submission.period
    left join staging.register_submission_set_aside as hand_ins_set_aside
        on
            hand_ins_set_aside.register = 'sectoral_dataset'
            and hand_ins_set_aside.unit = 'diskominfo'
            and period.period = hand_ins_set_aside.period
    left join nameless on period.period = nameless.period
    where period.grain = 'semester'
)

select
    period,
    why_incomplete is null as is_complete,
    why_incomplete,
    batch_id,
    record_no
from doubts
