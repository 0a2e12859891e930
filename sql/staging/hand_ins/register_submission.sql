-- grain: one row per register, period and unit that the newest list of hand-ins names
with
submissions as (
    select
        facts.register,
        facts.period,
        facts.unit,
        facts.unit_name,
        facts.due_on,
        -- what is yet to come was not handed in: a typed year
        case when facts.received_on <= iku.local_date(iku.as_of_time()) then facts.received_on end as received_on,
        facts.nil,
        case when facts.nil then 0 else facts.rows_declared end as rows_declared,
        facts.last_running_number,
        facts.letter,
        facts.role,
        facts.complete,
        facts.batch_id,
        facts.record_no
    from fact.register_submission as facts
    where (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('register_submission'))
)

select
    submissions.period,
    submissions.register,
    submissions.unit,
    submissions.unit_name,
    submissions.due_on,
    submissions.received_on,
    submissions.nil,
    submissions.rows_declared,
    submissions.last_running_number,
    -- registers are numbered anew each year; null where the month before says no number
    case
        when submissions.period like '%-01' then 0
        else previous.last_running_number
    end as previous_running_number,
    submissions.letter,
    submissions.role,
    submissions.complete,
    submissions.batch_id,
    submissions.record_no
from submissions
inner join iku.period on submissions.period = period.period
left join iku.period as previous_period
    on period.grain = previous_period.grain and previous_period.last_day = period.first_day - 1
left join submissions as previous
    on
        previous_period.period = previous.period
        and submissions.register = previous.register
        and submissions.unit = previous.unit
