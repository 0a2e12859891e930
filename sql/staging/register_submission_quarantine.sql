-- grain: one row per row of the newest list of hand-ins that was set aside and month that it is about
-- A period that can't be read may be any month up to the list's own.
with
newest_snapshot as (
    select
        batch_id,
        window_on
    from iku.batch_in_force
    where source = 'register_submission'
    order by window_on desc
    limit 1
),

texts as (
    select
        quarantine.batch_id,
        quarantine.record_no,
        quarantine.place,
        newest_snapshot.window_on,
        quarantine.public_values ->> 'unit' as unit,
        quarantine.public_values ->> 'unit_name' as unit_name,
        quarantine.public_values ->> 'register' as register,
        quarantine.public_values ->> 'period' as period
    from newest_snapshot
    inner join iku.quarantine on newest_snapshot.batch_id = quarantine.batch_id
)

select
    period.period,
    texts.register,
    texts.unit,
    texts.unit_name,
    texts.place,
    texts.batch_id,
    texts.record_no
from texts
cross join iku.period
where
    texts.unit is not null
    and period.grain = 'month'
    and case
        when texts.period ~ '^20\d\d-(0[1-9]|1[0-2])$' then texts.period = period.period
        else period.first_day <= texts.window_on
    end
