-- grain: one row per period and row of the newest register of desa that was set aside, in each period it may be about
-- A date or a kind that can't be read may be any: then the row may be a desa of that period.
-- Where no id can be read the place stands for it: at least one of unknown name.
select
    period.period,
    coalesce(set_aside.public_values ->> 'desa', iku.name_by_place(set_aside.payload_no, set_aside.place)) as desa,
    set_aside.public_values ->> 'name' as name,
    set_aside.place,
    set_aside.batch_id,
    set_aside.record_no
from iku.newest_quarantine as set_aside
inner join iku.period
    on
        period.first_day <= period.last_ended_day
        and iku.may_be_valid_on(set_aside.public_values, 'valid_from', 'valid_to', period.last_ended_day)
where
    set_aside.source = 'desa'
    and coalesce(set_aside.public_values ->> 'kind', 'desa') <> 'kelurahan'
