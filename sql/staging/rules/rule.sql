-- grain: one row per period: the parameters by which every figure is judged and graded
-- member: none
-- parameters: coverage_floor_pct
with
rules as (
    select
        period.period,
        max(parameter.value) filter (where parameter.name = 'coverage_floor_pct') as coverage_floor_pct,
        max(parameter.value) filter (where parameter.name = 'predikat_sangat_tinggi') as sangat_tinggi,
        max(parameter.value) filter (where parameter.name = 'predikat_tinggi') as tinggi,
        max(parameter.value) filter (where parameter.name = 'predikat_sedang') as sedang,
        max(parameter.value) filter (where parameter.name = 'predikat_rendah') as rendah,
        max(parameter.value) filter (where parameter.name = 'cut_off_days_' || period.grain) as cut_off_days
    from iku.period
    left join staging.parameter on period.period = parameter.period
    group by period.period
)

select
    rules.*,
    -- null while a grade is missing
    rules.sangat_tinggi > rules.tinggi
    and rules.tinggi > rules.sedang
    and rules.sedang > rules.rendah as is_descending
from rules
