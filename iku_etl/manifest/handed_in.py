"""Registers that people hand in: how each stands in each month, and what came of each hand-in."""

from collections.abc import Collection, Sequence
from datetime import date

from iku_etl.warehouse.database import Connection, Row


def standing(connection: Connection, sources: Collection[str], since: date) -> list[Row]:
    """Each due cell of these sources from a day on: what is in force, the newest attempt, and when it first came.

    `began_at`: when this installation first asked for anything; nobody was late before.
    """
    return connection.execute(
        """
        with
        began as (
            select opened_at as began_at from iku.batch order by batch_id limit 1
        )

        select
            window_state.source,
            window_state.window_on,
            window_state.win,
            window_state.batch_id,
            window_state.last_batch_id,
            window_state.last_ending,
            window_state.last_reason,
            in_force.loaded,
            in_force.quarantined,
            first_one.asked_at as first_asked_at,
            began.began_at,
            exists (
                select from iku.batch_waiting
                where batch_waiting.source = window_state.source and batch_waiting.win = window_state.win
            ) as is_waiting
        from iku.window_state
        left join began on true
        left join iku.batch as in_force on window_state.batch_id = in_force.batch_id
        left join lateral (
            select min(batch.asked_at) as asked_at from iku.batch
            where
                batch.source = window_state.source
                and batch.window_on = window_state.window_on
                and batch.ending = 'in_force'
        ) as first_one on true
        where window_state.source = any(%(sources)s) and window_state.window_on >= %(since)s
        order by window_state.source, window_state.win
        """,
        {"sources": list(sources), "since": since},
    ).fetchall()


def attempts(connection: Connection, source: str, window_on: date, limit: int = 20) -> list[Row]:
    """The newest attempts at a cell; `left_out`: reason -> records, `handed_in`: the notes of the files, each once."""
    return connection.execute(
        """
        select
            batch.*,
            source.grid,
            coalesce(batch_left_out.left_out, '{}') as left_out,
            coalesce(handed.notes, '[]') as handed_in
        from iku.batch
        inner join iku.source on batch.source = source.source
        left join iku.batch_left_out on batch.batch_id = batch_left_out.batch_id
        left join lateral (
            select jsonb_agg(distinct payload.request -> 'handed_in') as notes
            from iku.payload
            where payload.batch_id = batch.batch_id and payload.request ? 'handed_in'
        ) as handed on true
        where batch.source = %s and batch.window_on = %s
        order by batch.batch_id desc
        limit %s
        """,
        [source, window_on, limit],
    ).fetchall()


def units(connection: Connection, register: str, first_day: date, last_day: date) -> list[Row]:
    """Who owes a register for the periods that hold these days, by the newest list of hand-ins, the missing ones first.

    Columns `period`, `unit`, `unit_name`, `due_on`, `received_on` (null: not handed in) and `role`. A row of that list
    that was set aside and may be about the register has a `period` and nothing else.
    """
    return connection.execute(
        """
        with
        submissions as (
            select submission.*, period.grain, period.first_day, period.last_day
            from staging.register_submission as submission
            inner join iku.period on submission.period = period.period
            where submission.register = %(register)s
        ),

        owed as (
            select period, unit, unit_name, due_on, received_on, role
            from submissions where first_day <= %(first_day)s and last_day >= %(last_day)s
            union all
            select aside.period, null, null, null, null, null
            from staging.register_submission_quarantine as aside
            inner join iku.period on aside.period = period.period
            where
                coalesce(aside.register, %(register)s) = %(register)s
                and not aside.is_month_before
                and aside.grain in (select grain from submissions)
                and period.first_day <= %(first_day)s and period.last_day >= %(last_day)s
        )

        select * from owed
        order by period, received_on is not null, role desc, unit_name
        """,
        {"register": register, "first_day": first_day, "last_day": last_day},
    ).fetchall()


def of_ticket(connection: Connection, source: str, windows: Sequence[date], ticket: str) -> list[int]:
    """The batches of these cells that read a file of this hand-in, the newest first."""
    rows = connection.execute(
        """
        select distinct batch.batch_id
        from iku.batch
        inner join iku.payload on batch.batch_id = payload.batch_id
        where
            batch.source = %s and batch.window_on = any(%s)
            and payload.request -> 'handed_in' ->> 'ticket' = %s
        order by batch.batch_id desc
        """,
        [source, list(windows), ticket],
    )
    return [row["batch_id"] for row in rows]


def set_aside(connection: Connection, batch_id: int, limit: int | None = None) -> list[Row]:
    """The records that a batch set aside, in their order."""
    return connection.execute(
        """
        select record_no, payload_no, place, rules, message from iku.quarantine
        where batch_id = %s
        order by record_no
        limit %s
        """,
        [batch_id, limit],
    ).fetchall()


def files_of(connection: Connection, batch_id: int) -> list[Row]:
    """The payloads of a batch, or of the one whose bytes it reads again: number, name and request."""
    return connection.execute(
        """
        with recursive origin as (
            select batch_id, instead_of from iku.batch where batch_id = %s
            union all
            select earlier.batch_id, earlier.instead_of
            from origin inner join iku.batch as earlier on origin.instead_of = earlier.batch_id
        )

        select payload.payload_no, payload.payload_id, payload.name, payload.request
        from origin inner join iku.payload on origin.batch_id = payload.batch_id
        order by payload.payload_no
        """,
        [batch_id],
    ).fetchall()
