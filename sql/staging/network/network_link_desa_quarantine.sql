-- grain: one row per period and row of its register of links that was set aside and may be about that desa
select
    snapshot.period,
    quarantine.public_values ->> 'serves' as desa,
    quarantine.public_values ->> 'link' as link,
    quarantine.place,
    quarantine.batch_id,
    quarantine.record_no
from staging.network_link_snapshot as snapshot
inner join iku.quarantine on snapshot.batch_id = quarantine.batch_id
where
    quarantine.public_values ->> 'serves' is not null
    and coalesce(quarantine.public_values ->> 'serves_kind', 'desa') not in ('opd', 'ruang_publik')
