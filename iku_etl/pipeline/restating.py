"""After a publication: why a row stands beside an approved one, told by a trace and written down."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from iku_etl import indonesian
from iku_etl.figures import restatements
from iku_etl.figures.restatements import Restatement
from iku_etl.stages import trace
from iku_etl.stages.trace import Change, told_change
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Warehouse

SHOWN = 3  # sources in the public sentence


def record(warehouse: Warehouse) -> list[Restatement]:
    """Write down why each row came that followed an approved revision; those that were not told before.

    It comes after the publication and may be killed in between: the next one tells what is left.
    """
    made = []
    with warehouse.connect("auditor") as auditor:
        with database.reading(auditor):
            untold, owners = restatements.untold(auditor), restatements.owners(auditor)
        for row in untold:
            change = trace.change_of_row(auditor, row["indicator"], row["period"], row["figure_id"])
            made.append(Restatement(row["figure_id"], _because(change), _publicly(change), _by(change, owners)))
    if made:
        with warehouse.connect("publisher") as publisher:
            for each in made:
                restatements.record(publisher, each)
    return made


def _because(change: Change) -> str:
    """What moved; that it restates an approved row is said by whoever shows it."""
    return told_change(replace(change, before=change.before and change.before | {"approved_revision": None}))


def _publicly(change: Change) -> str:
    """The sources and their windows, or what else it was."""
    named = list(dict.fromkeys(
        f"{row['title']} {indonesian.window(row['window_on'], row['grid'])}" for row in (*change.batches, *change.gone)
    ))  # fmt: skip
    more = f", dan {indonesian.count(len(named) - SHOWN)} lainnya" if len(named) > SHOWN else ""
    parts = [
        f"data {', '.join(named[:SHOWN])}{more}" if named else "",
        "keputusan" if change.decisions else "",
        "definisi baru" if change.is_redefined else "",
    ]
    return ", ".join(filter(None, parts)) or "waktu berjalan"


def _by(change: Change, owners: Mapping[str, str]) -> str:
    """Who decided; else who owns what came; else nobody."""
    persons = _each(row["decided_by"] for row in change.decisions)
    sources = _each(owners[row["source"]] for row in (*change.batches, *change.gone))
    return persons or sources or ("definisi baru" if change.is_redefined else "perhitungan malam, tanpa data baru")


def _each(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(indonesian.plain(name) for name in names))
