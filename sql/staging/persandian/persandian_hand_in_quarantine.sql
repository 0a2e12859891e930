-- grain: one row per triwulan and hand-in that was set aside and may be of the register of persandian of its months
select
    triwulan.period,
    month.period as month,
    submission.unit,
    submission.unit_name,
    submission.place,
    submission.batch_id,
    submission.record_no
from staging.register_submission_quarantine as submission
inner join iku.period as month on month.grain = 'month' and submission.period = month.period
inner join iku.period as triwulan
    on triwulan.grain = 'triwulan' and month.first_day between triwulan.first_day and triwulan.last_day
where
    submission.grain = 'month'
    and not submission.is_month_before
    and coalesce(submission.register, 'persandian_message') = 'persandian_message'
