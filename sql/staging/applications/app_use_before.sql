-- grain: one row per triwulan and office: its newest use of a regency's application in the year before the triwulan
-- It only explains a zero; nothing is counted by it.
with
applications as (
    select distinct lower(facts.application) as application
    from fact.spbe_application as facts
    where
        (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('spbe_application'))
        and facts.scope = 'kabupaten'
)

select distinct on (period.period, facts.opd)
    period.period,
    facts.opd,
    facts.application,
    facts.used_on,
    facts.batch_id,
    facts.record_no
from iku.period
inner join iku.batch_in_force as batch
    on batch.window_on between period.first_day - 366 and period.first_day - 1
inner join fact.app_usage as facts
    on batch.batch_id = facts.batch_id and batch.window_on = facts.window_on
inner join applications on lower(facts.application) = applications.application
where
    period.grain = 'triwulan'
    and batch.source = 'app_usage'
order by period.period asc, facts.opd asc, facts.used_on desc, facts.application asc
