-- grain: one row per triwulan and request that came in during it, is due in it, or may be: as the newest register
--   that lists it says
-- A request is its PPID, its number and the day it came in: numbers begin anew, each year or month.
-- A request that a later file no longer lists stays: each PPID hands in its own file, some of them a triwulan's alone.
-- `ppid` is the one for which it counts (U17), `registered_ppid` the one whose register lists it. Withdrawn in time
-- (`dicabut`, on answered_on) it needs no answer; withdrawn nobody knows when, that can't be told.
with
set_aside as (
    select
        batch.window_on,
        quarantine.record_key ->> 'ppid' as ppid,
        quarantine.record_key ->> 'request_no' as request_no,
        iku.readable_day(quarantine.record_key ->> 'received_on') as received_on
    from iku.batch_in_force as batch
    inner join iku.quarantine on batch.batch_id = quarantine.batch_id
    where batch.source = 'ppid_request'
),

requests as (
    select distinct on (facts.ppid, facts.request_no, facts.received_on)
        facts.ppid,
        facts.request_no,
        facts.received_on,
        -- without that day it was complete when it came in, unless it is said not to be: then its days have not begun
        coalesce(
            facts.complete_on, case when facts.outcome is distinct from 'tidak_lengkap' then facts.received_on end
        ) as complete_on,
        facts.extension_notified_on,
        -- a register can't know what comes after the day up to which it was kept
        case when facts.answered_on <= position.known_on then facts.answered_on end as answered_on,
        coalesce(facts.outcome = 'dicabut', false) as is_withdrawn,
        position.known_on,
        -- a later row of this number whose day can't be read may be of this request, or of another one
        exists(
            select from set_aside
            where
                batch.window_on < set_aside.window_on
                and facts.ppid = set_aside.ppid
                and facts.request_no = set_aside.request_no
                and set_aside.received_on is null
        ) as is_doubted,
        batch.batch_id,
        facts.record_no
    from iku.batch_in_force as batch
    inner join fact.ppid_request as facts on batch.batch_id = facts.batch_id and batch.window_on = facts.window_on
    cross join
        lateral (select coalesce(batch.position_on, iku.local_date(upper(batch.win)) - 1) as known_on) as position
    where
        batch.source = 'ppid_request'
        -- what a later register says of it could not be read: then it is unproven, see ppid_request_quarantine
        and not exists (
            select from set_aside
            where
                batch.window_on < set_aside.window_on
                and facts.ppid = set_aside.ppid
                and facts.request_no = set_aside.request_no
                and facts.received_on = set_aside.received_on
        )
    order by facts.ppid asc, facts.request_no asc, facts.received_on asc, batch.window_on desc
),

-- a day beyond the triwulan is not in its calendar: such a request is due in a later one
clocks as (
    select
        rules.period,
        rules.first_day,
        rules.last_ended_day,
        coalesce(predecessor.ppid, requests.ppid) as ppid,
        requests.ppid as registered_ppid,
        requests.request_no,
        requests.received_on,
        requests.complete_on,
        requests.answered_on,
        requests.is_withdrawn,
        requests.known_on,
        requests.is_doubted,
        requests.batch_id,
        requests.record_no,
        completed.day is not null or requests.complete_on > rules.last_ended_day as is_calendar_known,
        case
            when requests.extension_notified_on <= regular.day then extended.day else regular.day
        end as due_on
    from staging.ppid_rule as rules
    inner join requests on rules.last_ended_day >= requests.received_on
    left join staging.ppid_predecessor as predecessor
        on rules.period = predecessor.period and requests.ppid = predecessor.predecessor
    left join staging.working_day as completed
        on rules.period = completed.period and requests.complete_on = completed.day
    left join staging.working_day as regular
        on
            rules.period = regular.period
            and regular.is_working
            and completed.working_day_no + rules.answer_days = regular.working_day_no
    left join staging.working_day as extended
        on
            rules.period = extended.period
            and extended.is_working
            and completed.working_day_no + rules.answer_days + rules.extension_days = extended.working_day_no
),

judged as (
    select
        clocks.*,
        case
            when clocks.complete_on > iku.local_date(iku.as_of_time()) then null -- a typed year
            when clocks.complete_on > clocks.last_ended_day then false
            -- begun within the reach of the triwulan's calendar, but there is none: it may be due
            when not clocks.is_calendar_known and clocks.complete_on >= clocks.first_day - 92 then null
            when clocks.is_withdrawn and clocks.answered_on <= clocks.due_on and not clocks.is_doubted then false
            else coalesce(clocks.due_on between clocks.first_day and clocks.last_ended_day, false)
        end as is_due
    from clocks
)

select
    period,
    ppid,
    registered_ppid,
    request_no,
    received_on,
    complete_on,
    due_on,
    answered_on,
    known_on,
    is_due,
    is_calendar_known,
    case
        when due_on is null or is_doubted then null
        when answered_on is not null then answered_on <= due_on
        when is_withdrawn then null
        when known_on >= due_on then false -- and still without an answer
    end as is_in_time,
    batch_id,
    record_no
from judged
where
    is_due is not false
    or received_on between first_day and last_ended_day
    or due_on between first_day and last_ended_day
