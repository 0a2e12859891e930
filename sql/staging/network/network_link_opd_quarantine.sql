-- grain: one row per period, row of its register of links that was set aside, and OPD that it may be about
-- Named by the row (or its successor, U17), or any OPD while the row doesn't say whom it serves (is_named is false): a
-- name that no register gives is nobody's, and may be anybody's misspelt. Not about any: a link that by what can be
-- read of it was not active on the last ended day.
with
rows_set_aside as (
    select
        snapshot.period,
        quarantine.public_values ->> 'serves' as serves,
        exists (
            select from fact.opd as registered
            where
                (registered.batch_id, registered.window_on) = (select batch_id, window_on from iku.newest('opd'))
                and quarantine.public_values ->> 'serves' = registered.opd
        )
        -- of a kind that can't be read, by the code of a desa it serves one; the register of desa is none of an OPD's
        or (
            quarantine.public_values ->> 'serves_kind' is null
            and coalesce(quarantine.public_values ->> 'serves', '') ~ '^[0-9]{2}([.][0-9]{2}){2}[.][0-9]{4}$'
        )
        or exists (
            select from staging.opd_quarantine as unread
            where snapshot.period = unread.period and quarantine.public_values ->> 'serves' = unread.opd
        ) as is_named,
        quarantine.public_values ->> 'link' as link,
        coalesce(quarantine.public_values ->> 'supplied_by_dinas', 'true') <> 'false' as may_be_of_dinas,
        coalesce(quarantine.public_values ->> 'supplied_by_dinas', 'false') <> 'true' as may_be_of_isp,
        quarantine.place,
        quarantine.batch_id,
        quarantine.record_no
    from staging.network_link_snapshot as snapshot
    inner join iku.quarantine on snapshot.batch_id = quarantine.batch_id
    where
        coalesce(quarantine.public_values ->> 'serves_kind', 'opd') not in ('desa', 'ruang_publik')
        and iku.may_be_valid_on(quarantine.public_values, 'active_from', 'active_to', snapshot.last_ended_day)
)

select
    rows_set_aside.period,
    coalesce(opd_successor.counts_for, rows_set_aside.serves) as opd,
    true as is_named,
    rows_set_aside.link,
    rows_set_aside.may_be_of_dinas,
    rows_set_aside.may_be_of_isp,
    rows_set_aside.place,
    rows_set_aside.batch_id,
    rows_set_aside.record_no
from rows_set_aside
left join staging.opd_successor
    on rows_set_aside.period = opd_successor.period and rows_set_aside.serves = opd_successor.opd
where rows_set_aside.is_named
union all
select
    rows_set_aside.period,
    offices.opd,
    false as is_named,
    rows_set_aside.link,
    rows_set_aside.may_be_of_dinas,
    rows_set_aside.may_be_of_isp,
    rows_set_aside.place,
    rows_set_aside.batch_id,
    rows_set_aside.record_no
from rows_set_aside
inner join staging.opd as offices on rows_set_aside.period = offices.period
where not rows_set_aside.is_named
