-- grain: one row per period and row of the newest register of desa that was set aside, in each period it may be about
-- A date or a kind that can't be read may be any: then the row may be a desa of that period.
with
newest_snapshot as (
    select
        batch_id,
        window_on
    from iku.batch_in_force
    where source = 'desa'
    order by window_on desc
    limit 1
),

texts as (
    select
        batch_id,
        record_no,
        place,
        public_values ->> 'desa' as desa,
        public_values ->> 'name' as name,
        coalesce(public_values ->> 'kind', 'desa') <> 'kelurahan' as may_count,
        public_values ->> 'valid_from' as valid_from,
        public_values ->> 'valid_to' as valid_to
    from iku.quarantine
    where batch_id = (select newest_snapshot.batch_id from newest_snapshot)
),

dates as (
    select
        texts.*,
        case
            when texts.valid_from ~ '^\d{4}-\d\d-\d\d$' and pg_input_is_valid(texts.valid_from, 'date')
                then cast(texts.valid_from as date)
        end as first_day,
        case
            when texts.valid_to ~ '^\d{4}-\d\d-\d\d$' and pg_input_is_valid(texts.valid_to, 'date')
                then cast(texts.valid_to as date)
        end as last_day
    from texts
)

select
    period.period,
    dates.desa,
    dates.name,
    dates.place,
    dates.batch_id,
    dates.record_no
from dates
inner join iku.period
    on
        period.first_day <= period.last_ended_day
        and case
            -- an end before the beginning: either is wrong
            when dates.last_day < dates.first_day then true
            else
                coalesce(dates.first_day <= period.last_ended_day, true)
                and coalesce(dates.last_day >= period.last_ended_day, true)
        end
where dates.desa is not null and dates.may_count
