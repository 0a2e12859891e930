-- grain: one row per semester, integration of its register and end: proven for one end, it is proven for both
-- parameters: integration_max_age_days
-- The other end of an exchange of data must be a system that the newest register of applications lists as operating on
-- the day of the last success, or call itself national. Who names an end that nobody knows is unclear.
with
integrations as (
    select
        register.period,
        register.test_day,
        age_rule.value as max_age_days,
        facts.integration,
        facts.end_a,
        facts.end_b,
        facts.method,
        facts.active_from,
        facts.active_to,
        facts.last_success_on,
        facts.batch_id,
        facts.record_no,
        register.test_day - facts.last_success_on as age_days,
        facts.active_from <= register.test_day
        and coalesce(facts.active_to >= register.test_day, true) as is_active,
        -- what an office writes where it has none
        coalesce(btrim(lower(facts.evidence), ' -.') not in ('', 'nihil', 'tidak ada', 'belum ada'), false)
            as has_evidence
    from staging.app_integration_register as register
    inner join fact.app_integration as facts
        on register.batch_id = facts.batch_id and register.window_on = facts.window_on
    left join staging.parameter as age_rule
        on register.period = age_rule.period and age_rule.name = 'integration_max_age_days'
),

ends as (
    select
        integrations.*,
        integrations.end_a as application,
        integrations.end_b as other_end
    from integrations
    union all
    select
        integrations.*,
        integrations.end_b as application,
        integrations.end_a as other_end
    from integrations
    where lower(integrations.end_b) <> lower(integrations.end_a)
),

judged as (
    select
        ends.*,
        -- U23; a system is not integrated with itself, however it is written
        coalesce(
            ends.is_active
            and ends.has_evidence
            and ends.age_days between 0 and ends.max_age_days
            and lower(ends.application) <> lower(ends.other_end),
            false
        ) as has_succeeded,
        ends.method <> 'data'
        or ends.other_end ~* '(^|[^a-z])nasional([^a-z]|$)'
        or exists (
            select from fact.spbe_application as listed
            where
                (listed.batch_id, listed.window_on) = (select batch_id, window_on from iku.newest('spbe_application'))
                and lower(ends.other_end) = lower(listed.application)
                and listed.kind = 'sistem'
                and ends.last_success_on >= listed.operating_from
                and coalesce(ends.last_success_on <= listed.operating_to, true)
        ) as is_other_end_known
    from ends
)

select
    period,
    application,
    integration,
    other_end,
    method,
    active_from,
    active_to,
    last_success_on,
    age_days,
    max_age_days,
    is_active,
    has_evidence,
    is_other_end_known,
    has_succeeded and is_other_end_known as is_proven,
    has_succeeded and not is_other_end_known as is_with_stranger,
    batch_id,
    record_no
from judged
