"""Random histories of an indicator's example files: loads in parts, revisions, deeds of people, rules, targets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import given
from examples_kit import EXAMPLES, READ_ON
from hypothesis import strategies as st
from psycopg import sql

from iku_etl.manifest import decisions
from iku_etl.stages import publish
from iku_etl.stages.trace import End, Why, why
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Warehouse, one

Cell = tuple[str, str]  # source, window_on
ABOUT = {"month": "2026-01", "triwulan": "2026-TW1", "semester": "2026-S1"}


@dataclass(frozen=True)
class Files:
    """What lies in an indicator's folder: rows that load and rows that are set aside, by source and window."""

    rows: dict[Cell, list[dict[str, Any]]]
    set_aside: dict[Cell, list[dict[str, Any]]]

    @classmethod
    def of(cls, name: str) -> "Files":
        rows: dict[Cell, list[dict[str, Any]]] = {}
        set_aside: dict[Cell, list[dict[str, Any]]] = {}
        for path in sorted((EXAMPLES / name).glob("given_*.csv")):
            source = path.stem.removeprefix("given_")
            into = set_aside if source.startswith("quarantine_") else rows
            for window_on, found in given.from_csv(path).items():
                into[source.removeprefix("quarantine_"), window_on] = found
        return cls(rows, set_aside)


def is_day(source: str) -> bool:
    return source.endswith("_day")


def load(owner: Connection, files: Files, cell: Cell, keep: Callable[[int], bool], **how: Any) -> int:
    """One batch of a cell with the rows that are kept; the others of it are set aside."""
    source = cell[0].removesuffix("_day")
    rows = [row for number, row in enumerate(files.rows[cell]) if keep(number)]
    others = [row for number, row in enumerate(files.rows[cell]) if not keep(number)]
    aside = [*files.set_aside.get((source, cell[1]), ()), *([] if is_day(cell[0]) else others[:3])]
    return given.batch(
        owner, source, cell[1], () if is_day(cell[0]) else rows, roll_up=rows if is_day(cell[0]) else (),
        quarantined=aside, **how,
    )  # fmt: skip


def decide(owner: Connection, kind: str, batch_id: int, source: str) -> int:
    """A decision of a person about a batch, or about its first record that was set aside."""
    about: dict[str, Any] = {"batch_id": batch_id}
    if kind in ("release", "correction"):
        about = {"record_key": {}, "record_hash": "hash 1"}
    if kind == "correction":
        about["changes"] = {"name": "lain"}
    return decisions.decide(owner, kind, source=source, reason="sudah diperiksa", decided_by="Kepala Seksi", **about)


def in_force(owner: Connection, source: str, window_on: str) -> int | None:
    row = owner.execute(
        "select batch_id from iku.batch where source = %s and window_on = %s and ending = 'in_force'"
        " and superseded_by is null",
        [source, window_on],
    ).fetchone()
    return row and row["batch_id"]


def current(owner: Connection, code: str, definition: str) -> None:
    """Let a definition be the one that is published by."""
    owner.execute(
        sql.SQL(
            "create or replace view indicator.current as select {}::text as indicator, {}::text as definition"
        ).format(sql.Literal(code), sql.Literal(definition))
    )


