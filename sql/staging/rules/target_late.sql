-- grain: one row per indicator and period whose targets are others than those known in the state at its cut-off, once
--   that was published (revision 1): what came late, as a sentence (U16)
-- member: none
with
first_revisions as (
    select
        indicator,
        period,
        as_of
    from iku.figure
    where revision = 1 and as_of <= iku.as_of()
),

registers as ( -- the newest that was in force then
    select distinct on (loads.as_of)
        loads.as_of,
        batch.batch_id,
        batch.window_on
    from (select distinct as_of from first_revisions) as loads
    inner join iku.batch
        on
            batch.source = 'target'
            and batch.ending = 'in_force'
            and loads.as_of >= batch.load_no
            and coalesce(loads.as_of < batch.superseded_by, true)
    order by loads.as_of asc, batch.window_on desc
),

first_targets as (
    select distinct on (first_revisions.indicator, first_revisions.period, facts.unit)
        first_revisions.indicator,
        first_revisions.period,
        facts.unit,
        facts.value,
        facts.value_high
    from first_revisions
    inner join registers on first_revisions.as_of = registers.as_of
    inner join fact.target as facts
        on
            registers.batch_id = facts.batch_id
            and registers.window_on = facts.window_on
            and first_revisions.indicator = facts.indicator
            and first_revisions.period = facts.period
    inner join iku.period on first_revisions.period = period.period and facts.in_force_from <= period.last_day
    order by
        first_revisions.indicator asc, first_revisions.period asc, facts.unit asc, facts.in_force_from desc
),

versions as (
    select
        indicator,
        period,
        unit,
        value,
        value_high,
        false as is_now
    from first_targets
    union all
    select
        indicator,
        period,
        unit,
        value,
        value_high,
        true as is_now
    from staging.target
),

told as (
    select
        indicator,
        period,
        is_now,
        string_agg(
            replace(concat_ws(' sampai ', trim_scale(value)::text, trim_scale(value_high)::text), '.', ',')
            || ' ' || unit, ', '
            order by unit
        ) as words
    from versions
    group by indicator, period, is_now
)

select
    first_revisions.indicator,
    first_revisions.period,
    registers.batch_id, -- of what was known then; what is known now stands in staging.target
    case
        when told_now.words is null then 'target dicabut sesudah batas data, semula ' || told_first.words
        else concat_ws(', ', 'target dicatat sesudah batas data: ' || told_now.words, 'semula ' || told_first.words)
    end as sentence
from first_revisions
left join registers on first_revisions.as_of = registers.as_of
left join told as told_first
    on
        first_revisions.indicator = told_first.indicator
        and first_revisions.period = told_first.period
        and not told_first.is_now
left join told as told_now
    on
        first_revisions.indicator = told_now.indicator
        and first_revisions.period = told_now.period
        and told_now.is_now
where told_first.words is distinct from told_now.words
