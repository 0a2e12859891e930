-- grain: one row per month and row of the newest channel register that was set aside, in each month it may be about
-- A date that can't be read may be any day. A site's row only leaves the site without a method: it is none of these.
select
    period.period,
    -- where no channel can be read the place stands for it: at least one channel of unknown name
    coalesce(
        set_aside.public_values ->> 'channel', iku.name_by_place(set_aside.payload_no, set_aside.place)
    ) as channel,
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
where
    set_aside.source = 'social_channel'
    and coalesce(set_aside.public_values ->> 'platform', '') <> 'situs'