@st.composite
def histories(draw: st.DrawFn, files: Files, base: str) -> list[tuple[Any, ...]]:
    """A list of deeds: loads of every cell in some order and in parts, deeds of people between them, publications."""
    cells = sorted(files.rows)
    order = draw(st.permutations(cells)) if draw(st.booleans()) else cells
    some = len(order) if len(order) <= 12 else draw(st.integers(len(order) - 6, len(order)))
    deeds: list[tuple[Any, ...]] = [("load", cell, draw(st.integers(0, 3))) for cell in order[:some]]
    extra = st.one_of(
        st.tuples(st.just("load"), st.sampled_from(cells), st.integers(0, 3)),
        st.tuples(st.sampled_from(("withdraw", "release", "correction", "instead_of")), st.sampled_from(cells)),
        st.tuples(st.just("parameter"), st.sampled_from((10, 80, 99)), st.sampled_from((30, 90, 400))),
        st.tuples(st.just("target"), st.integers(1, 120)),
        st.tuples(st.just("definition")),
    )
    for deed in draw(st.lists(extra, min_size=4, max_size=12)):
        deeds.insert(draw(st.integers(0, len(deeds))), deed)
    deeds.insert(draw(st.integers(0, 3)), ("parameter", 80, 90))
    days = draw(st.lists(st.sampled_from((-35, -20, -12, -10, -9, -5, -1, 0, 1, 20, 90)), min_size=3, max_size=5))
    places = sorted(draw(st.lists(st.integers(1, len(deeds)), min_size=len(days), max_size=len(days))), reverse=True)
    for place, day in zip(places, sorted(days, reverse=True), strict=True):
        deeds.insert(
            place, ("publish", READ_ON[ABOUT[base]] + timedelta(days=day), draw(st.sampled_from((0, 0, 0, 2))))
        )
    return [*deeds, ("publish", READ_ON[ABOUT[base]] + timedelta(days=91), 0)]


def live(warehouse: Warehouse, code: str, files: Files, deeds: list[tuple[Any, ...]], both: tuple[str, str]) -> None:
    """Do these deeds in a warehouse that holds nothing yet; `both`: the two definitions that take turns."""
    used = 0
    with warehouse.connect("owner") as owner, warehouse.connect("publisher") as publisher:
        current(owner, code, both[0])
        for kind, *how in deeds:
            if kind == "load":
                load(owner, files, how[0], lambda number, step=how[1]: step == 0 or number % (step + 1) != 0)
            elif kind == "parameter":
                given.batch(
                    owner, "parameter", "2026-01-01",
                    given.parameter_rows(coverage_floor_pct=how[0], content_max_age_days=how[1]),
                )  # fmt: skip
            elif kind == "target":
                given.batch(owner, "target", "2026-01-01", target_rows(code, how[0]))
            elif kind == "definition":
                used += 1
                current(owner, code, both[used % 2])
            elif kind == "publish":
                say(publisher, code, *how)
            else:
                _by_a_person(owner, files, kind, how[0])


def _by_a_person(owner: Connection, files: Files, kind: str, cell: Cell) -> None:
    source = cell[0].removesuffix("_day")
    batch_id = in_force(owner, source, cell[1])
    if batch_id is None:
        return
    decision = decide(owner, kind, batch_id, source)
    if kind != "withdraw":
        load(owner, files, cell, lambda number: True, instead_of=batch_id, decision_id=decision)


def target_rows(code: str, value: int) -> list[dict[str, Any]]:
    return [
        {"indicator": code, "period": period, "year": 2026, "value": value, "unit": unit, "legal_basis": "PK",
         "in_force_from": "2026-01-01"}
        for period in ("2026-01", "2026-TW1", "2026-S1", "2026") for unit in ("persen", "kunjungan")
    ]  # fmt: skip


def say(publisher: Connection, code: str, moment: datetime, behind: int = 0) -> None:
    """Publish what is known of an indicator up to a load; `behind`: so many loads are not looked at yet."""
    newest = one(publisher, "select coalesce(max(as_of), 0) as load_no from iku.publication")["load_no"]
    known = database.load_at(publisher, datetime.now(given.WIB) + timedelta(hours=1))
    publish.publish(publisher, max(newest, known - behind), moment, [code])


def figures(connection: Connection, code: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """(period, its published rows, oldest first)"""
    rows = connection.execute("select * from iku.figure where indicator = %s order by figure_id", [code]).fetchall()
    for period in sorted({row["period"] for row in rows}):
        yield period, [row for row in rows if row["period"] == period]


def between(connection: Connection, then: dict[str, Any], now: dict[str, Any]) -> Why:
    ends = (End(publication_id=then["publication_id"]), End(publication_id=now["publication_id"]))
    return why(connection, now["indicator"], now["period"], ends)
