-- grain: one row per period and office that only a row set aside names: a member of which nothing is known (U14)
select
    set_aside.period,
    set_aside.opd,
    coalesce(max(set_aside.name), set_aside.opd) as name
from staging.opd_quarantine as set_aside
left join staging.opd as registered on set_aside.period = registered.period and set_aside.opd = registered.opd
where registered.opd is null
group by set_aside.period, set_aside.opd
