"""Floor 8. What the commands share: the installation, the reading options, near names."""

import json
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import click

from iku_etl import indonesian, settings
from iku_etl.errors import DeclarationError, NotFound, SettingError

if TYPE_CHECKING:
    from iku_etl.errors import TransientError
    from iku_etl.model import Batch, Source
    from iku_etl.pipeline import Pipeline
    from iku_etl.settings import Settings
    from iku_etl.warehouse.database import Connection, Warehouse
    from iku_etl.window import Window

Function = TypeVar("Function", bound=Callable[..., Any])
SAMPLE = "sample.json"  # seed and first day of the sample that a state folder holds
PERIOD = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2]|TW[1-4]|S[12]))?")


class Installation:
    """This installation; each part is made when a command first asks for it."""

    debug = False  # an error shows where it came from

    @cached_property
    def settings(self) -> "Settings":
        """What the environment says; over a sample, collecting begins with its first day."""
        return with_sample_since(settings.load())

    @property
    def zone(self) -> ZoneInfo:
        """The local zone."""
        return self.settings.zone

    @cached_property
    def warehouse(self) -> "Warehouse":
        """The warehouse; the embedded server is started if that is the one."""
        from iku_etl.warehouse import database

        return database.warehouse(self.settings)

    @cached_property
    def pipeline(self) -> "Pipeline":
        """The stages in order."""
        from iku_etl.pipeline import Pipeline

        return Pipeline(self.settings, self.warehouse)


installation = Installation()


def sample_of(state: Path) -> dict[str, Any] | None:
    """Seed and first day of the sample that a state folder holds; None if it holds none."""
    path = state / SAMPLE
    found: dict[str, Any] | None = json.loads(path.read_text()) if path.exists() else None
    return found


def with_sample_since(found: "Settings") -> "Settings":
    """The settings, collecting from the sample's first day where there is a sample and nothing else is said."""
    sample = sample_of(found.state)
    if found.since is not None or sample is None:
        return found
    return replace(found, since=date.fromisoformat(sample["first_day"]))


def importable() -> "tuple[list[Source], list[str]]":
    """The sources that can be read, and a sentence about each that can't: one never takes down the others."""
    from iku_etl import catalogue

    found, problems = [], []
    for name in catalogue.source_names():
        try:
            found.append(catalogue.source(name))
        except DeclarationError as problem:
            problems.append(str(problem))
    return found, problems


def migrate(found: "Settings") -> tuple[list[str], list[str]]:
    """Bring the warehouse to the declarations; what was done, and what is wrong with sources that were left out."""
    from iku_etl.pipeline import Pipeline

    sources, problems = importable()
    return Pipeline(with_sample_since(found), installation.warehouse).migrate(sources), problems


def complain(sentences: Iterable[str]) -> None:
    """Print problems that did not stop the command, on stderr."""
    for sentence in sentences:
        click.echo(f"iku: {indonesian.plain(sentence)}", err=True)


def say_next() -> None:
    """The heading of what to type next; before it, once, how a terminal finds `iku`."""
    if shutil.which("iku") is None:
        indonesian.say("Sekali per terminal: . .venv/bin/activate (atau tulis .venv/bin/iku)")
    indonesian.say("Selanjutnya:", style="bold")


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
                last = datetime.combine(date.fromisoformat(value), time.max, zone)
                now = datetime.now(zone)
                return now if last.date() == now.date() else last  # today ends now
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} bukan waktu. Tulis seperti 2026-03-14 atau 2026-03-14T06:00.", param, ctx)
        return found if found.tzinfo else found.replace(tzinfo=zone)


def _past(ctx: click.Context, param: click.Parameter, value: datetime | None) -> datetime | None:
    if value is not None and value > datetime.now(UTC):
        raise click.BadParameter("waktu itu belum tiba; yang dapat dibaca hanya yang sudah diketahui.")
    return value


def _loaded(ctx: click.Context, param: click.Parameter, value: int | None) -> int | None:
    if value:
        with installation.warehouse.connect("auditor") as connection:
            row = connection.execute("select load_no from iku.load_counter").fetchone()
        newest = row["load_no"] if row else 0
        if value > newest:
            raise NotFound(f"muatan {value} belum ada; muatan terbaru {newest}. Lihat: iku batches.")
    return value


