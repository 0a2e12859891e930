-- grain: one row per probed site and day, registered or not; record_no is null: the records are the batch's
-- parameters: probe_interval_seconds
select
    period.period,
    batch.window_on,
    facts.site,
    facts.up_count,
    facts.down_count,
    facts.unseen_count,
    seen.seen_seconds,
    seen.gap_seconds,
    batch.batch_id,
    null::integer as record_no
from iku.batch_in_force as batch
inner join fact.website_uptime_day as facts
    on batch.batch_id = facts.batch_id and facts.roll_up_version = 1
inner join iku.period
    on
        period.grain = 'month'
        and batch.window_on between period.first_day and period.last_day
left join staging.parameter as probe_rule
    on period.period = probe_rule.period and probe_rule.name = 'probe_interval_seconds'
left join
    lateral (
        select
            -- A check vouches for the time until the next one, for the parameter's interval at the longest. A tenth
            -- more is no gap: a prober that waits its interval after the answer is late by the answer (60.2 s for 60).
            sum(
                case
                    when gaps.gap_seconds <= 1.1 * probe_rule.value then gaps.gap_total_seconds
                    when probe_rule.value is not null then gaps.check_count * probe_rule.value
                end
            ) as seen_seconds,
            (array_agg(gaps.gap_seconds order by gaps.check_count desc, gaps.gap_seconds asc))[1] as gap_seconds
        from fact.website_uptime_gap as gaps
        where facts.batch_id = gaps.batch_id and gaps.roll_up_version = 1 and facts.site = gaps.site
    ) as seen
    on true
where batch.source = 'website_uptime'
