-- grain: one row per day that the calendar or the Sekretariat's list names: what it is (U24)
-- member: none
-- The library's days are those of the newest snapshot about their year: one that it estimated may have moved since.
-- A row of the list holds until a later list has another about that day, and it is above the library.
with
library_days as (
    select
        facts.day,
        facts.kind,
        facts.name,
        facts.batch_id,
        facts.record_no
    from staging.holiday_year as covered
    inner join fact.holiday as facts
        on
            covered.batch_id = facts.batch_id
            and covered.window_on = facts.window_on
            and covered.year = to_char(facts.day, 'YYYY')::integer
    where facts.origin = 'pustaka'
),

listed_days as (
    select distinct on (facts.day)
        facts.day,
        facts.kind,
        facts.name,
        facts.batch_id,
        facts.record_no
    from iku.batch_in_force as batch
    inner join fact.holiday as facts on batch.batch_id = facts.batch_id and batch.window_on = facts.window_on
    where batch.source = 'holiday' and facts.origin = 'register'
    order by facts.day asc, batch.window_on desc
)

select
    coalesce(listed_days.day, library_days.day) as day,
    coalesce(listed_days.kind, library_days.kind) as kind,
    coalesce(listed_days.name, library_days.name) as name,
    coalesce(listed_days.batch_id, library_days.batch_id) as batch_id,
    case when listed_days.day is null then library_days.record_no else listed_days.record_no end as record_no,
    library_days.day is null and listed_days.kind <> 'hari_kerja' as is_added
from library_days
full outer join listed_days on library_days.day = listed_days.day
