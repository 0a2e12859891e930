-- grain: one row per month and site of the content snapshot; is_fresh is null while the date is unknown (U19)
-- parameters: content_max_age_days
-- What was seen fresh stays so while its date is; what was stale is so only where the last day was looked at: a post
-- may have come since (is_unseen_since).
select
    website_content.period,
    website_content.site,
    website_content.newest_content_on,
    website_content.content_age_days,
    content_rule.value as content_max_age_days,
    website_content.looked_on,
    case
        when website_content.content_age_days between 0 and content_rule.value then true
        when website_content.content_age_days > content_rule.value and website_content.is_of_last_day then false
    end as is_fresh,
    coalesce(
        website_content.content_age_days > content_rule.value and not website_content.is_of_last_day, false
    ) as is_unseen_since
from staging.website_content
left join staging.parameter as content_rule
    on website_content.period = content_rule.period and content_rule.name = 'content_max_age_days'
