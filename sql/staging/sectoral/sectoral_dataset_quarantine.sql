-- grain: one row per semester, delivery of the newest snapshot that was set aside, and dataset that it may be about, in
--   each semester it may decide
-- A day of delivery that can't be read may be any day: then the row is about every semester. Named by the row, or any
-- dataset of the Daftar Data while the row's can't be read (is_named is false).
with
rows_set_aside as (
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
    where set_aside.source = 'sectoral_dataset'
)

select
    rows_set_aside.period,
    coalesce(rows_set_aside.dataset, listed.dataset) as dataset,
    rows_set_aside.dataset is not null as is_named,
    rows_set_aside.delivered_on,
    rows_set_aside.place,
    rows_set_aside.message,
    rows_set_aside.batch_id,
    rows_set_aside.record_no
from rows_set_aside
left join staging.data_list as listed
    on rows_set_aside.period = listed.period and rows_set_aside.dataset is null
where rows_set_aside.dataset is not null or listed.dataset is not null
