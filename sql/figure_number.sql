-- grain: one row per period of the indicator's base period and longer: the sums over its members, and what figure.sql
--   needs to say of them
-- parameters: coverage_floor_pct
-- `indicator.member` and `indicator.definition` stand for the indicator at hand: views.py puts its schema there.
with
periods as (
    select
        period.period,
        period.grain,
        period.first_day,
        period.last_day,
        period.starts_at,
        period.ends_at,
        period.is_finished,
        period.last_ended_day,
        least(period.ends_at, iku.as_of_time()) as judged_at,
        period.is_finished and period.grain = any(definition.official_periods) as is_official
    from iku.period
    cross join indicator.definition
    -- the names in the order of their length
    where strpos('month triwulan semester year', period.grain) >= strpos('month triwulan semester year', base_period)
),

sources as (
    select source_state.*
    from indicator.definition
    inner join iku.definition_source on definition.definition = definition_source.definition
    inner join staging.source_state on definition_source.source = source_state.source
),

start as (
    select
        min(since) as since,
        iku.local_midnight(min(since)) as starts_at
    from sources
),

base_periods as (
    select
        periods.period,
        base.period as base_period,
        base.ends_at > start.starts_at as is_collected,
        row_number() over (partition by periods.period order by base.first_day desc) = 1 as is_last
    from periods
    cross join indicator.definition
    cross join start
    inner join periods as base
        on
            definition.base_period = base.grain
            and periods.first_day <= base.first_day
            and periods.last_day >= base.last_day
    -- a month has members from its first ended day on
    where base.first_day <= base.last_ended_day
),

-- months of a sum that passed before anything was collected here: their members are unknown in number, not absent
collected as (
    select
        base_periods.period,
        bool_and(base_periods.is_collected) as is_whole,
        avg(case when base_periods.is_collected then 1 else 0 end) as share
    from base_periods
    cross join indicator.definition
    where definition.roll_up = 'sum' or base_periods.is_last
    group by base_periods.period
),

missing_parameters as (
    select
        base_periods.period,
        string_agg(distinct needed.name, ', ' order by needed.name) as names
    from base_periods
    cross join indicator.definition
    cross join unnest(definition.parameters) as needed (name)
    left join staging.parameter as parameters
        on
            needed.name = parameters.name
            and parameters.period = case
                when needed.name = 'coverage_floor_pct' then base_periods.period else base_periods.base_period
            end
    where parameters.value is null
    group by base_periods.period
),

members as (
    select
        base_periods.period,
        member.period as base_period,
        member.member,
        member.member_name,
        member.numerator,
        member.denominator,
        member.numerator_low,
        member.numerator_high,
        member.denominator_low,
        member.denominator_high,
        member.reason,
        -- nothing due is nothing seen; more than due is all
        case when member.due > 0 then least(member.seen::numeric / member.due, 1) else 0 end as share_seen
    from base_periods
    cross join indicator.definition
    inner join indicator.member on base_periods.base_period = member.period
    where base_periods.is_collected and (definition.roll_up = 'sum' or base_periods.is_last)
),

-- over all members, seen or not (U1); a null in a sum makes that sum null: unbounded is not zero
sums as (
    select
        members.period,
        case when count(numerator) = count(*) then sum(numerator) end as numerator,
        case when count(denominator) = count(*) then sum(denominator) end as denominator,
        case when count(numerator_low) = count(*) then sum(numerator_low) end as numerator_low,
        case when count(numerator_high) = count(*) then sum(numerator_high) end as numerator_high,
        case when count(denominator_low) = count(*) then sum(denominator_low) end as denominator_low,
        case when count(denominator_high) = count(*) then sum(denominator_high) end as denominator_high,
        100 * collected.share * sum(share_seen) / count(*) as coverage, -- U2
        collected.is_whole,
        sum(share_seen) > 0 as is_observed,
        -- a member of which not even the size is known: no value, whatever is known of the others
        count(numerator) < count(*) or (definition.form = 'persen' and count(denominator) < count(*)) as is_unknown
    from members
    inner join collected on members.period = collected.period
    cross join indicator.definition
    group by members.period, collected.is_whole, collected.share, definition.form
),

