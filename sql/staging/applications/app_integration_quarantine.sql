-- grain: one row per semester, row of its register of integrations that was set aside, and system that it may be about
-- Named as an end, or any system of the regency while an end of the row can't be read, or the register gives neither
-- (is_named is false): it may be any, misspelt.
with
registered as (
    select lower(facts.application) as application
    from fact.spbe_application as facts
    where (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('spbe_application'))
    union
    select lower(unread.public_values ->> 'application') as application
    from iku.newest_quarantine as unread
    where unread.source = 'spbe_application'
),

texts as (
    select
        register.period,
        quarantine.batch_id,
        quarantine.record_no,
        quarantine.place,
        lower(quarantine.public_values ->> 'end_a') as end_a,
        lower(quarantine.public_values ->> 'end_b') as end_b
    from staging.app_integration_register as register
    inner join iku.quarantine on register.batch_id = quarantine.batch_id
),

rows_set_aside as (
    select
        texts.*,
        coalesce(texts.end_a ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$', false)
        and coalesce(texts.end_b ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$', false)
        and exists (
            select from registered
            where registered.application in (texts.end_a, texts.end_b)
        ) as is_readable
    from texts
)

select
    rows_set_aside.period,
    systems.application,
    rows_set_aside.place,
    coalesce(lower(systems.application) in (rows_set_aside.end_a, rows_set_aside.end_b), false) as is_named,
    rows_set_aside.batch_id,
    rows_set_aside.record_no
from rows_set_aside
inner join staging.spbe_system as systems
    on
        rows_set_aside.period = systems.period
        and (
            lower(systems.application) in (rows_set_aside.end_a, rows_set_aside.end_b)
            or not rows_set_aside.is_readable
        )
