-- grain: one row per triwulan and PPID: the newest renewal of its list on or before the last ended day
with
newest_snapshot as (
    select
        batch_id,
        window_on
    from iku.batch_in_force
    where source = 'ppid_dip'
    order by window_on desc
    limit 1
)

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
where
    facts.batch_id = (select newest_snapshot.batch_id from newest_snapshot)
    and facts.window_on = (select newest_snapshot.window_on from newest_snapshot)
order by ppid_rule.period asc, facts.ppid asc, facts.renewed_on desc
