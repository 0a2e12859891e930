"""A warehouse of its own for a bench, and history made by SQL: what is measured is reading, not how it got there."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from iku_etl import settings
from iku_etl.pipeline import Pipeline
from iku_etl.warehouse import database, server
from iku_etl.warehouse.database import Connection, Warehouse


@contextmanager
def warehouse(*, durable: bool = True, folder: Path | None = None) -> Iterator[tuple[Warehouse, settings.Settings]]:
    """A migrated embedded warehouse in a temporary state folder, destroyed at the end; in `folder` it is kept."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    with nullcontext(str(folder)) if folder else TemporaryDirectory(prefix="iku-bench-") as state:
        site = settings.load({"IKU_STATE": state})
        running = server.ensure_running(Path(state), durable=durable)
        try:
            with admin(running) as connection:  # statistics come when a bench asks for them, not by chance
                connection.execute("alter system set autovacuum = off")
                connection.execute("select pg_reload_conf()")
            found = reach(running, database.DATABASE)
            Pipeline(site, found).migrate()
            yield found, site
        finally:
            if folder is None:
                server.destroy(Path(state))
            else:
                server.stop(folder)


def reach(running: server.Server, name: str) -> Warehouse:
    """Database `name` of a running server, by every role."""
    return Warehouse(
        {role: make_conninfo(running.dsn(f"iku_{role}", database.DATABASE), dbname=name) for role in settings.ROLES}
    )


def admin(running: server.Server, name: str = "postgres") -> psycopg.Connection:
    """A connection of the server's admin."""
    return psycopg.connect(running.dsn(server.ADMIN, name), autocommit=True)


def copy_database(running: server.Server, name: str) -> None:
    """Database `name` anew, as the migrated one is."""
    with admin(running) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("create database {} owner iku_owner template {}").format(
                sql.Identifier(name), sql.Identifier(database.DATABASE)
            )
        )


def times_ms(deed: Callable[[], object], turns: int = 7) -> list[float]:
    """Milliseconds of each of `turns` runs after one to warm up."""
    deed()
    found = []
    for _ in range(turns):
        started = time.perf_counter()
        deed()
        found.append(1000 * (time.perf_counter() - started))
    return found


def told(values: list[float], unit: str = "ms") -> str:
    """Median, least and most."""
    return f"{median(values):.1f} {unit} ({min(values):.1f} to {max(values):.1f}, n={len(values)})"


def make_batches(owner: Connection, source: str, first_day: date, days: int) -> None:
    """Batches in force for `days` day cells, as a clean history of one load a day; rows come with fill()."""
    owner.execute(
        """
        insert into iku.batch (source, window_on, win, contract_version)
        select %(source)s, day::date, tstzrange(iku.local_midnight(day::date), iku.local_midnight(day::date + 1)), 1
        from generate_series(%(first_day)s::timestamp, %(first_day)s::timestamp + %(days)s * interval '1 day'
            - interval '1 day', interval '1 day') as day
        """,
        {"source": source, "first_day": first_day, "days": days},
    )
    owner.execute(
        """
        update iku.batch set landed_at = upper(win), asked_at = upper(win), payload_fingerprint = batch_id::text
        where source = %s and landed_at is null
        """,
        [source],
    )


def end_batches(owner: Connection, source: str, loaded: int) -> None:
    """Give the open batches of a source their endings, in the order of their windows."""
    owner.execute(
        """
        with numbered as (
            select batch_id, row_number() over (order by win) + (select load_no from iku.load_counter) as load_no
            from iku.batch where source = %(source)s and ending is null
        )

        update iku.batch set
            ending = 'in_force', load_no = numbered.load_no, ended_at = upper(win), revision = 1,
            records_read = %(loaded)s, loaded = %(loaded)s, quarantined = 0, declared_out = 0
        from numbered where batch.batch_id = numbered.batch_id
        """,
        {"source": source, "loaded": loaded},
    )
    owner.execute("update iku.load_counter set load_no = (select coalesce(max(load_no), 0) from iku.batch)")
