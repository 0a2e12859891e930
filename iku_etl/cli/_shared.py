"""Floor 8. What the commands share: the installation, the reading options, near names."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import click

from iku_etl import present, settings
from iku_etl.errors import NotFound

if TYPE_CHECKING:
    from iku_etl.database import Warehouse
    from iku_etl.errors import TransientError
    from iku_etl.model import Batch, Source
    from iku_etl.pipeline import Pipeline
    from iku_etl.settings import Settings
    from iku_etl.window import Window

Function = TypeVar("Function", bound=Callable[..., Any])


class Installation:
    """This installation; each part is made when a command first asks for it."""

    debug = False  # an error shows where it came from

    @cached_property
    def settings(self) -> "Settings":
        """What the environment says."""
        return settings.load()

    @property
    def zone(self) -> ZoneInfo:
        """The local zone."""
        return self.settings.zone

    @cached_property
    def warehouse(self) -> "Warehouse":
        """The warehouse; the embedded server is started if that is the one."""
        from iku_etl import database

        return database.warehouse(self.settings)

    @cached_property
    def pipeline(self) -> "Pipeline":
        """The stages in order."""
        from iku_etl.pipeline import Pipeline

        return Pipeline(self.settings, self.warehouse)


installation = Installation()


class Moment(click.ParamType):  # type: ignore[type-arg]  # generic in the stubs only
    """`2026-03-14T06:00` or `2026-03-14` (the end of that day), local unless it names a zone."""

    name = "waktu"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The aware moment of a text."""
        if isinstance(value, datetime):
            return value
        zone = installation.zone
        try:
            if len(value) == len("2026-03-14"):
                return datetime.combine(date.fromisoformat(value), time.max, zone)
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} bukan waktu. Tulis seperti 2026-03-14 atau 2026-03-14T06:00.", param, ctx)
        return found if found.tzinfo else found.replace(tzinfo=zone)


def reading_options(function: Function) -> Function:
    """`--json`, `--as-of`, `--as-of-time`: every command that only reads has them."""
    for option in (
        click.option("--as-of-time", type=Moment(), help="Keadaan yang diketahui pada waktu itu."),
        click.option("--as-of", type=click.IntRange(min=0), help="Keadaan sampai nomor muatan itu."),
        click.option("--json", "as_json", is_flag=True, help="Keluaran JSON, angka persis sebagai teks."),
    ):
        function = option(function)
    return function


def show_json(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(present.encode(value))


def chosen_source(name: str) -> "Source":
    """The source of a name; NotFound with the nearest names."""
    from iku_etl import catalogue

    check_known("sumber", name, catalogue.source_names())
    return catalogue.source(name)


def check_known(what: str, name: str, known: Iterable[str]) -> None:
    """Raise NotFound with near names unless `name` is known."""
    names = list(known)
    if name not in names:
        near = get_close_matches(name, names, n=3, cutoff=0.4) or names
        raise NotFound(f"{what} {name} tidak dikenal. Mungkin: {', '.join(near) or 'belum ada'}.")


def collect_windows(
    pipeline: "Pipeline", source: "Source", windows: "Sequence[Window]"
) -> "tuple[list[Batch], TransientError | None]":
    """Collect windows as a night does; how their batches ended, and the error that another try may heal."""
    from iku_etl import night

    if not windows:
        return [], None
    found = night.extract(pipeline, source.name, [window.label for window in windows])
    pipeline.load(night.validate(pipeline, found.batch_ids))
    return pipeline.batches(found.batch_ids), found.problem


def show_batches(found: Sequence[Any]) -> None:
    """Print how batches ended."""
    rows = []
    for batch in found:
        ending = "superseded" if batch.ending == "in_force" and batch.superseded_by else batch.ending
        rows.append((
            str(batch.batch_id), batch.source, batch.window.label, present.ENDINGS[ending],
            present.plain(batch.load_no), present.plain(batch.revision),
            present.count(batch.loaded), present.count(batch.quarantined),
            batch.reason or "",
        ))  # fmt: skip
    columns = ("batch>", "sumber", "jendela", "akhir", "muatan>", "revisi>", "termuat>", "karantina>", "alasan")
    present.table(columns, rows)
