-- grain: one row per semester and row of the newest Daftar Data that was set aside, in each semester it may be about
-- A date that can't be read may be any day: then the row is about every semester.
with
newest_snapshot as (
    select
        batch_id,
        window_on
    from iku.batch_in_force
    where source = 'data_list'
    order by window_on desc
    limit 1
),

texts as (
    select
        batch_id,
        record_no,
        place,
        public_values ->> 'dataset' as dataset,
        public_values ->> 'name' as name,
        public_values ->> 'on_list_from' as on_list_from,
        public_values ->> 'on_list_to' as on_list_to
    from iku.quarantine
    where batch_id = (select newest_snapshot.batch_id from newest_snapshot)
),

dates as (
    select
        texts.*,
        case
            when texts.on_list_from ~ '^\d{4}-\d\d-\d\d$' and pg_input_is_valid(texts.on_list_from, 'date')
                then cast(texts.on_list_from as date)
        end as first_day,
        case
            when texts.on_list_to ~ '^\d{4}-\d\d-\d\d$' and pg_input_is_valid(texts.on_list_to, 'date')
                then cast(texts.on_list_to as date)
        end as last_day
    from texts
)

select
    period.period,
    dates.dataset,
    dates.name,
    dates.place,
    dates.batch_id,
    dates.record_no
from dates
inner join iku.period
    on
        period.grain = 'semester'
        and case
            -- an end before the beginning: either is wrong
            when dates.last_day < dates.first_day then true
            else
                coalesce(dates.first_day <= period.last_ended_day, true)
                and coalesce(dates.last_day >= period.last_ended_day, true)
        end
where dates.dataset is not null
