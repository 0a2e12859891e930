-- grain: one row per year whose holidays are known: the newest snapshot that was made about it
-- member: none
select distinct on (covered.year)
    covered.year,
    batch.batch_id,
    batch.window_on
from iku.batch_in_force as batch
-- the library is asked for the window's year, the one before and the one after
cross join generate_series(-1, 1) as step (years)
cross join lateral (select to_char(batch.window_on, 'YYYY')::integer + step.years as year) as covered
where batch.source = 'holiday'
order by covered.year asc, batch.window_on desc
