-- grain: one row per semester and row of the newest Daftar Data that was set aside, in each semester it may be about
-- A date that can't be read may be any day: then the row is about every semester.
-- Where no id can be read the place stands for it: at least one of unknown name.
select
    period.period,
    coalesce(
        set_aside.public_values ->> 'dataset', iku.name_by_place(set_aside.payload_no, set_aside.place)
    ) as dataset,
    set_aside.public_values ->> 'name' as name,
    set_aside.place,
    set_aside.batch_id,
    set_aside.record_no
from iku.newest_quarantine as set_aside
inner join iku.period
    on
        period.grain = 'semester'
        and iku.may_be_valid_on(set_aside.public_values, 'on_list_from', 'on_list_to', period.last_ended_day)
where
    set_aside.source = 'data_list'
