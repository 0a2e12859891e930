-- grain: one row per ended period and register of its last days that has not come: read instead is an older one
-- member: none
-- Registers that hold for years (targets, parameters) change so seldom that a month without one is no news.
select
    period.period,
    source_state.source,
    format('%s baru sampai %s', source_state.title, iku.local_date(source_state.known_until) - 1) as sentence
from staging.source_state
inner join iku.period on source_state.known_until < period.ends_at
where
    period.is_finished
    and source_state.kind = 'snapshot'
    and source_state.allowance < interval '1 year'
    and source_state.known_until > iku.local_midnight(source_state.since)
