-- grain: one row per month and site of the content snapshot; is_fresh is null while the date is unknown (U19)
-- parameters: content_max_age_days
select
    website_content.period,
    website_content.site,
    website_content.newest_content_on,
    website_content.content_age_days,
    content_rule.value as content_max_age_days,
    case
        when website_content.content_age_days >= 0
            then website_content.content_age_days <= content_rule.value
    end as is_fresh
from staging.website_content
left join staging.parameter as content_rule
    on website_content.period = content_rule.period and content_rule.name = 'content_max_age_days'
