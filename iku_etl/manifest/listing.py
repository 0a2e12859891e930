"""The manifest as lists: sources, attempts, gaps, what was set aside, and the state of the whole in one row."""

from datetime import datetime

from psycopg import sql

from iku_etl.warehouse.database import Connection, Row


def sources(connection: Connection) -> list[Row]:
    """Each source with how many of its due windows have a batch in force, and the newest of those."""
    return connection.execute(
        """
        select
            source.source,
            source.title,
            source.owner,
            source.kind,
            source.grid,
            source_allowed.since,
            source.version,
            count(window_due.win) as due,
            count(batch_in_force.batch_id) as in_force,
            max(window_due.window_on) filter (where batch_in_force.batch_id is not null) as newest
        from iku.source
        inner join iku.source_allowed on source.source = source_allowed.source
        -- as iku.window_state, without the newest attempt at each window: nobody asks for it here
        left join iku.window_due on source.source = window_due.source
        left join iku.batch_in_force
            on window_due.source = batch_in_force.source and window_due.win = batch_in_force.win
        group by source.source, source_allowed.since
        order by source.source
        """
    ).fetchall()


def declared(connection: Connection) -> dict[str, Row]:
    """What is declared of each source that somebody is told: title, owner, kind and grid, by its name."""
    rows = connection.execute("select source, title, owner, kind, grid from iku.source order by source")
    return {row["source"]: row for row in rows}


def source_names(connection: Connection) -> list[str]:
    return [row["source"] for row in connection.execute("select source from iku.source order by 1")]


def batches(connection: Connection, source: str | None, limit: int) -> list[Row]:
    """The newest attempts, of one source or all; `left_out`: what the source's own rule leaves out, reason -> count.

    `followed_by`: the next attempt at the window of one without an ending. `is_over`: it has none and gets none, for
    another came after it or it began hours ago: its process was killed.
    """
    return connection.execute(
        """
        select
            batch.*,
            source.grid,
            coalesce(batch_left_out.left_out, '{}') as left_out,
            later.batch_id as followed_by,
            batch.ending is null and batch.landed_at is null
            and (later.batch_id is not null or batch.opened_at < iku.as_of_time() - interval '6 hours') as is_over
        from iku.batch
        inner join iku.source on batch.source = source.source
        left join iku.batch_left_out on batch.batch_id = batch_left_out.batch_id
        left join lateral (
            select min(next.batch_id) as batch_id
            from iku.batch as next
            where
                batch.ending is null
                and next.source = batch.source
                and next.win = batch.win
                and next.batch_id > batch.batch_id
                and next.purpose = 'collect'
                and next.opened_at <= iku.as_of_time()
        ) as later on true
        where
            (%(source)s::text is null or batch.source = %(source)s)
            and coalesce(batch.load_no, 0) <= iku.as_of()
            and batch.opened_at <= iku.as_of_time()
        order by batch_id desc
        limit %(limit)s
        """,
        {"source": source, "limit": limit},
    ).fetchall()


def windows(connection: Connection, source: str, limit: int, offset: int = 0) -> list[Row]:
    """The ended cells of a source, oldest first: what is in force there at the as-of, and how the newest attempt ended.

    Each row has `total`, the number of all cells.
    """
    return connection.execute(
        """
        select window_on, win, batch_id, load_no, last_batch_id, last_ending, last_reason, count(*) over () as total
        from iku.window_state
        where source = %(source)s
        order by win
        limit %(limit)s offset %(offset)s
        """,
        {"source": source, "limit": limit, "offset": offset},
    ).fetchall()


def gaps(connection: Connection, source: str | None = None) -> list[Row]:
    """Ended cells with nothing in force at the as-of of the transaction, with the newest attempt's ending and reason.

    The pipeline says which of them are overdue (`pipeline/standing.py`).
    """
    return connection.execute(
        """
        select window_state.source, source.grid, window_on, win, last_batch_id, last_ending, last_reason
        from iku.window_state inner join iku.source on window_state.source = source.source
        where batch_id is null and (%(source)s::text is null or window_state.source = %(source)s)
        order by window_state.source, win
        """,
        {"source": source},
    ).fetchall()


