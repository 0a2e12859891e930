-- grain: one row per month and row of the newest website register that was set aside, in each month it may be about
-- A date that can't be read may be any day: then the row is about every month that the register knows of.
-- Where no site can be read the place stands for it: at least one site of unknown name.
select
    period.period,
    coalesce(set_aside.public_values ->> 'site', iku.name_by_place(set_aside.payload_no, set_aside.place)) as site,
    set_aside.public_values ->> 'name' as name,
    set_aside.place,
    set_aside.batch_id,
    set_aside.record_no
from iku.newest_quarantine as set_aside
inner join iku.period
    on
        period.grain = 'month'
        and iku.may_be_valid(
            set_aside.public_values ->> 'managed_from',
            set_aside.public_values ->> 'managed_to',
            least(period.last_day, iku.local_date(iku.as_of_time())),
            period.last_day
        )
where set_aside.source = 'website'
