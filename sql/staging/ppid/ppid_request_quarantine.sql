-- grain: one row per triwulan, request that was set aside, in each triwulan in which it may be due (U14), and PPID that
--   it may be asked of: named by the row, or any in office while the row's can't be read, or the list gives no such
--   PPID (is_named is false)
-- It lapses when a later register lists the same request whole: the same number and day of receipt. One of which no
-- day can be read came in during the month of the register that lists it; it lapses when a later one lists its number
-- with a day before that month's end that was not beside it. Rows of one number and day are as many requests.
with
registered as (
    select distinct facts.ppid
    from fact.ppid as facts
    where (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('ppid'))
),

listed as (
    select
        batch.batch_id,
        batch.window_on,
        iku.local_date(upper(batch.win)) - 1 as window_to,
        quarantine.record_no,
        quarantine.place,
        quarantine.record_key ->> 'request_no' as request_no,
        registered.ppid,
        iku.readable_day(quarantine.public_values ->> 'received_on') as received_on,
        iku.readable_day(
            coalesce(quarantine.public_values ->> 'complete_on', quarantine.public_values ->> 'received_on')
        ) as begun_on
    from iku.batch_in_force as batch
    inner join iku.quarantine on batch.batch_id = quarantine.batch_id
    left join registered on quarantine.public_values ->> 'ppid' = registered.ppid
    where batch.source = 'ppid_request'
),

named as (
    select
        listed.*,
        -- without number or day it is a request of its own
        coalesce(listed.request_no || ' ' || listed.received_on, listed.batch_id || '/' || listed.record_no) as request,
        row_number() over (
            partition by listed.batch_id, listed.ppid, listed.request_no, listed.received_on order by listed.record_no
        ) as occurrence
    from listed
),

readable as (
    select distinct on (named.ppid, named.request, named.occurrence)
        named.batch_id,
        named.window_on,
        named.window_to,
        named.record_no,
        named.place,
        named.ppid,
        named.received_on,
        named.begun_on
    from named
    where
        not exists (
            select from iku.batch_in_force as later
            inner join fact.ppid_request as facts
                on later.batch_id = facts.batch_id and later.window_on = facts.window_on
            where
                later.source = 'ppid_request'
                and named.window_on < later.window_on
                and named.ppid = facts.ppid
                and named.request_no = facts.request_no
                and case
                    when named.received_on is not null then named.received_on = facts.received_on
                    else
                        named.window_to >= facts.received_on
                        and not exists (
                            select from fact.ppid_request as beside
                            where
                                named.batch_id = beside.batch_id
                                and named.window_on = beside.window_on
                                and facts.ppid = beside.ppid
                                and facts.request_no = beside.request_no
                                and facts.received_on = beside.received_on
                        )
                end
        )
    order by named.ppid asc, named.request asc, named.occurrence asc, named.window_on asc
),

-- the day on which it was complete may be what is wrong with it: then it may have been complete when it came in
spans as (
    select
        batch_id,
        record_no,
        place,
        ppid,
        case when begun_on is null then window_on else least(begun_on, received_on) end as first_begun_on,
        case when begun_on is null then window_to else greatest(begun_on, received_on) end as last_begun_on
    from readable
)

select
    rules.period,
    coalesce(predecessor.ppid, spans.ppid, in_office.ppid) as ppid,
    coalesce(spans.ppid, in_office.ppid) as registered_ppid,
    spans.ppid is not null as is_named,
    spans.place,
    spans.batch_id,
    spans.record_no
from staging.ppid_rule as rules
inner join spans
    on
        rules.last_ended_day >= spans.first_begun_on
        and rules.first_day - 92 <= spans.last_begun_on -- as far back as the calendar of the triwulan
left join staging.ppid_predecessor as predecessor
    on rules.period = predecessor.period and spans.ppid = predecessor.predecessor
left join staging.working_day as first_begun
    on
        rules.period = first_begun.period
        and greatest(spans.first_begun_on, rules.first_day - 92) = first_begun.day
left join staging.working_day as earliest
    on
        rules.period = earliest.period
        and earliest.is_working
        and first_begun.working_day_no + rules.answer_days = earliest.working_day_no
left join staging.working_day as last_begun
    on rules.period = last_begun.period and spans.last_begun_on = last_begun.day
left join staging.working_day as latest
    on
        rules.period = latest.period
        and latest.is_working
        and last_begun.working_day_no + rules.answer_days + rules.extension_days = latest.working_day_no
left join staging.ppid as in_office on rules.period = in_office.period and spans.ppid is null
where
    (spans.ppid is not null or in_office.ppid is not null)
    and (first_begun.day is null or earliest.day <= rules.last_ended_day)
    and (latest.day is null or latest.day >= rules.first_day)
