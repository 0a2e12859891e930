-- grain: one row per semester, dataset and delivery of the newest snapshot, as it stood on the semester's last day
-- Decisions after that day are null here; the day is today's while the semester runs.
select
    period.period,
    facts.dataset,
    facts.delivered_on,
    facts.has_metadata,
    case when facts.accepted_on <= period.last_ended_day then facts.accepted_on end as accepted_on,
    case when facts.withdrawn_on <= period.last_ended_day then facts.withdrawn_on end as withdrawn_on,
    facts.batch_id,
    facts.record_no
from fact.sectoral_dataset as facts
inner join iku.period on facts.delivered_on <= period.last_ended_day
where
    period.grain = 'semester'
    and (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('sectoral_dataset'))
