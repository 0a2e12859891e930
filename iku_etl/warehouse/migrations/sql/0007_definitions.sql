-- What a change of a declaration moves, and what it does not.

-- ---------------------------------------------------------------- a new definition of the same figure

-- The definition that gave the same row as the one it was published by: no revision, and who approved it approved this.
create table iku.figure_confirmed (
    figure_id bigint not null references iku.figure,
    publication_id bigint not null references iku.publication,
    definition text not null references iku.definition,
    primary key (figure_id, publication_id)
);
comment on table iku.figure_confirmed is
'one row per figure row and publication in which a newer definition gave the same row; the newest one is in force';
create trigger keep_history before update or delete on iku.figure_confirmed
for each row execute function iku.keep_history();
create trigger refuse_emptying before truncate on iku.figure_confirmed
for each statement execute function iku.refuse_change();

-- grain: one row per figure row ever published, with its stage (tahap) as decisions have made it and the newest
-- definition that gives it, both at the as-of.
create or replace view iku.published_figure as
with
known as (
    select
        decision.kind,
        decision.indicator,
        decision.period,
        decision.revision
    from iku.decision
    where
        decision.kind in ('verify', 'approve')
        and decision.load_no <= iku.as_of()
        and decision.decided_at <= iku.as_of_time()
)

select
    figure.*,
    case
        when exists (
            select from known
            where
                known.kind = 'approve' and known.indicator = figure.indicator
                and known.period = figure.period and known.revision = figure.revision
        ) then 'disahkan'
        when exists (
            select from known
            where
                known.kind = 'approve' and known.indicator = figure.indicator
                and known.period = figure.period and known.revision < figure.revision
        ) then 'direvisi'
        when exists (
            select from known
            where
                known.kind = 'verify' and known.indicator = figure.indicator
                and known.period = figure.period and known.revision = figure.revision
        ) then 'terverifikasi'
        else 'sementara'
    end as tahap,
    figure.figure_id = first_value(figure.figure_id) over newest as is_newest,
    coalesce(
        (
            select figure_confirmed.definition
            from iku.figure_confirmed
            inner join iku.publication on figure_confirmed.publication_id = publication.publication_id
            where
                figure_confirmed.figure_id = figure.figure_id
                and publication.as_of <= iku.as_of()
                and publication.as_of_time <= iku.as_of_time()
            order by figure_confirmed.publication_id desc
            limit 1
        ),
        figure.definition
    ) as current_definition
from iku.figure
window newest as (partition by figure.indicator, figure.period order by figure.figure_id desc);

grant select on iku.figure_confirmed to iku_publisher, iku_auditor;
grant insert on iku.figure_confirmed to iku_publisher;

-- ---------------------------------------------------------------- a source that begins earlier than it was said

-- As how late and how old: an older as-of goes by what held then, and so its figures stay what they were.
alter table iku.source_patience add column since date;
comment on column iku.source_patience.since is
'the first day that is collected from there on, where it was moved earlier; null: iku.source.since';
comment on column iku.source.since is
'the first day that is collected, as first declared; where it was moved earlier since: iku.source_allowed';

-- What the module said last, to tell a change of it from a setting that is gone; null until `iku migrate` ran once.
alter table iku.source add column declared_since date, add column key text [];
comment on column iku.source.declared_since is '`since` of the module, whatever IKU_SINCE says';
comment on column iku.source.key is 'the columns that name a record; another key is another version of the source';

-- grain: one row per source: how late and how old it may be and since when it is collected, as declared at the as-of.
create or replace view iku.source_allowed as
select distinct on (source_patience.source)
    source_patience.source,
    source_patience.late_by,
    source_patience.max_age,
    coalesce(source_patience.since, source.since) as since
from iku.source_patience
inner join iku.source on source_patience.source = source.source
where source_patience.load_no <= iku.as_of()
order by source_patience.source asc, source_patience.load_no desc;

-- grain: one row per source and cell of its grid that had ended by the as-of time.
create or replace view iku.window_due as
with
last_day as (
    select iku.local_date(iku.as_of_time()) as day
),

days as (
    select
        source.source,
        source.grid,
        generated.day::date as window_on
    from iku.source
    inner join iku.source_allowed as allowed on source.source = allowed.source
    cross join last_day
    cross join lateral generate_series(
        case source.grid
            when 'month' then date_trunc('month', allowed.since::timestamp)
            else allowed.since::timestamp
        end,
        last_day.day::timestamp,
        case source.grid when 'month' then interval '1 month' else interval '1 day' end
    ) as generated (day)
),

cells as (
    select
        days.source,
        days.window_on,
        tstzrange(
            iku.local_midnight(days.window_on),
            case days.grid
                when 'month' then iku.local_midnight((days.window_on + interval '1 month')::date)
                else iku.local_midnight(days.window_on + 1)
            end
        ) as win
    from days
    where days.grid <> 'hour'
    union all
    select
        days.source,
        days.window_on,
        tstzrange(generated.starts_at, generated.starts_at + interval '1 hour') as win
    from days
    cross join lateral generate_series(
        iku.local_midnight(days.window_on),
        iku.local_midnight(days.window_on + 1) - interval '1 hour',
        interval '1 hour'
    ) as generated (starts_at)
    where days.grid = 'hour'
)

select
    cells.source,
    cells.window_on,
    cells.win
from cells
where upper(cells.win) <= iku.as_of_time();

-- grain: one row per period that had begun by the as-of time; the only view that turns instants into dates.
-- Periods start with the year in which the first source begins.
create or replace view iku.period as
with
bounds as (
    select
        date_trunc('year', min(source_allowed.since)::timestamp) as first_month,
        iku.local_date(iku.as_of_time()) as today
    from iku.source_allowed
),

spans as (
    select
        'month' as grain,
        to_char(generated.month, 'YYYY-MM') as period,
        generated.month::date as first_day,
        (generated.month + interval '1 month' - interval '1 day')::date as last_day
    from bounds
    cross join lateral generate_series(bounds.first_month, bounds.today::timestamp, interval '1 month') as generated (month)
    union all
    select
        'triwulan' as grain,
        to_char(generated.month, 'YYYY-"TW"Q') as period,
        generated.month::date as first_day,
        (generated.month + interval '3 months' - interval '1 day')::date as last_day
    from bounds
    cross join lateral generate_series(bounds.first_month, bounds.today::timestamp, interval '3 months') as generated (month)
    union all
    select
        'semester' as grain,
        to_char(generated.month, 'YYYY') || case when extract(month from generated.month) = 1 then '-S1' else '-S2' end
            as period,
        generated.month::date as first_day,
        (generated.month + interval '6 months' - interval '1 day')::date as last_day
    from bounds
    cross join lateral generate_series(bounds.first_month, bounds.today::timestamp, interval '6 months') as generated (month)
    union all
    select
        'year' as grain,
        to_char(generated.month, 'YYYY') as period,
        generated.month::date as first_day,
        (generated.month + interval '1 year' - interval '1 day')::date as last_day
    from bounds
    cross join lateral generate_series(bounds.first_month, bounds.today::timestamp, interval '1 year') as generated (month)
)

select
    spans.period,
    spans.grain,
    spans.first_day,
    spans.last_day,
    iku.local_midnight(spans.first_day) as starts_at,
    iku.local_midnight(spans.last_day + 1) as ends_at,
    iku.local_midnight(spans.last_day + 1) <= iku.as_of_time() as is_finished,
    -- the last day of the period that has ended by the as-of time; the day before the first if none has
    least(spans.last_day, bounds.today - 1) as last_ended_day
from spans
cross join bounds
where spans.first_day <= bounds.today;