def quarantine(connection: Connection, source: str | None, batch_id: int | None) -> list[Row]:
    """The records that the batches in force set aside, of one source or all, of one batch or all.

    `file`: the payload in which a record stands, as it was kept; of a batch that reads kept bytes again, theirs.
    """
    return connection.execute(
        """
        with recursive origin as (
            select batch_id, batch_id as kept_by from iku.batch_in_force
            union all
            select origin.batch_id, earlier.instead_of
            from origin inner join iku.batch as earlier on origin.kept_by = earlier.batch_id
            where earlier.instead_of is not null
        )

        select batch_in_force.source, source.title, batch_in_force.window_on, source.grid, quarantine.batch_id,
            quarantine.record_no, quarantine.payload_no, quarantine.place, quarantine.rules, quarantine.message,
            quarantine.record_key, quarantine.record_hash, quarantine.public_values,
            coalesce(payload.request ->> 'file', payload.name) as file
        from iku.batch_in_force
        inner join iku.source on batch_in_force.source = source.source
        inner join iku.quarantine on batch_in_force.batch_id = quarantine.batch_id
        left join (origin inner join iku.payload on origin.kept_by = payload.batch_id)
            on quarantine.batch_id = origin.batch_id and quarantine.payload_no = payload.payload_no
        where
            (%(source)s::text is null or batch_in_force.source = %(source)s)
            and (%(batch)s::bigint is null or quarantine.batch_id = %(batch)s)
        order by batch_in_force.source, batch_in_force.window_on, quarantine.record_no
        """,
        {"source": source, "batch": batch_id},
    ).fetchall()


def checks(
    connection: Connection, source: str | None = None, window: str = "", batch_id: int | None = None
) -> list[Row]:
    """What each check of a batch found: of one batch, else of the newest judged one of each window, however it ended.

    `window` is a day or month as text, or the beginning of one. In the order in which the checks are declared; after
    them why records were set aside that no check was asked about (`expectation` is parse: unreadable cells, clashes).
    """
    return connection.execute(
        """
        with judged as (
            select distinct on (batch.source, batch.win)
                batch.source, batch.window_on, batch.win, batch.batch_id, batch.ending, batch.superseded_by,
                batch.records_read
            from iku.batch
            where
                (%(source)s::text is null or batch.source = %(source)s)
                and starts_with(batch.window_on::text, %(window)s)
                and (%(batch)s::bigint is null or batch.batch_id = %(batch)s)
                and batch.load_no <= iku.as_of()
                and (
                    exists (select from iku.check_result where check_result.batch_id = batch.batch_id)
                    or exists (select from iku.quarantine where quarantine.batch_id = batch.batch_id)
                )
            order by batch.source asc, batch.win asc, batch.load_no desc
        ),

        results as (
            select * from iku.check_result where batch_id in (select batch_id from judged)
            union all
            select
                judged.batch_id,
                null,
                'parse',
                split_part(broken.rule, ':', 2),
                'quarantine',
                judged.records_read,
                count(*),
                false,
                'yang pertama: ' || (array_agg(quarantine.place order by quarantine.record_no))[1]
            from judged
            inner join iku.quarantine on judged.batch_id = quarantine.batch_id
            cross join lateral unnest(quarantine.rules) as broken (rule)
            where starts_with(broken.rule, 'parse:')
            group by judged.batch_id, judged.records_read, broken.rule
        )

        select judged.source, source.grid, judged.window_on, judged.ending, judged.superseded_by, results.*
        from judged
        inner join iku.source on judged.source = source.source
        inner join results on judged.batch_id = results.batch_id
        order by judged.source, judged.win, results.check_no nulls last, results.column_name
        """,
        {"source": source, "window": window, "batch": batch_id},
    ).fetchall()


