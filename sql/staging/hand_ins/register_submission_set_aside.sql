-- grain: one row per register, period and unit of which the newest list of hand-ins set a row aside
-- A row whose register can't be read may be of any.
select distinct
    source.source as register,
    submission.period,
    submission.unit
from staging.register_submission_quarantine as submission
inner join iku.source on coalesce(submission.register, source.source) = source.source
where not submission.is_month_before
