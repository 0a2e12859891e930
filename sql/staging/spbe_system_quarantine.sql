-- grain: one row per semester and row of the newest register of applications that was set aside, in each semester on
--   whose last ended day it may be a system of the regency
-- A scope, kind or date that can't be read may be any.
with
newest_snapshot as (
    select
        batch_id,
        window_on
    from iku.batch_in_force
    where source = 'spbe_application'
    order by window_on desc
    limit 1
),

texts as (
    select
        batch_id,
        record_no,
        place,
        public_values ->> 'application' as application,
        public_values ->> 'name' as name,
        public_values ->> 'operating_from' as operating_from,
        public_values ->> 'operating_to' as operating_to
    from iku.quarantine
    where
        batch_id = (select newest_snapshot.batch_id from newest_snapshot)
        and (public_values ->> 'scope') is distinct from 'nasional'
        and (public_values ->> 'kind') is distinct from 'situs'
),

dates as (
    select
        texts.*,
        case
            when texts.operating_from ~ '^\d{4}-\d\d-\d\d$' and pg_input_is_valid(texts.operating_from, 'date')
                then cast(texts.operating_from as date)
        end as first_day,
        case
            when texts.operating_to ~ '^\d{4}-\d\d-\d\d$' and pg_input_is_valid(texts.operating_to, 'date')
                then cast(texts.operating_to as date)
        end as last_day
    from texts
)

select
    period.period,
    dates.application,
    dates.name,
    dates.place,
    dates.batch_id,
    dates.record_no
from dates
inner join iku.period
    on
        period.grain = 'semester'
        and period.first_day <= period.last_ended_day
        and case
            -- an end before the beginning: either is wrong
            when dates.last_day < dates.first_day then true
            else
                coalesce(dates.first_day <= period.last_ended_day, true)
                and coalesce(dates.last_day >= period.last_ended_day, true)
        end
where dates.application is not null
