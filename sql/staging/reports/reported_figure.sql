-- grain: one row per document, indicator and period in the newest list of figures reported elsewhere
-- member: none
select
    facts.document,
    facts.document_number,
    facts.document_on,
    facts.indicator,
    facts.period,
    facts.value,
    facts.decimals,
    facts.unit,
    facts.batch_id,
    facts.record_no
from fact.reported_figure as facts
where (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('reported_figure'))
