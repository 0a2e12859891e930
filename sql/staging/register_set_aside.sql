-- grain: one row per register that every period reads anew: how many records its newest batch set aside
-- member: none
select distinct on (source.source)
    source.source,
    batch.quarantined
from iku.source
inner join iku.batch_in_force as batch on source.source = batch.source
where source.kind = 'snapshot' and source.grid = 'month'
order by source.source asc, batch.window_on desc
