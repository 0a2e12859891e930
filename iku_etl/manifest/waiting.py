"""What waits for a person: batches, figures, and what could not be observed and is not asked for again by itself."""

from iku_etl.records import unobserved as note
from iku_etl.warehouse.database import Connection, Row


def batches(connection: Connection) -> list[Row]:
    """The batches that wait for a decision at the as-of, with their reasons, oldest first."""
    return connection.execute(
        """
        select batch_waiting.batch_id, batch_waiting.source, source.title, source.grid, batch_waiting.window_on,
            batch_waiting.reason
        from iku.batch_waiting
        inner join iku.source on batch_waiting.source = source.source
        order by batch_waiting.batch_id
        """
    ).fetchall()


def refused(connection: Connection) -> list[Row]:
    """The newest refused batch of each cell that nothing has taken over since, at the as-of; the newest first.

    What confirmed the batch in force or waits for a decision has taken over too: the refused file is no longer there.
    """
    return connection.execute(
        """
        select batch_id, source, grid, window_on, win, reason
        from (
            select distinct on (batch.source, batch.win)
                batch.batch_id, batch.source, source.grid, batch.window_on, batch.win, batch.ending, batch.load_no,
                batch.reason
            from iku.batch
            inner join iku.source on batch.source = source.source
            where
                batch.load_no <= iku.as_of()
                and batch.ending in ('rejected', 'in_force', 'unchanged', 'waiting')
            order by batch.source, batch.win, batch.load_no desc
        ) as newest
        where ending = 'rejected'
        order by load_no desc
        """
    ).fetchall()


def figures(connection: Connection) -> list[Row]:
    """Official figures past their cut-off that nobody has approved as they are now; those that were approved first.

    Needs `iku_auditor` or `iku_reader`.
    """
    return connection.execute(
        """
        select indicator, period, revision, tahap, value, mutu, as_of_time, is_verified, approved_revision
        from iku.published_figure
        where is_newest and revision > 0 and (tahap = 'direvisi' or (is_official and tahap <> 'disahkan'))
        order by tahap <> 'direvisi', not is_verified, indicator, period
        """
    ).fetchall()


def unobserved(connection: Connection) -> list[Row]:
    """Windows in force that hold records nobody could observe, older than the source's lookback: no night asks again.

    One row a window, oldest first. What was asked again after that and said the same is told no more, nor what the
    newest window can't observe either: every night asks for that one.
    """
    return connection.execute(
        """
        with cells as (
            select source, win, row_number() over (partition by source order by win desc) - 1 as age
            from iku.window_due
        )

        select
            source.source,
            source.grid,
            batch_in_force.window_on,
            batch_in_force.win,
            batch_in_force.batch_id,
            count(*) as records
        from iku.batch_in_force
        inner join iku.source on batch_in_force.source = source.source
        inner join cells on batch_in_force.source = cells.source and batch_in_force.win = cells.win
        inner join iku.quarantine on batch_in_force.batch_id = quarantine.batch_id
        where
            cells.age > source.lookback
            and %(rule)s = any(quarantine.rules)
            and not exists (
                select from iku.newest_quarantine as still
                inner join iku.quarantine as same on still.batch_id = same.batch_id and still.record_no = same.record_no
                where
                    still.source = batch_in_force.source
                    and same.record_key = quarantine.record_key
                    and %(rule)s = any(same.rules)
            )
            and not exists (
                select from iku.batch as look
                where
                    look.confirms = batch_in_force.batch_id
                    and look.load_no <= iku.as_of()
                    and look.asked_at >= upper(batch_in_force.win) + (source.lookback + 1) * case source.grid
                        when 'month' then interval '1 month'
                        when 'day' then interval '1 day'
                        else interval '1 hour'
                    end
            )
        group by
            source.source, source.grid, batch_in_force.window_on, batch_in_force.win, batch_in_force.batch_id
        order by source.source, batch_in_force.win
        """,
        {"rule": note.RULE},
    ).fetchall()
