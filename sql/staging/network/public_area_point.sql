-- grain: one row per period, public area and access point: seen, not seen, or null while nobody can tell
-- parameters: point_seen_max_age_days
select
    points.period,
    points.area,
    points.area_name,
    points.point,
    points.managed_by_dinas and points.in_monitoring as is_ours,
    case
        when not points.managed_by_dinas or not points.in_monitoring then false
        when
            points.last_seen_on
            between points.last_ended_day - seen_rule.value::integer and points.known_until_day
            then true
        -- seen after the period's end: whether it was seen before is not known
        when points.last_seen_on > points.known_until_day then null
        when points.controller_reported_on >= points.last_ended_day - seen_rule.value::integer then false
    end as is_seen,
    coalesce(points.last_seen_on > points.known_until_day, false) as is_seen_later,
    seen_rule.value::integer as point_seen_max_age_days
from staging.public_area as points
left join staging.parameter as seen_rule
    on points.period = seen_rule.period and seen_rule.name = 'point_seen_max_age_days'
