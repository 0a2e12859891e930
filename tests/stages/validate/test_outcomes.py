"""The judge: three outcomes, and of every one a sentence that says where and why."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import kit
import pyarrow as pa
import pytest
from judge_kit import COLUMNS, SUITE, WINDOW, check, judge, payload, rows, source
from sqlalchemy import Column

from iku_etl.model import warn_unregistered


def test_good_records_load_in_their_order_with_exact_types(out: Path) -> None:
    found = judge(out, source(rows({}, {"budget": "0,1"}, {"latency_ms": "-", "cause": ""})))
    assert (found.is_ok, found.read, found.loaded, found.quarantined, found.declared_out) == (True, 4, 3, 0, 1)
    assert all(one.success for one in found.checks)
    table = pa.concat_tables(found.pieces())
    assert table.column_names == ["record_no", "payload_no", *(column.name for column in COLUMNS)]
    assert table.schema.field("record_no").type == pa.int32()
    assert table.schema.field("checked_at").type == pa.timestamp("us", "UTC")
    assert table["budget"].to_pylist()[1] == Decimal("0.1")
    assert table["record_no"].to_pylist() == [1, 2, 3]
    assert found.suite_version == "great_expectations 1.24.1"


def test_a_record_that_breaks_a_rule_is_set_aside_with_its_reasons(out: Path) -> None:
    found = judge(out, source(rows({}, {"latency_ms": "5000", "cause": "apa"}, {"latency_ms": "1.234"})))
    assert (found.loaded, found.quarantined) == (1, 2)
    broken, unread = found.quarantine
    assert broken.rules == ("ExpectColumnValuesToBeBetween:latency_ms", "ExpectColumnValuesToBeInSet:cause")
    assert (broken.record_no, broken.payload_no, broken.place) == (2, 1, "baris 3")
    assert broken.record_key == {"site": "b.go.id", "checked_at": "2026-03-14T01:00:00+00:00"}
    assert broken.public_values["latency_ms"] == 5000
    assert unread.rules == ("parse:latency_ms",)
    assert '"1.234" bisa berarti 1234 atau 1.234' in unread.message
    result = check(found, "ExpectColumnValuesToBeInSet", "cause")
    assert (result.evaluated, result.unexpected, result.success) == (2, 1, False)


def test_a_broken_stop_rule_rejects_the_batch_in_a_whole_sentence(out: Path) -> None:
    found = judge(out, source(rows({}), rows({"site": "B!"}, {"site": "C!"})), payloads=2)
    assert found.error_code == "stopped"
    assert found.rejected_because == (
        'contoh 2026-03-14: tidak memenuhi "Site: berpola ^[a-z.]+$". 2 dari 3 rekaman;'
        " yang pertama: payload 2, baris 2. Perbaiki di sumber (Seksi Contoh), atau ubah deklarasinya bila memang"
        " berubah."
    )


def test_a_warning_is_reported_and_nothing_else(out: Path) -> None:
    found = judge(out, source(rows({"budget": "-5"}, {"since": "2019-01-01"})))
    assert (found.is_ok, found.loaded) == (True, 2)
    assert not check(found, "ExpectColumnValuesToBeBetween", "budget").success
    assert not check(found, "ExpectColumnValuesToBeBetween", "since").success
    (budget, since) = found.warnings
    assert "Budget" in budget and budget.endswith("1 dari 2 rekaman; yang pertama: payload 1, baris 2")
    assert "Since" in since and since.endswith("1 dari 2 rekaman; yang pertama: payload 1, baris 3")


def test_an_unregistered_value_loads_and_is_named(out: Path) -> None:
    made = source(rows({}, {}), expectations=(*SUITE, warn_unregistered("site", "website")))
    found = judge(out, made, registers={"website": frozenset({"a.go.id"})})
    assert found.loaded == 2
    assert check(found, "Unregistered", "site").unexpected == 1
    assert found.warnings[0] == '1 nilai Site belum ada di "Daftar situs web" (b.go.id)'


def test_an_unknown_column_is_reported_and_not_loaded(out: Path) -> None:
    found = judge(out, source(rows({"catatan": "rahasia"})))
    assert found.is_ok
    assert found.unknown_columns == ("catatan",)
    assert "kolom catatan tidak dideklarasikan, tidak dimuat" in found.warnings
    assert b"rahasia" not in out.read_bytes()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([{"site": "a.go.id"}], "kolom checked_at tidak ada; yang ada: site"),
        (rows({"up": "naik"}, {"up": "turun"}), "kolom up berganti jenis; tidak satu pun dari 2 nilainya"),
    ],
)
def test_a_missing_or_retyped_column_rejects_the_batch(out: Path, answer: Any, said: str) -> None:
    found = judge(out, source(answer))
    assert found.rejected_because is not None
    assert said in found.rejected_because
    assert found.rejected_because.startswith("contoh 2026-03-14: payload 1 (berkas1.csv, sha256 000000000000…)")


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("since", "31/02/2026", "tidak ada di kalender"), ("latency_ms", "NaN", "bukan bilangan berhingga"),
        ("latency_ms", "+Inf", "bukan bilangan berhingga"), ("budget", "1,234", "bisa berarti 1234 atau 1,234"),
        ("site", "-", "kosong, padahal wajib diisi"), ("checked_at", "2026-03-14T08:00:00", "tanpa zona waktu"),
        ("checked_at", "2026-03-15T00:00:00+07:00", "di luar jendela 2026-03-14"),
        ("checked_at", "2126-03-14T08:00:00+07:00", "di luar jendela 2026-03-14"),
        ("checked_at", "2026-03-13T23:59:59+07:00", "di luar jendela 2026-03-14"),
        ("cause", "a\0b", "karakter kendali"),
    ],
)  # fmt: skip
def test_a_bad_cell_costs_its_record_and_no_other(out: Path, column: str, value: str, said: str) -> None:
    found = judge(out, source(rows({}, {column: value}, {})))
    assert (found.is_ok, found.loaded, found.quarantined) == (True, 2, 1)
    assert said in found.quarantine[0].message
    assert column in found.quarantine[0].message


def test_what_has_not_happened_yet_is_set_aside(out: Path) -> None:
    made = source(rows({}, {"checked_at": "2026-03-14T20:00:00+07:00"}))
    kept = [payload()]
    found = kit.judge(made, WINDOW, kept, out, now=datetime(2026, 3, 14, 5, tzinfo=UTC))
    assert [row.record_no for row in found.quarantine] == [2]


def test_values_that_are_not_public_are_kept_nowhere_but_in_the_records(out: Path) -> None:
    columns = tuple(
        Column(column.name, column.type, nullable=column.nullable, comment=column.comment, info={"privacy": "token"})
        if column.name == "cause"
        else column
        for column in COLUMNS
    )
    found = judge(out, source(rows({}, {"cause": "NIK1701010101010001"}, {"cause": "b\0x"}), columns=columns))
    assert found.quarantined == 2
    assert "1701" not in repr(found)
    assert b"1701" not in out.read_bytes()
    assert all("cause" not in row.public_values for row in found.quarantine)
