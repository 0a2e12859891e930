-- grain: one row per month and entry of the register of activities in force, of the activities that are counted
-- One day, unit and document under two numbers may be one activity entered twice: the smallest counts, the others are
-- repeats of it.
select
    period.period,
    facts.code,
    facts.number,
    facts.held_on,
    facts.quantity,
    facts.unit,
    activity_code.unit as printed_unit,
    facts.section,
    facts.evidence,
    batch.batch_id,
    facts.record_no,
    lower(facts.unit) = activity_code.unit as is_counted,
    row_number() over (
        partition by
            period.period, facts.code, facts.held_on, lower(facts.unit),
            lower(regexp_replace(btrim(facts.evidence), '\s+', ' ', 'g'))
        order by facts.quantity, facts.number, facts.record_no
    ) > 1 as is_repeat
from iku.batch_in_force as batch
inner join fact.activity as facts
    on batch.batch_id = facts.batch_id and batch.window_on = facts.window_on
inner join staging.activity_code on facts.code = activity_code.code
inner join iku.period
    on
        period.grain = 'month'
        and batch.window_on between period.first_day and period.last_day
where batch.source = 'activity'
