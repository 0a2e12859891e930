-- grain: one row per semester for which the Dinas declares its register of sectoral datasets complete (U9)
-- member: none
select
    period,
    received_on,
    batch_id,
    record_no
from staging.register_submission
where
    register = 'sectoral_dataset'
    and unit = 'diskominfo'
    and received_on is not null
    and (complete or nil)
