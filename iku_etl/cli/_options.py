"""What options mean: moments, the as-of pair, periods, reason and name of a decision."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from iku_etl.cli._installation import installation
from iku_etl.errors import NotFound, SettingError
from iku_etl.window import moment_of

Function = TypeVar("Function", bound=Callable[..., Any])
PERIOD = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2]|TW[1-4]|S[12]))?")


class Moment(click.ParamType):  # type: ignore[type-arg]  # generic in the stubs only
    """`2026-03-14T06:00` or `2026-03-14` (the end of that day), local unless it names a zone."""

    name = "waktu"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        zone = installation.zone
        try:
            return moment_of(value, zone, datetime.now(zone))
        except ValueError:
            self.fail(f"{value!r} bukan waktu. Tulis seperti 2026-03-14 atau 2026-03-14T06:00.", param, ctx)


def past(ctx: click.Context, param: click.Parameter, value: datetime | None) -> datetime | None:
    """A moment that has come; BadParameter for one that has not."""
    if value is not None and value > datetime.now(UTC):
        raise click.BadParameter("waktu itu belum tiba; yang dapat dibaca hanya yang sudah diketahui.")
    return value


def _loaded(ctx: click.Context, param: click.Parameter, value: int | None) -> int | None:
    if value:
        from iku_etl.manifest import listing

        with installation.warehouse.connect("auditor") as connection:
            newest = listing.newest_load_no(connection)
        if value > newest:
            raise NotFound(f"muatan {value} belum ada; muatan terbaru {newest}. Lihat: iku batches.")
    return value


def check_period(name: str) -> str:
    """The name of a period in capitals; SettingError with the format for anything else."""
    if not PERIOD.fullmatch(name.upper()):
        raise SettingError(f"{name!r} bukan periode. Tulis seperti 2026-01, 2026-TW1, 2026-S1, atau 2026.")
    return name.upper()


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
        click.option("--as-of-time", type=Moment(), callback=past, help="Keadaan yang diketahui pada waktu itu."),
        click.option("--as-of", type=click.IntRange(min=0), callback=_loaded, help="Keadaan sampai nomor muatan itu."),
    ):
        function = option(function)
    return function


def reading_options(function: Function) -> Function:
    """`--json`, `--as-of`, `--as-of-time`: every command that only reads has them."""
    as_json = click.option("--json", "as_json", is_flag=True, help="Keluaran JSON, angka persis sebagai teks.")
    return as_json(as_of_options(function))
