-- grain: one row per triwulan and use in it; `opd` is the office that it counts for (U17), `used_by` the one that used
-- `scope` is that of the application as it operated on the day of use (U27); null: it did not, or no register names it
-- (is_unknown), or two of its rows hold on that day with different scopes. Ids are the same whatever the case of their
-- letters.
with
registered as (
    select
        lower(facts.application) as application,
        facts.scope,
        facts.operating_from,
        coalesce(facts.operating_to, 'infinity') as operating_to,
        lead(facts.operating_from, 1, 'infinity') over (
            partition by lower(facts.application) order by facts.operating_from
        ) as next_from
    from fact.spbe_application as facts
    where (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('spbe_application'))
),

-- of two rows that overlap the later one holds, if both name the same scope
applications as (
    select
        registered.application,
        registered.scope,
        registered.operating_from,
        least(registered.operating_to, registered.next_from - 1) as operating_to
    from registered
),

known as (
    select distinct application
    from registered
),

-- the days on which rows of different scopes hold at once
doubles as (
    select
        registered.application,
        range_agg(
            daterange(registered.operating_from, registered.operating_to, '[]')
            * daterange(other.operating_from, other.operating_to, '[]')
        ) as days
    from registered
    inner join registered as other
        on registered.application = other.application and registered.scope < other.scope
    where
        registered.operating_to >= registered.operating_from
        and other.operating_to >= other.operating_from
    group by registered.application
),

-- applications whose row was set aside: what they are can't be told, but for a scope that can be read (U14)
unread as (
    select
        lower(public_values ->> 'application') as application,
        bool_or(public_values ->> 'scope' is distinct from 'nasional') as may_be_kabupaten,
        bool_or(public_values ->> 'scope' is distinct from 'kabupaten') as may_be_nasional
    from iku.newest_quarantine
    where source = 'spbe_application'
    group by lower(public_values ->> 'application')
)

select
    period.period,
    coalesce(opd_successor.counts_for, facts.opd) as opd,
    facts.opd as used_by,
    facts.application,
    facts.role,
    facts.used_on,
    facts.evidence,
    case when doubles.application is null then applications.scope end as scope,
    doubles.application is not null as is_scope_double,
    known.application is null and unread.application is null as is_unknown,
    applications.scope is null and coalesce(unread.may_be_kabupaten, false) as may_be_kabupaten,
    applications.scope is null and coalesce(unread.may_be_nasional, false) as may_be_nasional,
    facts.batch_id,
    facts.record_no
from iku.batch_in_force as batch
inner join fact.app_usage as facts
    on batch.batch_id = facts.batch_id and batch.window_on = facts.window_on
inner join iku.period
    on
        period.grain = 'triwulan'
        and facts.used_on between period.first_day and period.last_ended_day
left join applications
    on
        lower(facts.application) = applications.application
        and facts.used_on between applications.operating_from and applications.operating_to
left join known on lower(facts.application) = known.application
left join doubles on lower(facts.application) = doubles.application and doubles.days @> facts.used_on
left join unread on lower(facts.application) = unread.application
left join staging.opd_successor
    on period.period = opd_successor.period and facts.opd = opd_successor.opd
where batch.source = 'app_usage'
