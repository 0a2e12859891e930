-- grain: one row per triwulan and day of its calendar that the library or the Sekretariat's list names
-- member: none
-- The calendar begins with the triwulan before: no request waits longer for its due day.
select
    period.period,
    holiday.day,
    holiday.kind,
    holiday.name,
    holiday.batch_id,
    holiday.record_no
from iku.period
inner join staging.holiday on holiday.day between period.first_day - 92 and period.last_day
where period.grain = 'triwulan'
