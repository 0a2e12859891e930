-- grain: one row per month and site: its newest look that found a date, else its newest one, at or before the month's
--   last ended day; none when that is older than the source's max_age
-- A date holds until the next one is found, for max_age at the longest: one night without an answer voids no month.
with
looks as (
    select
        period.period,
        period.last_ended_day,
        batch.batch_id,
        batch.window_on
    from iku.period
    inner join iku.batch_in_force as batch on period.last_ended_day >= batch.window_on
    inner join iku.source_allowed as source on batch.source = source.source
    where
        period.grain = 'month'
        and batch.source = 'website_content'
        and upper(batch.win) + source.max_age >= least(period.ends_at, iku.as_of_time())
)

select distinct on (looks.period, rows_of_look.site)
    looks.period,
    rows_of_look.site,
    rows_of_look.newest_content_on,
    rows_of_look.found_by,
    looks.window_on as looked_on,
    looks.batch_id,
    rows_of_look.record_no,
    looks.last_ended_day - rows_of_look.newest_content_on as content_age_days,
    looks.window_on = looks.last_ended_day as is_of_last_day
from looks
-- `offset 0` keeps the few looks outside: one partition and one index scan a look, never all looks of all days
cross join
    lateral (
        select
            facts.site,
            facts.newest_content_on,
            facts.found_by,
            facts.record_no
        from fact.website_content as facts
        where looks.batch_id = facts.batch_id and looks.window_on = facts.window_on
        order by facts.site
        offset 0
    ) as rows_of_look
order by
    looks.period asc, rows_of_look.site asc, rows_of_look.newest_content_on is null asc, looks.window_on desc
