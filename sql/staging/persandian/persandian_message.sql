-- grain: one row per month and entry of the registers in force that the month rests on: the entries of its own register
--   and all transmissions of their messages, whatever month those count in (counted_period, U26)
-- parameters: message_repeat_days
-- One message: same unit, direction, sender and number within message_repeat_days of its first entry.
-- An entry beyond that begins a new message, so first entries follow one from the other; void ones begin none.
-- An entry that was set aside but names its message stays in it, not secured: a repeat must not vanish (U14).
-- A number repeated from last month counts in last month: this month rests on both entries, and so does that one.
-- One unit after the other, so that whoever asks for one unit reads the entries of that unit alone.
with
months as (
    select
        period.period,
        period.first_day,
        period.last_day,
        cast(parameter.value as integer) as message_repeat_days
    from iku.period
    left join staging.parameter on period.period = parameter.period and parameter.name = 'message_repeat_days'
    where period.grain = 'month'
),

set_aside as (
    select
        batch_id,
        record_no,
        unit,
        cast(recorded_on as date) as recorded_on,
        direction,
        sender,
        number,
        agenda_no
    from staging.persandian_quarantine
    where is_placed
),

units as (
    select facts.unit
    from iku.batch_in_force as batch
    inner join fact.persandian_message as facts
        on batch.batch_id = facts.batch_id and batch.window_on = facts.window_on
    where batch.source = 'persandian_message'
    union
    select set_aside.unit from set_aside
)

select
    of_unit.period,
    of_unit.recorded_period,
    of_unit.counted_period,
    units.unit,
    of_unit.recorded_on,
    of_unit.first_recorded_on,
    of_unit.direction,
    of_unit.sender,
    of_unit.number,
    of_unit.class,
    of_unit.secured,
    of_unit.secured_by,
    of_unit.void,
    of_unit.agenda_no,
    of_unit.is_set_aside,
    of_unit.batch_id,
    of_unit.record_no
from units
cross join
    lateral (
        with recursive
        entries as (
            select
                batch.batch_id,
                facts.record_no,
                facts.unit,
                facts.recorded_on,
                facts.direction,
                facts.sender,
                facts.number,
                facts.class,
                facts.secured,
                facts.secured_by,
                facts.void,
                facts.agenda_no,
                false as is_set_aside
            from iku.batch_in_force as batch
            inner join fact.persandian_message as facts
                on batch.batch_id = facts.batch_id and batch.window_on = facts.window_on
            where batch.source = 'persandian_message' and facts.unit = units.unit -- all months are needed
            union all
            select
                batch_id,
                record_no,
                unit,
                recorded_on,
                direction,
                sender,
                number,
                null as class,
                false as secured,
                null as secured_by,
                false as void,
                agenda_no,
                true as is_set_aside
            from set_aside
            where unit = units.unit
        ),

        days_by_number as (
            select
                unit,
                direction,
                sender,
                number,
                array_agg(distinct recorded_on order by recorded_on asc) as days
            from entries
            where not void
            group by unit, direction, sender, number
        ),

        messages as (
            select
                unit,
                direction,
                sender,
                number,
                days[1] as first_recorded_on,
                days
            from days_by_number
            union all
            select
                messages.unit,
                messages.direction,
                messages.sender,
                messages.number,
                later.days[1] as first_recorded_on,
                later.days
            from messages
            inner join months on messages.first_recorded_on between months.first_day and months.last_day
            cross join
                lateral (
                    select array_agg(remaining.recorded_on order by remaining.recorded_on asc) as days
                    from unnest(messages.days) as remaining (recorded_on)
                    where remaining.recorded_on > messages.first_recorded_on + months.message_repeat_days
                ) as later
            where
                -- nearly all numbers occur once and need no second look
                cardinality(messages.days) > 1
                and messages.days[cardinality(messages.days)] > messages.first_recorded_on + months.message_repeat_days
        ),

        spans as (
            select
                unit,
                direction,
                sender,
                number,
                first_recorded_on,
                lead(first_recorded_on, 1, 'infinity') over one_number as next_recorded_on
            from messages
            window one_number as (partition by unit, direction, sender, number order by first_recorded_on)
        ),

        placed as (
            select
                recorded.period as recorded_period,
                counted.period as counted_period,
                entries.recorded_on,
                spans.first_recorded_on,
                entries.direction,
                entries.sender,
                entries.number,
                entries.class,
                entries.secured,
                entries.secured_by,
                entries.void,
                entries.agenda_no,
                entries.is_set_aside,
                entries.batch_id,
                entries.record_no
            from entries
            inner join months as recorded on entries.recorded_on between recorded.first_day and recorded.last_day
            left join spans
                on
                    not entries.void
                    and entries.unit = spans.unit
                    and entries.direction = spans.direction
                    and entries.sender = spans.sender
                    and entries.number = spans.number
                    and entries.recorded_on >= spans.first_recorded_on
                    and entries.recorded_on < spans.next_recorded_on
            inner join months as counted
                on
                    coalesce(spans.first_recorded_on, entries.recorded_on)
                    between counted.first_day and counted.last_day
        ),

        -- nearly all are entered once: only those of several months are looked for
        months_of_messages as (
            select distinct
                direction,
                sender,
                number,
                first_recorded_on,
                recorded_period,
                min(recorded_period) over one_message < max(recorded_period) over one_message as is_of_several
            from placed
            where not void
            window one_message as (partition by direction, sender, number, first_recorded_on)
        )

        select
            placed.recorded_period as period,
            placed.*
        from placed
        union all
        select
            months_of_messages.recorded_period as period,
            placed.*
        from placed
        inner join months_of_messages
            on
                months_of_messages.is_of_several
                and not placed.void
                and placed.direction = months_of_messages.direction
                and placed.sender = months_of_messages.sender
                and placed.number = months_of_messages.number
                and placed.first_recorded_on = months_of_messages.first_recorded_on
                and placed.recorded_period <> months_of_messages.recorded_period
    ) as of_unit
