-- grain: one row per source: until when it is known, and how long it may stay silent after that
-- member: none
select
    source.source,
    source.title,
    source_allowed.since,
    source.kind,
    coalesce(max(upper(batch.win)), iku.local_midnight(source_allowed.since)) as known_until,
    case
        when source.kind = 'snapshot' then source_allowed.max_age + source_allowed.late_by
        when source.grid = 'month' then interval '31 days' + interval '1 day' -- the longest cell, and a day
        when source.grid = 'day' then interval '2 days'
        else interval '25 hours'
    end as allowance
from iku.source
inner join iku.source_allowed on source.source = source_allowed.source
left join iku.batch_in_force as batch on source.source = batch.source
group by source.source, source_allowed.late_by, source_allowed.max_age, source_allowed.since
