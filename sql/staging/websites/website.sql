-- grain: one row per month and site that the register manages on the month's last day (U13)
-- Read by valid time from the newest register known. A site keeps its id when its host or name changes:
-- the name is that of the last day, the managed days are those of all its rows.
with
site_rows as (
    select
        period.period,
        facts.site,
        facts.host,
        facts.name,
        facts.opd,
        facts.kind,
        facts.is_media_information,
        facts.managed_from,
        facts.managed_to,
        facts.batch_id,
        facts.record_no,
        (
            facts.managed_from <= least(period.last_day, iku.local_date(iku.as_of_time()))
            and coalesce(facts.managed_to >= period.last_day, true)
        ) as is_managed_on_last_day,
        -- only days since the probes are collected here, and only those that have ended by the as-of time
        range_agg(
            daterange(facts.managed_from, facts.managed_to, '[]')
            * daterange(greatest(period.first_day, probes.since), null)
            * daterange(null, period.last_ended_day + 1)
        ) over (partition by period.period, facts.site) as managed_ranges
    from fact.website as facts
    inner join iku.period
        on
            facts.managed_from <= period.last_day
            and coalesce(facts.managed_to >= period.first_day, true)
    inner join iku.source_allowed as probes on probes.source = 'website_uptime'
    where
        period.grain = 'month'
        and (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('website'))
        and coalesce(facts.managed_to >= facts.managed_from, true)
)

select distinct on (period, site)
    period,
    site,
    host,
    name,
    opd,
    kind,
    is_media_information,
    managed_from,
    managed_to,
    managed_ranges,
    batch_id,
    record_no,
    (
        select coalesce(sum(upper(stretch.days) - lower(stretch.days)), 0)
        from unnest(managed_ranges) as stretch (days)
    ) as managed_day_count
from site_rows
where is_managed_on_last_day
order by period asc, site asc, managed_from desc
