-- grain: one row per semester and delivery of the newest snapshot that was set aside, in each semester it may decide
-- A day of delivery that can't be read may be any day: then the row is about every semester.
select
    period.period,
    set_aside.public_values ->> 'dataset' as dataset,
    set_aside.public_values ->> 'delivered_on' as delivered_on,
    set_aside.place,
    set_aside.message,
    set_aside.batch_id,
    set_aside.record_no
from iku.newest_quarantine as set_aside
inner join iku.period
    on
        period.grain = 'semester'
        and coalesce(iku.readable_day(set_aside.public_values ->> 'delivered_on') <= period.last_ended_day, true)
where
    set_aside.source = 'sectoral_dataset'
    and set_aside.public_values ->> 'dataset' is not null