def put_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet; SettingError where it is: what somebody filled in is never overwritten."""
    try:
        with path.open("xb") as stream:
            stream.write(content)
    except FileExistsError:
        raise SettingError(f"{path} sudah ada; tidak ada yang ditimpa. Pilih nama lain dengan --out.") from None
    except OSError as problem:
        raise SettingError(f"{path} tidak dapat ditulis: {problem.strerror}. Pilih tempat lain dengan --out.") from None


def check_period(name: str) -> str:
    """The name of a period in capitals; SettingError with the format for anything else."""
    if not PERIOD.fullmatch(name.upper()):
        raise SettingError(f"{name!r} bukan periode. Tulis seperti 2026-01, 2026-TW1, 2026-S1, atau 2026.")
    return name.upper()


def check_batches(connection: "Connection", batch_ids: Iterable[int]) -> None:
    """Raise NotFound for a number that is no batch's."""
    wanted = list(batch_ids)
    rows = connection.execute("select batch_id from iku.batch where batch_id = any(%s::bigint [])", [wanted])
    missing = sorted(set(wanted) - {row["batch_id"] for row in rows})
    if missing:
        raise NotFound(f"batch {', '.join(map(str, missing))} tidak ada. Nomornya ada di: iku batches.")


def known_batches(batch_ids: "Sequence[int]") -> "list[Batch]":
    """The manifest rows of batches; NotFound for a number that is none's."""
    with installation.warehouse.connect("auditor") as connection:
        check_batches(connection, batch_ids)
    return installation.pipeline.batches(batch_ids)


def signed(function: Function) -> Function:
    """`--reason` and `--by`: no decision without them."""
    function = click.option("--by", required=True, callback=_by, help="Nama dan jabatan yang memutuskan.")(function)
    return click.option("--reason", required=True, callback=_reason, help="Alasan, satu kalimat.")(function)


def _by(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if len(value.strip()) < 2:
        raise click.BadParameter("tulis nama dan jabatan yang memutuskan.")
    return value.strip()


def _reason(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if len(value.strip()) < 5:
        raise click.BadParameter("tulis alasan dalam satu kalimat, paling sedikit lima huruf.")
    return value.strip()


def as_of_options(function: Function) -> Function:
    """`--as-of` and `--as-of-time`: everything as it was known then."""
    for option in (
        click.option("--as-of-time", type=Moment(), callback=_past, help="Keadaan yang diketahui pada waktu itu."),
        click.option("--as-of", type=click.IntRange(min=0), callback=_loaded, help="Keadaan sampai nomor muatan itu."),
    ):
        function = option(function)
    return function


def reading_options(function: Function) -> Function:
    """`--json`, `--as-of`, `--as-of-time`: every command that only reads has them."""
    as_json = click.option("--json", "as_json", is_flag=True, help="Keluaran JSON, angka persis sebagai teks.")
    return as_json(as_of_options(function))


def show_json(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(indonesian.encode(value))


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
    from iku_etl.scheduler import tasks

    if not windows:
        return [], None
    found = tasks.extract(pipeline, source.name, [window.label for window in windows])
    pipeline.validate_and_load(found.batch_ids)
    return pipeline.batches(found.batch_ids), found.problem


def show_batches(found: Sequence[Any]) -> None:
    """Print how batches ended."""
    rows = []
    for batch in found:
        ending = "superseded" if batch.ending == "in_force" and batch.superseded_by else batch.ending
        rows.append((
            str(batch.batch_id), batch.source, batch.window.label, indonesian.ENDINGS[ending],
            indonesian.plain(batch.load_no), indonesian.plain(batch.revision),
            indonesian.count(batch.loaded), indonesian.count(batch.quarantined),
            batch.reason or "",
        ))  # fmt: skip
    columns = ("batch>", "sumber", "jendela", "akhir", "muatan>", "revisi>", "termuat>", "karantina>", "alasan")
    indonesian.table(columns, rows)
