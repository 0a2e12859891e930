"""This installation as the commands see it: its settings, its warehouse, its pipeline, and what it knows by name."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from iku_etl import settings
from iku_etl.errors import IkuError, NotFound
from iku_etl.sample import state

if TYPE_CHECKING:
    from iku_etl.model import Batch, Source
    from iku_etl.pipeline import Pipeline
    from iku_etl.settings import Settings
    from iku_etl.warehouse.database import Connection, Row, Warehouse


class Installation:
    """This installation; each part is made when a command first asks for it."""

    debug = False  # an error shows where it came from

    @cached_property
    def settings(self) -> "Settings":
        """What the environment says; over a sample, collecting begins with its first day."""
        return state.with_sample_since(settings.load())

    @property
    def zone(self) -> ZoneInfo:
        return self.settings.zone

    @cached_property
    def warehouse(self) -> "Warehouse":
        """The warehouse; the embedded server is started if that is the one."""
        from iku_etl.warehouse import database

        return database.warehouse(self.settings)

    @cached_property
    def pipeline(self) -> "Pipeline":
        from iku_etl.pipeline import Pipeline

        return Pipeline(self.settings, self.warehouse)

    def reread(self) -> None:
        """Read the settings anew: a sample has begun here."""
        for name in ("settings", "pipeline"):
            self.__dict__.pop(name, None)

    @contextmanager
    def reading(self, as_of: int | None, as_of_time: datetime | None) -> "Iterator[Connection]":
        """A connection of the auditor that reads as of a load number or a time."""
        from iku_etl.warehouse import database

        with self.warehouse.connect("auditor") as connection, database.reading(connection, as_of, as_of_time):
            yield connection

    def dated(self, rows: "Sequence[Row]", as_of: int | None = None, as_of_time: datetime | None = None) -> None:
        """Give rows of published figures the days of their states (`publications.dated`)."""
        from iku_etl.figures import publications

        if rows:
            with self.warehouse.connect("auditor") as connection:
                publications.dated(rows, publications.spans(connection, as_of, as_of_time), self.zone)

    def migrate(self) -> tuple[list[str], list[str]]:
        """Bring the warehouse to the declarations, and say so in the ledger, which begins here.

        What was done, and what is wrong with sources left out or with the ledger.
        """
        from iku_etl import catalogue

        sources, problems = catalogue.importable()
        done = self.pipeline.migrate(sources)
        try:
            self.pipeline.append_ledger()
        except IkuError as problem:  # collecting and publishing go on; the DAG `ledger` tries again every night
            problems = [*problems, str(problem)]
        return done, problems


installation = Installation()


def check_known(what: str, name: str, known: Iterable[str]) -> None:
    """Raise NotFound with near names unless `name` is known."""
    names = list(known)
    if name not in names:
        near = get_close_matches(name, names, n=3, cutoff=0.4) or names
        raise NotFound(f"{what} {name} tidak dikenal. Mungkin: {', '.join(near) or 'belum ada'}.")


def chosen_source(name: str) -> "Source":
    """The source of a name; NotFound with the nearest names."""
    from iku_etl import catalogue

    check_known("sumber", name, catalogue.source_names())
    return catalogue.source(name)


def check_source(connection: "Connection", name: str | None) -> None:
    """Raise NotFound with near names for a source that the warehouse has not; None is no name."""
    from iku_etl.manifest import listing

    if name is not None:
        check_known("sumber", name, listing.source_names(connection))


def known_batches(batch_ids: "Sequence[int]") -> "list[Batch]":
    """The manifest rows of batches; NotFound names the numbers that no batch has."""
    from iku_etl.manifest import listing

    with installation.warehouse.connect("auditor") as connection:
        if missing := listing.unknown(connection, list(batch_ids)):
            raise NotFound(f"batch {', '.join(map(str, missing))} tidak ada. Nomornya ada di: iku batches.")
    return installation.pipeline.batches(batch_ids)
