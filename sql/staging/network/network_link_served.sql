-- grain: one row per kind and name of those whom a link may serve, as the newest registers give them, of any date
-- member: none
select distinct
    'opd' as kind,
    facts.opd as name,
    facts.batch_id
from fact.opd as facts
where (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('opd'))
union all
select distinct
    'desa' as kind,
    facts.desa as name,
    facts.batch_id
from fact.desa as facts
where (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('desa'))
