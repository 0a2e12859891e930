-- grain: one row per semester, integration of its register and end: what the register of applications says of the other
-- Read from the newest register, by the day of the last success. Of an end that it doesn't list as a system of that
-- day, what it lists as a website or as closed before is none (`situs`, `ditutup`), if no row of it was set aside.
-- `nasional` calls itself so and is listed nowhere. A common login needs no registered end.
with
ends as (
    select
        register.period,
        register.test_day,
        facts.integration,
        facts.end_a as application,
        facts.end_b as other_end,
        facts.method,
        facts.active_from,
        facts.active_to,
        facts.last_success_on,
        facts.evidence,
        facts.batch_id,
        facts.record_no
    from staging.app_integration_register as register
    inner join fact.app_integration as facts
        on register.batch_id = facts.batch_id and register.window_on = facts.window_on
),

both_ends as (
    select ends.*
    from ends
    union all
    select
        ends.period,
        ends.test_day,
        ends.integration,
        ends.other_end as application,
        ends.application as other_end,
        ends.method,
        ends.active_from,
        ends.active_to,
        ends.last_success_on,
        ends.evidence,
        ends.batch_id,
        ends.record_no
    from ends
    where lower(ends.application) <> lower(ends.other_end)
)

select
    both_ends.period,
    both_ends.test_day,
    both_ends.integration,
    coalesce(system.application, both_ends.application) as application, -- as the register writes it
    both_ends.other_end,
    both_ends.method,
    both_ends.active_from,
    both_ends.active_to,
    both_ends.last_success_on,
    both_ends.evidence,
    both_ends.batch_id,
    both_ends.record_no,
    listed.first_day as other_end_from,
    listed.last_day as other_end_to,
    case
        when lower(both_ends.application) = lower(both_ends.other_end) then 'sendiri'
        when both_ends.method <> 'data' then 'login'
        when listed.is_system and listed.is_site then 'ganda'
        when listed.is_system then 'sistem'
        when
            exists (
                select from iku.newest_quarantine as set_aside
                where
                    set_aside.source = 'spbe_application'
                    and lower(set_aside.public_values ->> 'application') = lower(both_ends.other_end)
                    and (set_aside.public_values ->> 'kind') is distinct from 'situs'
                    and iku.may_be_valid_on(
                        set_aside.public_values, 'operating_from', 'operating_to', both_ends.last_success_on
                    )
            )
            then 'dikarantina'
        when listed.is_site or listed.is_only_site then 'situs'
        when listed.is_closed then 'ditutup'
        when listed.first_day is not null then 'belum'
        when both_ends.other_end ~* '(^|[^a-z])nasional([^a-z]|$)' then 'nasional'
        else 'asing'
    end as other_end_is
from both_ends
left join staging.spbe_system as system
    on both_ends.period = system.period and lower(both_ends.application) = lower(system.application)
cross join lateral (
    select
        bool_or(known.kind = 'sistem' and known.has_operated) as is_system,
        bool_or(known.kind = 'situs' and known.has_operated) as is_site,
        bool_and(known.kind = 'situs') as is_only_site,
        bool_and(coalesce(known.operating_to < both_ends.last_success_on, false)) filter (where known.kind = 'sistem')
            as is_closed,
        min(known.operating_from) filter (where known.operating_from > both_ends.last_success_on) as first_day,
        max(known.operating_to) filter (where known.operating_to < both_ends.last_success_on) as last_day
    from (
        select
            application.kind,
            application.operating_from,
            application.operating_to,
            application.operating_from <= both_ends.last_success_on
            and coalesce(application.operating_to >= both_ends.last_success_on, true) as has_operated
        from fact.spbe_application as application
        where
            (application.batch_id, application.window_on)
            = (select batch_id, window_on from iku.newest('spbe_application'))
            and lower(application.application) = lower(both_ends.other_end)
    ) as known
) as listed
