-- grain: one row per triwulan and PPID: the report of the last year that was due, filed in time or afterwards
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
where (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('ppid_report'))
