-- grain: one row per semester: whether the Dinas declares its register of sectoral datasets complete (U9), or why not
-- member: none
select
    period.period,
    submission.received_on is not null and (submission.complete or submission.nil) is true as is_complete,
    case
        when submission.unit is null and hand_ins_set_aside.period is not null
            then 'baris register penyerahan dikarantina'
        else 'register belum dinyatakan lengkap'
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
where period.grain = 'semester'
