-- grain: one row per semester and dataset that the Daftar Data names on the semester's last day, today's while it runs
-- Read by valid time from the newest list known; of two rows for a dataset the later one counts.
select distinct on (period.period, facts.dataset)
    period.period,
    facts.dataset,
    facts.name,
    facts.producer,
    facts.year,
    facts.on_list_from,
    facts.on_list_to,
    facts.batch_id,
    facts.record_no
from fact.data_list as facts
inner join iku.period
    on
        facts.on_list_from <= period.last_ended_day
        and coalesce(facts.on_list_to >= period.last_ended_day, true)
where
    period.grain = 'semester'
    and (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('data_list'))
order by period.period asc, facts.dataset asc, facts.on_list_from desc
