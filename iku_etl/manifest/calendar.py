"""What became of each window of a source, and of each night: counted in the warehouse, never row by row here."""

from datetime import date, datetime

from iku_etl.records import unobserved as note
from iku_etl.warehouse.database import Connection, Row


def standings(connection: Connection) -> list[Row]:
    """Each source at the as-of: the newest batch in force, the newest ended attempt, what is set aside and waits.

    `checked_at`: when an attempt last found what is in force, anew or as it was.
    """
    return connection.execute(
        """
        with
        newest as (
            select distinct on (source) source, batch_id, window_on, win, asked_at
            from iku.batch_in_force
            order by source asc, win desc
        ),

        looks as (
            select source, max(ended_at) filter (where ending in ('in_force', 'unchanged')) as checked_at
            from iku.batch
            where load_no <= iku.as_of()
            group by source
        ),

        ended as (
            select distinct on (source) source, batch_id, ending, reason, ended_at
            from iku.batch
            where load_no <= iku.as_of()
            order by source asc, load_no desc
        ),

        aside as (
            select source, sum(quarantined) as quarantined from iku.batch_in_force group by source
        ),

        waiting as (
            select source, count(*) as waiting from iku.batch_waiting group by source
        )

        select
            source.source,
            newest.batch_id,
            newest.window_on,
            newest.win,
            newest.asked_at,
            looks.checked_at,
            ended.batch_id as last_batch_id,
            ended.ending as last_ending,
            ended.reason as last_reason,
            ended.ended_at as last_ended_at,
            coalesce(aside.quarantined, 0)::bigint as quarantined,
            coalesce(waiting.waiting, 0) as waiting
        from iku.source
        left join newest on source.source = newest.source
        left join looks on source.source = looks.source
        left join ended on source.source = ended.source
        left join aside on source.source = aside.source
        left join waiting on source.source = waiting.source
        order by source.source
        """
    ).fetchall()


def cells(connection: Connection, source: str, first: date, last: date) -> list[Row]:
    """The ended cells of a source between two days, oldest first, with what is in force and the newest attempt.

    `unobserved`: records of it that nobody could observe; `looks`: how often the same was found again.
    """
    return connection.execute(
        """
        select
            window_state.window_on,
            window_state.win,
            window_state.batch_id,
            window_state.last_batch_id,
            window_state.last_ending,
            window_state.last_reason,
            in_force.loaded,
            in_force.quarantined,
            in_force.declared_out,
            (
                select count(*) from iku.batch as look
                where look.confirms = in_force.batch_id and look.load_no <= iku.as_of()
            ) as looks,
            case
                when in_force.quarantined > 0 then (
                    select count(*) from iku.quarantine
                    where quarantine.batch_id = in_force.batch_id and %(rule)s = any(quarantine.rules)
                )
                else 0
            end as unobserved,
            batch_waiting.batch_id as waiting_batch_id
        from iku.window_state
        left join iku.batch as in_force on window_state.batch_id = in_force.batch_id
        left join iku.batch_waiting
            on window_state.source = batch_waiting.source and window_state.win = batch_waiting.win
        where window_state.source = %(source)s and window_state.window_on between %(first)s and %(last)s
        order by window_state.win
        """,
        {"source": source, "first": first, "last": last, "rule": note.RULE},
    ).fetchall()


def judged(connection: Connection, source: str, limit: int) -> list[Row]:
    """What the checks found in the newest judged windows of a source, oldest window first; as `listing.checks`."""
    return connection.execute(
        """
        with
        judged as (
            select distinct on (batch.win)
                batch.source, batch.window_on, batch.win, batch.batch_id, batch.ending, batch.superseded_by
            from iku.batch
            where
                batch.source = %(source)s
                and batch.load_no <= iku.as_of()
                and exists (select from iku.check_result where check_result.batch_id = batch.batch_id)
            order by batch.win desc, batch.load_no desc
            limit %(limit)s
        )

        select judged.source, source.grid, judged.window_on, judged.ending, judged.superseded_by, check_result.*
        from judged
        inner join iku.source on judged.source = source.source
        inner join iku.check_result on judged.batch_id = check_result.batch_id
        order by judged.win, check_result.check_no
        """,
        {"source": source, "limit": limit},
    ).fetchall()


