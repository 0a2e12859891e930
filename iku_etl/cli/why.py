"""`iku why`: what a published figure moved by, cause by cause, exactly."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from iku_etl import indonesian
from iku_etl.cli._click import command
from iku_etl.cli._installation import installation
from iku_etl.cli._options import check_period
from iku_etl.cli._terminal import complain, say, show_json, table
from iku_etl.figures import causes, differences, wording
from iku_etl.warehouse.database import Row

if TYPE_CHECKING:
    from iku_etl.figures import export
    from iku_etl.pipeline import End, Why
    from iku_etl.stages.trace import MemberMove, Part, Step

MEMBERS_SHOWN = 10  # of a step; --csv and --json have all
EVENTS_SHOWN = 5
MEMBER_NUMBERS = {"numerator": "pembilang", "denominator": "penyebut", "seen": "teramati", "due": "jatuh tempo"}
COLUMNS = ("bagian", "hal", "masa", "anggota", "nama", "dari", "menjadi", "selisih", "alasan", "karena")


@command()
@click.argument("indicator", metavar="INDIKATOR")
@click.argument("period", metavar="PERIODE")
@click.option("--between", nargs=2, metavar="P1 P2",
              help="Dua nomor (1 2), atau dua terbitan (t41 t57); tanpa ini dua baris terbaru.")  # fmt: skip
@click.option("--csv", "shape", type=click.Choice(["office", "machine"]),
              help="CSV untuk kantor (; dan koma, dua angka) atau untuk program (semua angka, titik).")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Keluaran JSON, angka persis sebagai teks.")
def why(indicator: str, period: str, between: tuple[str, str] | None, shape: str | None, as_json: bool) -> int:
    """Mengapa angka berubah. Selisih dua terbitan dibagi menurut sebabnya; bagiannya berjumlah tepat selisihnya.

    Kode keluar 1 bila salah satu dari dua angka itu tidak cocok dengan hitungan ulangnya.
    """
    ends = (_end(between[0]), _end(between[1])) if between else None
    with _bar() as told:
        found = installation.pipeline.why(indicator.upper(), check_period(period), ends, told)
    if as_json:
        show_json(as_plain(found))
    elif shape:
        from iku_etl.figures import export

        click.echo(export.csv_bytes(cells(found), COLUMNS, for_machines=shape == "machine"), nl=False)
    else:
        show(found)
    complain(_unproven(row) for row in found.unproven)
    return 1 if found.unproven else 0


def _end(text: str) -> "End":
    from iku_etl.pipeline import End

    if not re.fullmatch(r"t?[0-9]{1,9}", text):
        raise click.BadParameter(f"{text!r} bukan nomor (1) dan bukan terbitan (t41).", param_hint="--between")
    return End(publication_id=int(text[1:])) if text.startswith("t") else End(revision=int(text))


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr where that is a terminal, gone when all is read."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("membaca keadaan")
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _unproven(row: Row) -> str:
    return (
        f"{row['indicator']} {row['period']}, nomor {row['revision']}: yang terbit tidak cocok dengan hitungan"
        f" ulangnya. Lihat: iku trace {row['indicator']} {row['period']} --revision {row['revision']}."
    )


# ---------------------------------------------------------------- a terminal


def show(found: "Why") -> None:
    """Print the two ends, the parts with what each moved, then a table of members for each part."""
    from iku_etl.pipeline import told_definitions

    form = found.header["form"]
    say(f"{found.after['indicator']} {indonesian.period(found.after['period'])}  {found.header['title']}", style="bold")
    if found.before is None:
        say("baru terbit sekali: tidak ada terbitan sebelumnya yang berbeda.")
    else:
        _show_parts(found, form)
    for sentence in told_definitions(found):
        say(f"{sentence}.")
    for part in found.parts:
        _show_part(part, form)


def _show_parts(found: "Why", form: str) -> None:
    assert found.before is not None  # asked by show
    names = list(causes.MEASURES)
    rows = [("semula", *(_number(name, found.before[name], form) for name in names))]
    for part in found.parts:
        rows.append((causes.NAMES[part.cause], *(_amount(part, name, form) for name in names)))
    rows.append(("menjadi", *(_number(name, found.after[name], form) for name in names)))
    titles = ("", *(f"{title}>" for title in causes.MEASURES.values()))
    table(titles, rows, title=f"{_named(found.before)} sampai {_named(found.after)}",
          dropped=("target>", "capaian>", "batas bawah>", "batas atas>"))  # fmt: skip
    if not found.parts:
        say("tidak ada yang berubah di antaranya.")


def _amount(part: "Part", name: str, form: str) -> str:
    amount = part.amounts[name]
    return differences.moved(name, amount.moved, amount.appeared, form)


def _named(row: Row) -> str:
    moment = indonesian.moment(row["as_of_time"], installation.zone)
    return f"nomor {row['revision']} (terbitan {row['publication_id']}, muatan {row['as_of']}, {moment})"


def _number(name: str, value: object, form: str) -> str:
    return differences.shown(name, value, form)


def _show_part(part: "Part", form: str) -> None:
    say()
    say(f"{causes.NAMES[part.cause]}: {causes.MEANINGS[part.cause]}", style="bold")
    for step in part.steps:
        moved = [
            f"{causes.MEASURES[name]} {_number(name, was, form)} menjadi {_number(name, is_now, form)}"
            for name, (was, is_now) in step.columns.items()
            if name in causes.MEASURES
        ]
        said = ", ".join(title for name, title in causes.SAYINGS.items() if name in step.columns)
        say("; ".join(moved) or f"tidak ada bilangan yang berubah, hanya {said}", indent=2)
        for event in step.events[:EVENTS_SHOWN]:
            say(f"karena {causes.told_event(event)}", indent=2)
        if len(step.events) > EVENTS_SHOWN:
            say(f"dan {indonesian.count(len(step.events) - EVENTS_SHOWN)} lainnya (--json)", indent=2)
        _show_members(step)


def _show_members(step: "Step") -> None:
    if not step.members:
        return
    table(
        ("periode", "anggota", "pembilang>", "penyebut>", "teramati>", "alasan"),
        [
            (
                indonesian.period(move.period), move.name, _from_to(move, "numerator"),
                _from_to(move, "denominator"), _seen(move), _reason(move),
            )
            for move in step.members[:MEMBERS_SHOWN]
        ],
        indent=2,
    )  # fmt: skip
    if len(step.members) > MEMBERS_SHOWN:
        more = indonesian.count(len(step.members) - MEMBERS_SHOWN)
        say(f"dan {more} anggota lain (--csv office)", indent=2)


def _from_to(move: "MemberMove", name: str) -> str:
    was, is_now = (
        indonesian.ABSENT if row is None else indonesian.count(row[name]) for row in (move.before, move.after)
    )
    return was if was == is_now else f"{was} menjadi {is_now}"


def _seen(move: "MemberMove") -> str:
    was, is_now = (
        indonesian.ABSENT if row is None else indonesian.share(row["seen"], row["due"])
        for row in (move.before, move.after)
    )
    return was if was == is_now else f"{was} menjadi {is_now}"


def _reason(move: "MemberMove") -> str:
    return wording.told(move.after["reason"] or "") if move.after else "bukan anggota lagi"


# ---------------------------------------------------------------- files


def cells(found: "Why") -> list[tuple["export.Cell", ...]]:
    """A row for each measure of a part, whose `selisih` add up to the difference; then one a number of a member."""
    from iku_etl.figures import export

    made: list[tuple[export.Cell, ...]] = []
    for part in found.parts:
        name = causes.NAMES[part.cause]
        because = "; ".join(map(causes.told_event, part.events))
        for measure, title in causes.MEASURES.items():
            if amount := part.amounts[measure]:
                first, last = part.steps[0].before[measure], part.steps[-1].after[measure]
                ends = (first, last) if len(part.steps) == 1 else (None, None)
                made.append((name, title, None, None, None, *ends, amount.moved, None, export.safe(because)))
        for step in part.steps:
            made += [row for move in step.members for row in _member_cells(name, move)]
    return made


def _member_cells(cause: str, move: "MemberMove") -> Iterator[tuple["export.Cell", ...]]:
    from iku_etl.figures import export
    from iku_etl.pipeline import difference

    for name, title in MEMBER_NUMBERS.items():
        was, is_now = (None if row is None else row[name] for row in (move.before, move.after))
        if was != is_now:
            change = difference(was, is_now).moved
            yield (
                cause, f"{title} anggota", move.period, export.safe(move.member), export.safe(move.name), was, is_now,
                change, export.safe(_reason(move)), None,
            )  # fmt: skip


def as_plain(found: "Why") -> dict[str, object]:
    """All of it as JSON holds it, with what each part moved."""
    return {
        "before": found.before,
        "after": found.after,
        "amounts": found.amounts,
        "parts": [
            {
                "cause": part.cause,
                "name": causes.NAMES[part.cause],
                "amounts": part.amounts,
                "steps": [{"columns": step.columns, "step": step} for step in part.steps],
            }
            for part in found.parts
        ],
        "redefined": found.redefined,
        "unproven": found.unproven,
    }
