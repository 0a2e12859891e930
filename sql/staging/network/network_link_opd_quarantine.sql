-- grain: one row per period and row of its register of links that was set aside and may be about that OPD
select
    snapshot.period,
    coalesce(opd_successor.counts_for, quarantine.public_values ->> 'serves') as opd,
    quarantine.public_values ->> 'link' as link,
    quarantine.place,
    quarantine.batch_id,
    quarantine.record_no
from staging.network_link_snapshot as snapshot
inner join iku.quarantine on snapshot.batch_id = quarantine.batch_id
left join staging.opd_successor
    on snapshot.period = opd_successor.period and quarantine.public_values ->> 'serves' = opd_successor.opd
where
    quarantine.public_values ->> 'serves' is not null
    and coalesce(quarantine.public_values ->> 'serves_kind', 'opd') not in ('desa', 'ruang_publik')
