-- grain: one row per month and list of media that is not there: which channels it would name is not known
-- member: none
select
    period.period,
    source.source as register,
    source.title
from iku.period
inner join iku.source on source.source in ('website', 'social_channel')
left join iku.batch_in_force as batch on source.source = batch.source
where period.grain = 'month'
group by period.period, source.source, source.title
having count(batch.batch_id) = 0
