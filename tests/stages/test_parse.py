"""Payloads become typed records: numbered, placed, never guessed; a column that is not as declared ends the batch."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Date, DateTime, Integer, Numeric, Text

from iku_etl.errors import ContractError
from iku_etl.model import KeptPayload, Records, Rows, Source
from iku_etl.records import identity
from iku_etl.stages import parse
from iku_etl.window import Window, window_named

WINDOW = window_named("day", "2026-03-14", ZoneInfo("Asia/Jakarta"))
COLUMNS = (
    Column("site", Text, nullable=False, comment="host"),
    Column("latency_ms", Integer, comment="milliseconds"),
    Column("budget", Numeric, comment="rupiah"),
    Column("seen_on", Date, comment="day"),
    Column("up", Boolean, comment="up"),
    Column("checked_at", DateTime(timezone=True), comment="when"),
)
GOOD = {
    "site": ["a.go.id", " b.go.id\u00a0", "c.go.id"],
    "latency_ms": ["12", "-", "1500"],
    "budget": ["1.500.000,50", "", "7"],
    "seen_on": ["14/03/2026", "14 Maret 2026", "2026-03-14"],
    "up": ["ya", "tidak", None],
    "checked_at": ["2026-03-14T07:00:00+07:00", None, "2026-03-14T00:00:00Z"],
}


def payload(number: int = 1) -> KeptPayload:
    return KeptPayload(number, f"berkas{number}.csv", "text/csv", f"{number:064x}", 1, Path("nowhere"))


def table(columns: Mapping[str, Any]) -> pa.Table:
    count = max((len(values) for values in columns.values()), default=0)
    return pa.table({"place": [f"baris {row}" for row in range(2, count + 2)], **columns})


def source(*answers: Mapping[str, Any] | Rows, columns: Any = COLUMNS, **more: Any) -> Source:
    """A source whose every payload gives these tables."""

    def read(_: KeptPayload, __: Window) -> Iterator[Rows]:
        for answer in answers:
            yield answer if isinstance(answer, Rows) else Rows(table(answer))

    fields: dict[str, Any] = {
        "title": "Contoh", "owner": "Seksi Contoh", "kind": "events", "since": date(2026, 1, 1), "grid": "day",
        "schedule": "0 1 * * *", "version": 1, "privacy": "public", "key": ("site",), "expectations": (),
        "name": "contoh", "parse": read,
    }  # fmt: skip
    return Source(columns=columns, **(fields | more))


def parsed(made: Source, payloads: int = 1) -> list[Records]:
    return list(parse.records(made, [payload(number) for number in range(1, payloads + 1)], WINDOW))


def only(made: Source) -> Records:
    (found,) = parsed(made)
    return found


def test_cells_are_typed_as_declared() -> None:
    found = only(source(GOOD))
    assert found.problems == ()
    first, second, third = found.table.drop_columns(["place"]).to_pylist()
    assert first["seen_on"] == second["seen_on"] == third["seen_on"] == date(2026, 3, 14)
    assert first["checked_at"] == third["checked_at"] == datetime(2026, 3, 14, tzinfo=UTC)
    assert (second["site"], second["latency_ms"], second["budget"], second["up"]) == ("b.go.id", None, None, False)
    assert str(first["budget"]).startswith("1500000.5")


def test_records_are_numbered_over_all_payloads_and_pieces() -> None:
    found = parsed(source(GOOD, GOOD), payloads=2)
    numbers = [number for piece in found for number in piece.table["record_no"].to_pylist()]
    assert numbers == list(range(1, 13))
    assert [piece.table["payload_no"][0].as_py() for piece in found] == [1, 1, 2, 2]
    assert found[0].table["place"][1].as_py() == "baris 3"


def test_a_large_answer_comes_in_bounded_pieces() -> None:
    count = parse.CHUNK_ROWS + 1
    found = parsed(source({"site": ["a"] * count}))
    assert [len(piece.table) for piece in found] == [parse.CHUNK_ROWS, 1]


def test_an_ambiguous_number_is_a_problem_that_says_what_to_do() -> None:
    (problem,) = only(source(GOOD | {"latency_ms": ["1.234", "5", "6"]})).problems
    assert (problem.record_no, problem.column, problem.text) == (1, "latency_ms", "1.234")
    assert problem.message == (
        'kolom latency_ms: "1.234" bisa berarti 1234 atau 1.234. Tulis 1234 bila ribuan, 1.2340 bila pecahan.'
    )


def test_values_of_columns_that_are_not_public_are_never_quoted() -> None:
    found = only(source(GOOD | {"latency_ms": ["1.234", "5", "6"]}, privacy="internal"))
    assert "1.234" not in found.problems[0].message
    assert "tidak dapat dibaca sebagai bilangan bulat" in found.problems[0].message


def test_an_empty_cell_of_a_required_column_is_a_problem() -> None:
    found = only(source(GOOD | {"site": ["a", "-", "\u00a0"]}))
    assert [problem.record_no for problem in found.problems] == [2, 3]
    assert found.problems[0].message == "kolom site: kosong, padahal wajib diisi. Lengkapi di sumbernya."


def test_an_unknown_column_is_said_once_and_not_loaded() -> None:
    found = parsed(source(GOOD | {"catatan": ["x"] * 3}, GOOD | {"catatan": ["x"] * 3}))
    assert [piece.unknown_columns for piece in found] == [("catatan",), ()]
    assert "catatan" not in found[0].table.column_names


def test_a_missing_nullable_column_is_null_and_said() -> None:
    found = only(source({name: values for name, values in GOOD.items() if name != "budget"}))
    assert found.missing_columns == ("budget",)
    assert found.table["budget"].to_pylist() == [None] * 3


def test_a_missing_required_column_ends_the_batch() -> None:
    with pytest.raises(ContractError) as caught:
        parsed(source({name: values for name, values in GOOD.items() if name != "site"}))
    for part in ("contoh 2026-03-14: payload 1 (berkas1.csv", "kolom site tidak ada", "headings", "Seksi Contoh"):
        assert part in str(caught.value)
    assert caught.value.code == "missing_column"


def test_a_retyped_column_ends_the_batch() -> None:
    with pytest.raises(ContractError) as caught:
        parsed(source(GOOD | {"latency_ms": ["cepat", "lambat", "-"]}))
    assert "kolom latency_ms berganti jenis; tidak satu pun dari 2 nilainya" in str(caught.value)
    assert caught.value.code == "retyped_column"


def test_a_column_is_retyped_over_its_payload_and_not_over_one_piece() -> None:
    bad = GOOD | {"latency_ms": ["cepat", "lambat", "-"]}
    assert len(parsed(source(bad, GOOD))) == 2
    assert only(source(GOOD | {"latency_ms": ["cepat", "-", "-"]})).problems, "one bad cell is a bad record"


def test_an_empty_answer_says_nothing_about_columns() -> None:
    found = only(source(Rows(pa.table({"place": pa.array([], pa.string())}), {"baris jumlah": 1})))
    assert (len(found.table), found.declared_out) == (0, {"baris jumlah": 1})


def test_a_register_file_without_a_row_is_said_by_name() -> None:
    empty = {name: [] for name in GOOD}
    assert [piece.warnings for piece in parsed(source(empty, is_register=True))] == [
        (),
        ("berkas berkas1.csv: 0 baris, hanya judul kolomnya",),
    ]
    nil = Rows(table(empty), {"baris nihil": 1})  # somebody said that there is nothing
    for answer in (nil, GOOD):
        assert not any(piece.warnings for piece in parsed(source(answer, is_register=True)))
    assert not any(piece.warnings for piece in parsed(source(empty)))


def test_what_a_reader_dies_of_names_the_payload() -> None:
    def torn(_: KeptPayload, __: Window) -> Iterator[Rows]:
        raise KeyError("data")
        yield

    with pytest.raises(ContractError, match=r"contoh 2026-03-14: payload 1 \(berkas1.csv.*tidak dapat dibaca"):
        parsed(replace(source(), parse=torn))


# ---------------------------------------------------------------- hash and fingerprint


def test_the_hash_is_of_the_typed_content_and_of_what_could_not_be_read() -> None:
    made = source()
    row = {"site": "a", "latency_ms": 12, "budget": None}
    assert identity.record_hash(made, row) == identity.record_hash(
        made, {"latency_ms": 12, "site": "a", "record_no": 9}
    )
    assert identity.record_hash(made, row) != identity.record_hash(made, row | {"latency_ms": 13})
    unread = {"site": "a", "latency_ms": None}
    assert len({identity.record_hash(made, unread, {"latency_ms": text}) for text in ("1.234", "1,234")}) == 2


def test_the_hash_is_the_same_for_ever() -> None:
    known = "482dcf0c3688e38e823992799318bd1e4c7a8877bf78cfe63c8252eec80abe0f"
    row = {"site": "a.go.id", "latency_ms": 12, "seen_on": date(2026, 3, 14), "checked_at": WINDOW.start}
    assert identity.record_hash(source(), row) == known


ROWS = st.lists(
    st.tuples(st.text("abc", max_size=4), st.none() | st.integers(-9, 9), st.none() | st.booleans()),
    unique_by=lambda row: row[0],
    max_size=20,
)


def _typed(rows: list[Any]) -> pa.Table:
    schema = pa.schema([("site", pa.string()), ("latency_ms", pa.int32()), ("up", pa.bool_())])
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)


SMALL = tuple(column for column in COLUMNS if column.name in ("site", "latency_ms", "up"))


@given(ROWS, st.randoms(), st.integers(0, 20))
def test_the_fingerprint_does_not_see_order_or_pieces(rows: list[Any], random: Any, cut: int) -> None:
    made = source(columns=SMALL)
    mixed = rows[:]
    random.shuffle(mixed)
    whole = identity.fingerprint(made, [_typed(rows)])
    assert identity.fingerprint(made, [_typed(mixed[:cut]), _typed(mixed[cut:])]) == whole


@given(ROWS.filter(len))
def test_the_fingerprint_sees_every_change(rows: list[Any]) -> None:
    made = source(columns=SMALL)
    site, latency, up = rows[-1]
    others = [(site, 77, up), (site, latency, not up), (f"{site}d", latency, up)]
    found = {identity.fingerprint(made, [_typed([*rows[:-1], other])]) for other in [rows[-1], *others]}
    assert len(found | {identity.fingerprint(made, [_typed(rows[:-1])])}) == 5


def test_the_fingerprint_is_the_same_on_disk_and_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    made = source(columns=SMALL)
    rows = [_typed([(f"{row}.go.id", row if row % 3 else None, bool(row % 2))]) for row in range(500)]
    known = "4bd398df8ef8a9fae7ae93bc6d4b90af17514cbacf4a6238a09bf7744bf813f4"
    in_memory = identity.fingerprint(made, rows)
    monkeypatch.setattr(identity, "SPILL_BYTES", 1000)
    assert identity.fingerprint(made, rows) == in_memory == known