def set_aside(connection: Connection, source: str, limit: int) -> list[Row]:
    """Why records of a source's batches in force were set aside: each message with its count, most first."""
    return connection.execute(
        """
        select
            quarantine.message,
            count(*) as records,
            min(batch_in_force.window_on) as first_on,
            max(batch_in_force.window_on) as last_on,
            sum(count(*)) over ()::bigint as total
        from iku.batch_in_force
        inner join iku.quarantine on batch_in_force.batch_id = quarantine.batch_id
        where batch_in_force.source = %(source)s
        group by quarantine.message
        order by records desc, quarantine.message
        limit %(limit)s
        """,
        {"source": source, "limit": limit},
    ).fetchall()


def attempts(connection: Connection, source: str, before: int | None, limit: int) -> list[Row]:
    """Attempts at a source, the newest first, from below the number `before` on."""
    return connection.execute(
        """
        select
            batch_id, window_on, ending, superseded_by, opened_at, ended_at, load_no, confirms, records_read, loaded,
            quarantined, declared_out, reason
        from iku.batch
        where source = %(source)s and (%(before)s::bigint is null or batch_id < %(before)s)
        order by batch_id desc
        limit %(limit)s
        """,
        {"source": source, "before": before, "limit": limit},
    ).fetchall()


# ---------------------------------------------------------------- nights


def night(connection: Connection, start: datetime, end: datetime) -> list[Row]:
    """What the attempts that began in `[start, end)` came to, one row a source that was asked.

    Endings but `in_force` are those of each window's newest attempt; `healed`: failed ones that a later one made good.
    """
    return connection.execute(
        """
        with attempted as (
            select
                batch.*,
                row_number() over (partition by source, win order by load_no desc nulls first, batch_id desc) as age
            from iku.batch
            where opened_at >= %(start)s and opened_at < %(end)s
        )

        select
            source,
            count(*) as batches,
            count(*) filter (where ending = 'in_force') as in_force,
            count(*) filter (where age = 1 and ending = 'unchanged') as unchanged,
            count(*) filter (where age = 1 and ending = 'waiting') as waiting,
            count(*) filter (where age = 1 and ending in ('failed', 'rejected')) as failed,
            count(*) filter (where age > 1 and ending in ('failed', 'rejected')) as healed,
            coalesce(sum(loaded), 0)::bigint as loaded,
            coalesce(sum(quarantined), 0)::bigint as quarantined,
            min(opened_at) as began_at,
            max(ended_at) as ended_at,
            (array_agg(reason order by batch_id desc) filter (
                where age = 1 and ending in ('failed', 'rejected')
            ))[1] as problem
        from attempted
        group by source
        order by source
        """,
        {"start": start, "end": end},
    ).fetchall()


def publications(connection: Connection, start: datetime, end: datetime) -> list[Row]:
    """The publications that were made in `[start, end)`, oldest first, each with how many rows it wrote."""
    return connection.execute(
        """
        select publication.publication_id, publication.published_at, publication.as_of, count(figure.figure_id) as rows
        from iku.publication
        left join iku.figure on publication.publication_id = figure.publication_id
        where publication.published_at >= %(start)s and publication.published_at < %(end)s
        group by publication.publication_id
        order by publication.publication_id
        """,
        {"start": start, "end": end},
    ).fetchall()


def newest_publication(connection: Connection) -> Row | None:
    """The newest publication; None before the first."""
    return connection.execute(
        """
        select
            publication_id,
            published_at,
            as_of
        from iku.publication
        order by publication_id desc
        limit 1
        """
    ).fetchone()
