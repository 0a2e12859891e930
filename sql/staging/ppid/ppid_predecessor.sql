-- grain: one row per triwulan and PPID of a dissolved office; `ppid` is the one for which its requests count (U17)
-- Whoever is still in office counts for itself, whatever became of its office. Of several PPID of the successor it is
-- the one with the newest letter. Its register is asked for until the last triwulan in which it was in office.
with
appointments as (
    select distinct on (ppid_rule.period, facts.ppid)
        ppid_rule.period,
        ppid_rule.first_day,
        ppid_rule.last_ended_day,
        facts.ppid,
        facts.opd,
        facts.appointed_on,
        facts.ended_on,
        facts.batch_id,
        facts.record_no
    from fact.ppid as facts
    inner join staging.ppid_rule on facts.appointed_on <= ppid_rule.last_ended_day
    where (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('ppid'))
    order by ppid_rule.period asc, facts.ppid asc, facts.appointed_on desc
),

heirs as (
    select distinct on (appointments.period, appointments.opd)
        appointments.period,
        appointments.opd,
        appointments.ppid
    from appointments
    where coalesce(appointments.ended_on >= appointments.last_ended_day, true)
    order by
        appointments.period asc, appointments.opd asc, appointments.appointed_on desc, appointments.ppid asc
)

select
    appointments.period,
    heirs.ppid,
    appointments.ppid as predecessor,
    appointments.ended_on >= appointments.first_day as is_hand_in_asked,
    submission.received_on,
    submission.nil,
    submission.rows_declared,
    submission.unit is null and hand_ins_set_aside.unit is not null as is_hand_in_set_aside,
    appointments.batch_id,
    appointments.record_no
from appointments
inner join staging.opd_successor
    on
        appointments.period = opd_successor.period
        and appointments.opd = opd_successor.opd
        and appointments.opd <> opd_successor.counts_for
inner join heirs
    on
        opd_successor.period = heirs.period
        and opd_successor.counts_for = heirs.opd
left join staging.register_submission as submission
    on
        submission.register = 'ppid_request'
        and appointments.period = submission.period
        and appointments.ppid = submission.unit
left join staging.register_submission_set_aside as hand_ins_set_aside
    on
        hand_ins_set_aside.register = 'ppid_request'
        and appointments.period = hand_ins_set_aside.period
        and appointments.ppid = hand_ins_set_aside.unit
where appointments.ended_on < appointments.last_ended_day
