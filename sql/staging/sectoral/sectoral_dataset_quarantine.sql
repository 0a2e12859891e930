-- grain: one row per semester, delivery of the newest snapshot that was set aside, and dataset that it may be about, in
--   each semester it may decide
-- A day of delivery that can't be read may be any day: then the row is about every semester. Named by the row, or any
-- dataset of the Daftar Data while the row's can't be read, or the list gives no such dataset (is_named is false): it
-- may be any, misspelt.
with
registered as (
    select facts.dataset
    from fact.data_list as facts
    where (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('data_list'))
    union
    select unread.public_values ->> 'dataset' as dataset
    from iku.newest_quarantine as unread
    where unread.source = 'data_list'
),

rows_set_aside as (
    select
        period.period,
        registered.dataset,
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
    left join registered on set_aside.public_values ->> 'dataset' = registered.dataset
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
