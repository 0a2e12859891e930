-- grain: one row per month and set-aside row of the website register that is, or may be, about a media site
select
    set_aside.period,
    set_aside.site,
    set_aside.name,
    set_aside.batch_id,
    set_aside.record_no
from staging.website_quarantine as set_aside
inner join iku.quarantine as texts
    on set_aside.batch_id = texts.batch_id and set_aside.record_no = texts.record_no
-- a flag that can't be read may be a yes
where coalesce(texts.public_values ->> 'is_media_information', '') not in ('false', 'tidak')
