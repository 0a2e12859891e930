-- grain: one row per triwulan and register entry of its months that was set aside and names its unit
select
    triwulan.period,
    month.period as month,
    quarantine.unit,
    quarantine.recorded_on,
    quarantine.is_void,
    quarantine.place,
    quarantine.message,
    quarantine.batch_id,
    quarantine.record_no
from staging.persandian_quarantine as quarantine
inner join iku.period as month on month.grain = 'month' and quarantine.period = month.period
inner join iku.period as triwulan
    on triwulan.grain = 'triwulan' and month.first_day between triwulan.first_day and triwulan.last_day
where quarantine.has_unit
