-- grain: one row per period and row of its register of public areas that was set aside
-- Where no area can be read the place stands for it: at least one area of unknown name.
select
    snapshots.period,
    coalesce(
        quarantine.public_values ->> 'area', iku.name_by_place(quarantine.payload_no, quarantine.place)
    ) as area,
    quarantine.public_values ->> 'area_name' as area_name,
    quarantine.place,
    quarantine.batch_id,
    quarantine.record_no
from iku.period_snapshot as snapshots
inner join iku.quarantine on snapshots.batch_id = quarantine.batch_id
where snapshots.source = 'public_area'
