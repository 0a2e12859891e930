-- grain: one row per indicator, period and kind of text in the newest list of narratives
-- member: none
select
    facts.indicator,
    facts.period,
    facts.kind,
    facts.text,
    facts.value,
    facts.unit,
    facts.batch_id,
    facts.record_no
from fact.narrative as facts
where (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('narrative'))
