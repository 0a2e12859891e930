-- grain: one row per period and row of its register of public areas that was set aside
-- `may_be_ours` unless it says that the Dinas does not manage the point, or does not watch it.
-- Where no area can be read the place stands for it: at least one area of unknown name.
select
    snapshots.period,
    coalesce(
        quarantine.public_values ->> 'area', iku.name_by_place(quarantine.payload_no, quarantine.place)
    ) as area,
    quarantine.public_values ->> 'area_name' as area_name,
    coalesce(quarantine.public_values ->> 'managed_by_dinas', 'true') <> 'false'
    and coalesce(quarantine.public_values ->> 'in_monitoring', 'true') <> 'false' as may_be_ours,
    quarantine.place,
    quarantine.batch_id,
    quarantine.record_no
from iku.period_snapshot as snapshots
inner join iku.quarantine on snapshots.batch_id = quarantine.batch_id
where snapshots.source = 'public_area'
