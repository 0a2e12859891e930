-- grain: one row per triwulan and hand-in of the register of persandian of one of its months
select
    triwulan.period,
    month.period as month,
    submission.unit,
    submission.unit_name,
    submission.received_on,
    submission.rows_declared,
    submission.last_running_number,
    submission.previous_running_number,
    submission.batch_id,
    submission.record_no
from staging.register_submission as submission
inner join iku.period as month on month.grain = 'month' and submission.period = month.period
inner join iku.period as triwulan
    on triwulan.grain = 'triwulan' and month.first_day between triwulan.first_day and triwulan.last_day
where submission.register = 'persandian_message'
