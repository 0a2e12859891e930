-- grain: one row per period, row of its register of links that was set aside, and desa that it may be about
-- Named by the row, or any desa while the row doesn't say whom it serves (is_named is false): a name that no register
-- gives is nobody's, and may be anybody's misspelt. Not about any: a link that by what can be read of it was not active
-- on the last ended day, or is a mobile signal.
with
rows_set_aside as (
    select
        snapshot.period,
        quarantine.public_values ->> 'serves' as serves,
        exists (
            select from fact.desa as registered
            where
                (registered.batch_id, registered.window_on) = (select batch_id, window_on from iku.newest('desa'))
                and quarantine.public_values ->> 'serves' = registered.desa
        )
        or exists (
            select from staging.desa_quarantine as unread
            where snapshot.period = unread.period and quarantine.public_values ->> 'serves' = unread.desa
        ) as is_named,
        quarantine.public_values ->> 'link' as link,
        quarantine.place,
        quarantine.batch_id,
        quarantine.record_no
    from staging.network_link_snapshot as snapshot
    inner join iku.quarantine on snapshot.batch_id = quarantine.batch_id
    where
        coalesce(quarantine.public_values ->> 'serves_kind', 'desa') not in ('opd', 'ruang_publik')
        and (quarantine.public_values ->> 'medium') is distinct from 'seluler'
        and iku.may_be_valid_on(quarantine.public_values, 'active_from', 'active_to', snapshot.last_ended_day)
)

select
    rows_set_aside.period,
    rows_set_aside.serves as desa,
    true as is_named,
    rows_set_aside.link,
    rows_set_aside.place,
    rows_set_aside.batch_id,
    rows_set_aside.record_no
from rows_set_aside
where rows_set_aside.is_named
union all
select
    rows_set_aside.period,
    villages.desa,
    false as is_named,
    rows_set_aside.link,
    rows_set_aside.place,
    rows_set_aside.batch_id,
    rows_set_aside.record_no
from rows_set_aside
inner join staging.desa as villages on rows_set_aside.period = villages.period
where not rows_set_aside.is_named