shares as (
    select
        sums.period,
        case definition.form
            when 'jumlah' then sums.numerator
            else 100 * sums.numerator::numeric / nullif(sums.denominator, 0) -- U22
        end as value,
        case definition.form
            when 'jumlah' then sums.numerator_low
            else 100 * sums.numerator_low::numeric / nullif(sums.denominator_high, 0)
        end as low,
        case
            when definition.form = 'jumlah' then sums.numerator_high
            when sums.numerator_high is not null and sums.denominator_low > 0
                then least(100 * sums.numerator_high::numeric / sums.denominator_low, 100)
        end as high
    from sums
    cross join indicator.definition
),

unobserved_lists as (
    select
        members.period,
        jsonb_agg(
            jsonb_build_object(
                'member', members.member,
                'name', coalesce(nullif(members.member_name, ''), members.member),
                'base_period', case definition.roll_up when 'sum' then members.base_period end,
                -- half-up to the two decimals that are told, as beside the member; nearly all is never told as all
                'share_seen', least(round(members.share_seen, 4), 0.9999),
                'is_proven', (members.numerator >= members.denominator and members.share_seen > 0) is true,
                'reason', members.reason
            )
        ) as members
    from members
    cross join indicator.definition
    where members.share_seen < 1
    group by members.period
),

whole_periods as ( -- where every member was seen whole no event is missing, and where all said nil none will come
    select max(members_seen.ends_at) as seen_until
    from (
        select periods.ends_at
        from members
        inner join periods on members.base_period = periods.period and periods.is_finished
        group by periods.ends_at
        having min(members.share_seen) >= 1
    ) as members_seen
),

known_sources as (
    select
        sources.title,
        sources.allowance,
        greatest(sources.known_until, whole_periods.seen_until) as known_until
    from sources
    left join whole_periods on sources.kind = 'events'
),

stale_sources as (
    select
        periods.period,
        iku.local_date(min(known_sources.known_until)) as stale_since,
        string_agg(known_sources.title, ', ' order by known_sources.title) as titles
    from periods
    inner join known_sources on known_sources.known_until + known_sources.allowance < periods.judged_at
    group by periods.period
),

judged as (
    select
        periods.period,
        case
            when sums.period is null or missing_parameters.names is not null or not sums.is_observed
                then 'tidak_tersedia'
            when sums.coverage < rules.coverage_floor_pct or sums.is_unknown then 'kurang_data'
            when stale_sources.period is not null then 'basi'
            else 'cukup'
        end as mutu
    from periods
    inner join staging.rule as rules on periods.period = rules.period
    left join sums on periods.period = sums.period
    left join missing_parameters on periods.period = missing_parameters.period
    left join stale_sources on periods.period = stale_sources.period
)

select
    definition.code as indicator,
    periods.period,
    periods.grain,
    periods.starts_at,
    periods.ends_at,
    case when judged.mutu in ('cukup', 'basi') then shares.value end as value,
    -- what is proven of a count stays proven
    case when missing_parameters.names is null and (sums.is_whole or form = 'jumlah') then shares.low end as low,
    case when missing_parameters.names is null and sums.is_whole then shares.high end as high,
    sums.numerator,
    sums.denominator,
    sums.coverage,
    periods.is_official,
    judged.mutu,
    case when judged.mutu = 'basi' then stale_sources.stale_since end as stale_since,
    definition.definition,
    iku.local_midnight(periods.last_day + rules.cut_off_days::integer + 1) as cut_off_at,
    rules.coverage_floor_pct,
    rules.sangat_tinggi,
    rules.tinggi,
    rules.sedang,
    rules.rendah,
    rules.is_descending,
    start.since,
    periods.last_ended_day >= periods.first_day as has_ended_day,
    sums.period is not null as has_members,
    collected.is_whole,
    sums.is_unknown,
    missing_parameters.names as missing_parameters,
    unobserved_lists.members as unobserved_members,
    stale_sources.titles as stale_titles
from periods
cross join indicator.definition
cross join start
inner join staging.rule as rules on periods.period = rules.period
inner join judged on periods.period = judged.period
left join sums on periods.period = sums.period
left join collected on periods.period = collected.period
left join shares on periods.period = shares.period
left join missing_parameters on periods.period = missing_parameters.period
left join unobserved_lists on periods.period = unobserved_lists.period
left join stale_sources on periods.period = stale_sources.period
-- what ended before anything was collected is no figure of ours
where periods.ends_at > start.starts_at
