-- grain: one row per entry of the registers in force, in the triwulan of its date
select
    period.period,
    facts.unit,
    facts.recorded_on,
    facts.secured and not facts.void as is_secured,
    facts.batch_id,
    facts.record_no
from iku.batch_in_force as batch
inner join fact.persandian_message as facts
    on batch.batch_id = facts.batch_id and batch.window_on = facts.window_on
inner join iku.period
    on
        period.grain = 'triwulan'
        and facts.recorded_on between period.first_day and period.last_day
where batch.source = 'persandian_message'
