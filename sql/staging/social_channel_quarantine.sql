-- grain: one row per month and row of the newest channel register that was set aside, in each month it may be about
-- A date that can't be read may be any day. A site's row only leaves the site without a method: it is none of these.
with
newest_snapshot as (
    select
        batch_id,
        window_on
    from iku.batch_in_force
    where source = 'social_channel'
    order by window_on desc
    limit 1
),

texts as (
    select
        batch_id,
        record_no,
        place,
        -- where no channel can be read the place stands for it: at least one channel of unknown name
        coalesce(
            public_values ->> 'channel', format('berkas %s %s', payload_no, split_part(place, ',', 1))
        ) as channel,
        public_values ->> 'name' as name,
        public_values ->> 'managed_from' as managed_from,
        public_values ->> 'managed_to' as managed_to
    from iku.quarantine
    where
        batch_id = (select newest_snapshot.batch_id from newest_snapshot)
        and coalesce(public_values ->> 'platform', '') <> 'situs'
),

dates as (
    select
        texts.*,
        case
            when texts.managed_from ~ '^\d{4}-\d\d-\d\d$' and pg_input_is_valid(texts.managed_from, 'date')
                then cast(texts.managed_from as date)
        end as first_day,
        case
            when texts.managed_to ~ '^\d{4}-\d\d-\d\d$' and pg_input_is_valid(texts.managed_to, 'date')
                then cast(texts.managed_to as date)
        end as last_day
    from texts
)

select
    period.period,
    dates.channel,
    dates.name,
    dates.place,
    dates.batch_id,
    dates.record_no
from dates
inner join iku.period
    on
        period.grain = 'month'
        and case
            -- an end before the beginning: either is wrong
            when dates.last_day < dates.first_day then true
            else
                coalesce(dates.first_day <= least(period.last_day, iku.local_date(iku.as_of_time())), true)
                and coalesce(dates.last_day >= period.last_day, true)
        end
