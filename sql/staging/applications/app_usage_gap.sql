-- grain: one row per triwulan of which a month's logs are not in force, though the month has ended: those months
select
    period.period,
    string_agg(months.period, ', ' order by months.period) as months
from iku.period
inner join iku.period as months
    on
        months.grain = 'month'
        and period.first_day <= months.first_day
        and period.last_ended_day >= months.last_day
left join iku.batch_in_force as batch
    on batch.source = 'app_usage' and months.first_day = batch.window_on
where
    period.grain = 'triwulan'
    and batch.batch_id is null
group by period.period
