-- grain: one row per period and row of its register of public areas that was set aside
-- Where no area can be read the place stands for it: at least one area of unknown name.
with
snapshots as (
    select distinct on (period.period)
        period.period,
        batch.batch_id
    from iku.period
    inner join iku.batch_in_force as batch on period.last_ended_day >= batch.window_on
    inner join iku.source on batch.source = source.source
    where
        batch.source = 'public_area'
        and period.first_day <= period.last_ended_day
        and upper(batch.win) + source.max_age >= least(period.ends_at, iku.as_of_time())
    order by period.period asc, batch.window_on desc
)

select
    snapshots.period,
    coalesce(
        quarantine.public_values ->> 'area',
        format('berkas %s %s', quarantine.payload_no, split_part(quarantine.place, ',', 1))
    ) as area,
    quarantine.public_values ->> 'area_name' as area_name,
    quarantine.place,
    quarantine.batch_id,
    quarantine.record_no
from snapshots
inner join iku.quarantine on snapshots.batch_id = quarantine.batch_id
