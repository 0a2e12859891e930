-- grain: one row per period, link and OPD it serves; what served a dissolved OPD serves its successor (U17)
select
    snapshot.period,
    coalesce(opd_successor.counts_for, facts.serves) as opd,
    facts.serves as registered_opd,
    facts.link,
    facts.supplied_by_dinas,
    facts.monitored,
    facts.active_from <= snapshot.last_ended_day
    and coalesce(facts.active_to >= snapshot.last_ended_day, true) as is_active,
    facts.last_seen_on,
    facts.last_polled_on,
    facts.working,
    facts.verified_on,
    snapshot.last_ended_day,
    snapshot.known_until_day,
    facts.batch_id,
    facts.record_no
from staging.network_link_snapshot as snapshot
inner join fact.network_link as facts
    on snapshot.batch_id = facts.batch_id and snapshot.window_on = facts.window_on
left join staging.opd_successor
    on snapshot.period = opd_successor.period and facts.serves = opd_successor.opd
where facts.serves_kind = 'opd'
