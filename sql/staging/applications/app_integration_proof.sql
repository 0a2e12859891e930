-- grain: one row per semester, integration of its register and end: proven for one end, it is proven for both
-- parameters: integration_max_age_days
-- An end that is known to be no system makes no integration (`is_with_no_system`); an exchange with one of which nobody
-- can say what it was is unclear (`is_with_stranger`, decision 32).
with
integrations as (
    select
        ends.*,
        age_rule.value as max_age_days,
        ends.test_day - ends.last_success_on as age_days,
        ends.active_from <= ends.test_day and coalesce(ends.active_to >= ends.test_day, true) as is_active,
        -- what an office writes where it has none
        coalesce(btrim(lower(ends.evidence), ' -.') not in ('', 'nihil', 'tidak ada', 'belum ada'), false)
            as has_evidence
    from staging.app_integration as ends
    left join staging.parameter as age_rule
        on ends.period = age_rule.period and age_rule.name = 'integration_max_age_days'
),

judged as (
    select
        integrations.*,
        coalesce(
            integrations.is_active
            and integrations.has_evidence
            and integrations.age_days between 0 and integrations.max_age_days, -- U23
            false
        ) as has_succeeded,
        integrations.other_end_is in ('sistem', 'nasional', 'login') as is_with_system,
        integrations.other_end_is in ('situs', 'sendiri')
        -- a success after the semester's end says nothing of the days before it, so nor does what closed between
        or (integrations.other_end_is = 'ditutup' and integrations.age_days >= 0) as is_with_no_system
    from integrations
)

select
    period,
    application,
    integration,
    other_end,
    other_end_is,
    method,
    active_from,
    active_to,
    last_success_on,
    age_days,
    max_age_days,
    is_active,
    has_evidence,
    is_with_no_system,
    is_active and has_evidence and not is_with_no_system as is_standing,
    has_succeeded and is_with_system as is_proven,
    has_succeeded and not is_with_system and not is_with_no_system as is_with_stranger,
    case other_end_is
        when 'situs' then format('ujung lain %s adalah situs web menurut register aplikasi, bukan sistem', other_end)
        when 'ditutup'
            then
                format(
                    'ujung lain %s ditutup %s menurut register aplikasi, sebelum keberhasilan terakhir %s',
                    other_end, other_end_to, last_success_on
                )
        when 'sendiri' then 'kedua ujung integrasinya adalah sistem itu sendiri'
        when 'ganda' then format('ujung lain %s tercatat sebagai sistem dan situs web sekaligus', other_end)
        when 'dikarantina' then format('baris register aplikasi tentang ujung lain %s dikarantina', other_end)
        when 'belum'
            then
                format(
                    'ujung lain %s baru beroperasi mulai %s menurut register aplikasi, sesudah berhasil %s',
                    other_end, other_end_from, last_success_on
                )
        when 'asing' then format('ujung lain %s tidak dikenal: tidak tercatat dalam register aplikasi', other_end)
    end as other_end_sentence
from judged
