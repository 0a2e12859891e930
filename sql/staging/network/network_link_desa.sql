-- grain: one row per period, link and desa it serves
select
    snapshot.period,
    facts.serves as desa,
    facts.link,
    facts.medium,
    facts.active_from <= snapshot.last_ended_day
    and coalesce(facts.active_to >= snapshot.last_ended_day, true) as is_active,
    facts.working,
    facts.verified_on,
    snapshot.last_ended_day,
    snapshot.known_until_day,
    facts.batch_id,
    facts.record_no
from staging.network_link_snapshot as snapshot
inner join fact.network_link as facts
    on snapshot.batch_id = facts.batch_id and snapshot.window_on = facts.window_on
where facts.serves_kind = 'desa'
