-- grain: one row per triwulan and PPID: the report of the last year that was due, filed in time or afterwards
with
newest_snapshot as (
    select
        batch_id,
        window_on
    from iku.batch_in_force
    where source = 'ppid_report'
    order by window_on desc
    limit 1
)

select
    ppid_rule.period,
    facts.ppid,
    facts.report_year,
    facts.filed_on,
    facts.filed_on <= ppid_rule.last_ended_day as is_filed,
    facts.batch_id,
    facts.record_no
from fact.ppid_report as facts
inner join staging.ppid_rule on facts.report_year = ppid_rule.report_year
where
    facts.batch_id = (select newest_snapshot.batch_id from newest_snapshot)
    and facts.window_on = (select newest_snapshot.window_on from newest_snapshot)
