-- grain: one row per indicator, unit, year and first day of a target that stands in an RPJMD, in the newest list
-- member: none
-- Years to come are no periods yet, so staging.target has none of them.
select
    facts.indicator,
    facts.unit,
    facts.year,
    facts.value,
    facts.value_high,
    facts.legal_basis,
    facts.in_force_from,
    facts.batch_id,
    facts.record_no
from fact.target as facts
where
    (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('target'))
    and facts.legal_basis ~* '\mRPJMD\M'
    and facts.period = facts.year::text
