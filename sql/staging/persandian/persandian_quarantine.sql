-- grain: one row per register entry that was set aside, in the month of its register whatever its date says
-- Where no unit can be read the place stands for it: an entry of one of the units; file_name says in which file, of the
-- first batch where this one reads its bytes again.
with
texts as (
    select
        batch.window_on,
        quarantine.public_values ->> 'unit' as unit,
        quarantine.public_values ->> 'recorded_on' as recorded_on,
        quarantine.public_values ->> 'direction' as direction,
        quarantine.tokens ->> 'sender' as sender,
        quarantine.tokens ->> 'number' as number,
        cast(quarantine.public_values ->> 'agenda_no' as integer) as agenda_no,
        coalesce(quarantine.public_values ->> 'void', 'false') = 'true' as is_void,
        quarantine.place,
        quarantine.payload_no,
        quarantine.message,
        batch.batch_id,
        quarantine.record_no
    from iku.batch_in_force as batch
    inner join iku.quarantine on batch.batch_id = quarantine.batch_id
    where batch.source = 'persandian_message'
),

named as (
    select
        texts.*,
        coalesce(texts.unit ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$', false) as has_unit,
        iku.readable_day(texts.recorded_on) is not null as has_date
    from texts
)

select
    period.period,
    case
        when named.has_unit then named.unit
        else iku.name_by_place(named.payload_no, named.place)
    end as unit,
    named.has_unit,
    named.recorded_on,
    named.direction,
    named.sender,
    named.number,
    named.agenda_no,
    named.is_void,
    -- whether it says which message it is a transmission of
    named.has_unit
    and not named.is_void
    and num_nulls(named.direction, named.sender, named.number) = 0
    and case
        when named.has_date then cast(named.recorded_on as date) between period.first_day and period.last_day
        else false
    end as is_placed,
    named.place,
    case
        when not named.has_unit
            then (
                with recursive
                origin as (
                    select
                        batch.batch_id,
                        batch.instead_of
                    from iku.batch
                    where named.batch_id = batch.batch_id
                    union all
                    select
                        earlier.batch_id,
                        earlier.instead_of
                    from origin
                    inner join iku.batch as earlier on origin.instead_of = earlier.batch_id
                )

                select coalesce(payload.request ->> 'file', payload.name)
                from origin
                inner join iku.payload on origin.batch_id = payload.batch_id
                where named.payload_no = payload.payload_no
                order by payload.payload_id
                limit 1
            )
    end as file_name,
    named.message,
    named.batch_id,
    named.record_no
from named
inner join iku.period
    on
        period.grain = 'month'
        and named.window_on between period.first_day and period.last_day
