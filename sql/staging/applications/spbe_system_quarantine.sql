-- grain: one row per semester and row of the newest register of applications that was set aside, in each semester on
--   whose last ended day it may be a system of the regency
-- A scope, kind or date that can't be read may be any.
-- Where no id can be read the place stands for it: at least one of unknown name.
select
    period.period,
    coalesce(
        set_aside.public_values ->> 'application', iku.name_by_place(set_aside.payload_no, set_aside.place)
    ) as application,
    set_aside.public_values ->> 'name' as name,
    set_aside.place,
    set_aside.batch_id,
    set_aside.record_no
from iku.newest_quarantine as set_aside
inner join iku.period
    on
        period.grain = 'semester'
        and period.first_day <= period.last_ended_day
        and iku.may_be_valid_on(set_aside.public_values, 'operating_from', 'operating_to', period.last_ended_day)
where
    set_aside.source = 'spbe_application'
    and (set_aside.public_values ->> 'scope') is distinct from 'nasional'
    and (set_aside.public_values ->> 'kind') is distinct from 'situs'
