-- grain: one row per period: whether an OPD without a row has no link (U9), and why not
-- member: none
-- A row set aside that doesn't say whom it is about, or says a name that no register gives, may be about anybody.
with
nameless as (
    select
        period,
        (array_agg(distinct link order by link))[1:3] as first_links
    from staging.network_link_opd_quarantine
    where not is_named
    group by period
),

doubts as (
    select
        absence.period,
        case
            when absence.why_not is not null or absence.is_nil then absence.why_not
            when nameless.period is not null
                then concat_ws(
                        ' ',
                        'baris yang dikarantina',
                        '(' || nullif(array_to_string(nameless.first_links, ', '), '') || ')',
                        'tidak menyebut siapa yang dilayani, atau tidak dikenal'
                    )
        end as why_not
    from staging.network_link_absence as absence
    left join nameless on absence.period = nameless.period
)

select
    period,
    why_not is null as is_evidence,
    'tidak ada baris, ' || why_not as why_not
from doubts
