-- grain: one row per semester and delivery of the newest snapshot that was set aside, in each semester it may decide
-- A day of delivery that can't be read may be any day: then the row is about every semester.
with
newest_snapshot as (
    select
        batch_id,
        window_on
    from iku.batch_in_force
    where source = 'sectoral_dataset'
    order by window_on desc
    limit 1
),

texts as (
    select
        batch_id,
        record_no,
        place,
        message,
        public_values ->> 'dataset' as dataset,
        public_values ->> 'delivered_on' as delivered_on
    from iku.quarantine
    where batch_id = (select newest_snapshot.batch_id from newest_snapshot)
)

select
    period.period,
    texts.dataset,
    texts.delivered_on,
    texts.place,
    texts.message,
    texts.batch_id,
    texts.record_no
from texts
inner join iku.period
    on
        period.grain = 'semester'
        and case
            when texts.delivered_on ~ '^\d{4}-\d\d-\d\d$' and pg_input_is_valid(texts.delivered_on, 'date')
                then cast(texts.delivered_on as date) <= period.last_ended_day
            else true
        end
where texts.dataset is not null
