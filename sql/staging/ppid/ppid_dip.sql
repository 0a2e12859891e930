-- grain: one row per triwulan and PPID: the newest renewal of its list on or before the last ended day
select distinct on (ppid_rule.period, facts.ppid)
    ppid_rule.period,
    facts.ppid,
    facts.renewed_on,
    facts.published_at,
    facts.renewed_on >= ppid_rule.dip_renewed_since as is_renewed,
    facts.batch_id,
    facts.record_no
from fact.ppid_dip as facts
inner join staging.ppid_rule on facts.renewed_on <= ppid_rule.last_ended_day
where (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('ppid_dip'))
order by ppid_rule.period asc, facts.ppid asc, facts.renewed_on desc
