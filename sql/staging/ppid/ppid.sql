-- grain: one row per triwulan and PPID pelaksana that is appointed on its last ended day
-- Read by valid time from the newest register known. One that was appointed anew keeps its id: the name is that of
-- its newest letter; a report is asked of it if any of its appointments lasted into the report's year.
-- An OPD has one PPID pelaksana: of several in office at once nobody can tell which it is.
with
appointments as (
    select
        ppid_rule.period,
        facts.ppid,
        facts.name,
        facts.opd,
        facts.appointed_on,
        facts.batch_id,
        facts.record_no,
        coalesce(facts.ended_on >= ppid_rule.last_ended_day, true) as is_in_office,
        bool_or(
            facts.appointed_on <= make_date(ppid_rule.report_year, 12, 31)
            and coalesce(facts.ended_on >= make_date(ppid_rule.report_year, 1, 1), true)
        ) over (partition by ppid_rule.period, facts.ppid) as is_report_asked
    from fact.ppid as facts
    inner join staging.ppid_rule on facts.appointed_on <= ppid_rule.last_ended_day
    where (facts.batch_id, facts.window_on) = (select batch_id, window_on from iku.newest('ppid'))
),

in_office as (
    select distinct on (period, ppid)
        period,
        ppid,
        name,
        opd,
        is_report_asked,
        batch_id,
        record_no
    from appointments
    where is_in_office
    order by period asc, ppid asc, appointed_on desc
)

select
    period,
    ppid,
    name,
    opd,
    is_report_asked,
    count(*) over same_office as office_ppid_count,
    string_agg(ppid, ', ') over same_office as office_ppids,
    ppid = min(ppid) over same_office as is_first_of_office,
    batch_id,
    record_no
from in_office
window
    same_office as (
        partition by period, lower(opd) order by ppid rows between unbounded preceding and unbounded following
    )