def state(connection: Connection) -> Row | None:
    """Newest load, newest publication and waiting batches; None before the first `iku migrate`."""
    there = connection.execute("select to_regclass('iku.publication') is not null as there").fetchone()
    if there is None or not there["there"]:
        return None
    return connection.execute(
        """
        select
            (select load_no from iku.load_counter) as load_no,
            (select max(published_at) from iku.publication) as published_at,
            (select count(*) from iku.batch_waiting) as waiting
        """
    ).fetchone()


def never_ended(connection: Connection) -> list[tuple[str, datetime]]:
    """Gaps of which no attempt has ended yet: source and the cell's start."""
    rows = connection.execute(
        """
        select source, lower(win) as starts_at from iku.window_state
        where batch_id is null and not exists (
            select from iku.batch
            where batch.source = window_state.source and batch.win = window_state.win and batch.ending is not null
        )
        """
    )
    return [(row["source"], row["starts_at"]) for row in rows]


def unknown(connection: Connection, batch_ids: list[int]) -> list[int]:
    rows = connection.execute("select batch_id from iku.batch where batch_id = any(%s::bigint [])", [batch_ids])
    return sorted(set(batch_ids) - {row["batch_id"] for row in rows})


def newest_load_no(connection: Connection) -> int:
    row = connection.execute("select load_no from iku.load_counter").fetchone()
    return int(row["load_no"]) if row else 0


def batch(connection: Connection, batch_id: int) -> Row | None:
    """One attempt as `batches` gives it; None if there is none of that number."""
    return connection.execute(
        """
        select batch.*, source.grid, source.title, source.owner, batch_waiting.batch_id is not null as is_waiting
        from iku.batch
        inner join iku.source on batch.source = source.source
        left join iku.batch_waiting on batch.batch_id = batch_waiting.batch_id
        where batch.batch_id = %s
        """,
        [batch_id],
    ).fetchone()


def beside(connection: Connection, source: str, batch_id: int, record_no: int) -> Row:
    """`before` and `after`: the records of a batch on both sides of a number, loaded or set aside; None at its ends."""
    query = sql.SQL(
        """
        select
            greatest(
                (
                    select max(record_no) from {facts}
                    where batch_id = batch.batch_id and window_on = batch.window_on and record_no < %(number)s
                ),
                (select max(record_no) from iku.quarantine where batch_id = batch.batch_id and record_no < %(number)s)
            ) as before,
            least(
                (
                    select min(record_no) from {facts}
                    where batch_id = batch.batch_id and window_on = batch.window_on and record_no > %(number)s
                ),
                (select min(record_no) from iku.quarantine where batch_id = batch.batch_id and record_no > %(number)s)
            ) as after
        from iku.batch
        where batch.batch_id = %(batch)s
        """
    ).format(facts=sql.Identifier("fact", source))
    return connection.execute(query, {"batch": batch_id, "number": record_no}).fetchall()[0]


def decisions_of_figure(connection: Connection, indicator: str, period: str) -> list[Row]:
    """Who verified or approved which revision of a figure, the newest first."""
    return connection.execute(
        """
        select decision_id, kind, revision, reason, decided_by, decided_at, official, letter, cut_off_on
        from iku.decision
        where indicator = %s and period = %s
        order by decision_id desc
        """,
        [indicator, period],
    ).fetchall()


def decisions(connection: Connection, limit: int) -> list[Row]:
    """The newest decisions of all kinds, at the as-of."""
    return connection.execute(
        """
        select decision.decision_id, decision.kind, decision.source, source.title, decision.batch_id,
            decision.indicator, decision.period, decision.revision, decision.reason, decision.decided_by,
            decision.decided_at, decision.official, decision.letter
        from iku.decision
        left join iku.source on decision.source = source.source
        where load_no <= iku.as_of()
        order by decision_id desc
        limit %s
        """,
        [limit],
    ).fetchall()
