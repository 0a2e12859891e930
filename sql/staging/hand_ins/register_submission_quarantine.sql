-- grain: one row per row of the newest list of hand-ins that was set aside and period that it is about, or the month
--   after it in the same year, whose running numbers begin where it ends (is_month_before)
-- Who asks by triwulan reads a period of another grain as one that can't be read: it may be any up to the list's own.
-- Where no unit can be read the place stands for it.
with
texts as (
    select
        quarantine.batch_id,
        quarantine.record_no,
        quarantine.place,
        quarantine.payload_no,
        quarantine.window_on,
        quarantine.public_values ->> 'unit' as unit,
        quarantine.public_values ->> 'unit_name' as unit_name,
        quarantine.public_values ->> 'register' as register,
        quarantine.public_values ->> 'period' as period
    from iku.newest_quarantine as quarantine
    where quarantine.source = 'register_submission'
),

periods as (
    select
        period.period,
        period.grain,
        period.first_day,
        case period.grain
            when 'month' then '^20\d\d-(0[1-9]|1[0-2])$'
            when 'triwulan' then '^20\d\d-TW[1-4]$'
            when 'semester' then '^20\d\d-S[12]$'
            else '^20\d\d$'
        end as pattern,
        case
            when period.grain = 'month'
                then lead(period.period) over (partition by period.grain order by period.first_day)
        end as next_month
    from iku.period
),

named as (
    select
        periods.period,
        periods.grain,
        periods.next_month,
        texts.register,
        coalesce(texts.unit ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$', false) as has_unit,
        coalesce(texts.unit, iku.name_by_place(texts.payload_no, texts.place)) as unit,
        texts.unit_name,
        texts.place,
        texts.batch_id,
        texts.record_no
    from texts
    inner join periods
        on case
                when texts.period ~ periods.pattern then texts.period = periods.period
                else texts.window_on >= periods.first_day
            end
)

select
    named.period,
    named.grain,
    false as is_month_before,
    named.register,
    named.has_unit,
    named.unit,
    named.unit_name,
    named.place,
    named.batch_id,
    named.record_no
from named
union all
select
    named.next_month as period,
    named.grain,
    true as is_month_before,
    named.register,
    named.has_unit,
    named.unit,
    named.unit_name,
    named.place,
    named.batch_id,
    named.record_no
from named
where named.next_month not like '%-01' -- numbers begin anew each year
