-- grain: one row per register that every period reads anew: what its newest batch set aside, as a sentence if it did
-- member: none
select distinct on (source.source)
    source.source,
    batch.batch_id,
    batch.quarantined,
    case
        when batch.quarantined > 0 then format('%s rekaman %s dikarantina', batch.quarantined, source.title)
    end as sentence
from iku.source
inner join iku.batch_in_force as batch on source.source = batch.source
where source.kind = 'snapshot' and source.grid = 'month'
order by source.source asc, batch.window_on desc
