"""The judge: three outcomes, everything counted, and no success that nobody proved."""

import json
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from sqlalchemy import Boolean, Column, Date, DateTime, Integer, Numeric, Text

from iku_etl.errors import DeclarationError
from iku_etl.model import (
    Decision,
    Expectation,
    KeptPayload,
    Rows,
    Source,
    quarantine,
    stop,
    warn,
    warn_unregistered,
)
from iku_etl.records import identity, verdict
from iku_etl.records.verdict import Verdict
from iku_etl.stages import validate
from iku_etl.stages.validate import suite, trial
from iku_etl.window import Window, window_named

ZONE = ZoneInfo("Asia/Jakarta")
WINDOW = window_named("day", "2026-03-14", ZONE)
NOW = datetime(2026, 3, 16, tzinfo=UTC)
COLUMNS = (
    Column("site", Text, nullable=False, comment="host"),
    Column("checked_at", DateTime(timezone=True), nullable=False, comment="when"),
    Column("latency_ms", Integer, comment="milliseconds"),
    Column("up", Boolean, comment="up"),
    Column("cause", Text, comment="why down"),
    Column("budget", Numeric, comment="rupiah"),
    Column("since", Date, comment="managed from"),
)
SUITE = (
    stop("ExpectTableRowCountToBeBetween", min_value=1),
    quarantine("ExpectColumnValuesToBeBetween", column="latency_ms", min_value=0, max_value=1000),
    quarantine("ExpectColumnValuesToBeInSet", column="cause", value_set=["tls", "dns"]),
    stop("ExpectColumnValuesToMatchRegex", column="site", regex=r"^[a-z.]+$"),
    warn("ExpectColumnValuesToBeBetween", column="budget", min_value=0),
    warn("ExpectColumnValuesToBeBetween", column="since", min_value=date(2020, 1, 1)),
)


def rows(*changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Good records of the window, one a change."""
    return [
        {
            "site": f"{chr(97 + number)}.go.id", "checked_at": "2026-03-14T08:00:00+07:00", "latency_ms": "100",
            "up": "ya", "cause": "tls", "budget": "5", "since": "2026-01-01",
        }
        | change
        for number, change in enumerate(changes)
    ]  # fmt: skip


def source(*answers: Any, expectations: Any = SUITE, columns: Any = COLUMNS, **more: Any) -> Source:
    """A source whose payload number n gives the n-th answer: records as text, or Rows."""

    def read(payload: KeptPayload, _: Window) -> Iterator[Rows]:
        answer = answers[payload.payload_no - 1]
        if isinstance(answer, Rows):
            yield answer
            return
        names = list(dict.fromkeys(name for row in answer for name in row))
        places = [f"baris {number}" for number in range(2, len(answer) + 2)]
        made = {name: pa.array([row.get(name) for row in answer]) for name in names}
        yield Rows(pa.table({"place": pa.array(places, pa.string()), **made}), {"baris jumlah": 1})

    fields: dict[str, Any] = {
        "title": "Contoh", "owner": "Seksi Contoh", "kind": "events", "since": date(2026, 1, 1), "grid": "day",
        "schedule": "0 1 * * *", "version": 1, "privacy": "public", "key": ("site", "checked_at"), "name": "contoh",
        "columns": columns, "expectations": expectations, "parse": read,
    }  # fmt: skip
    return Source(**(fields | more))


def payload(number: int = 1) -> KeptPayload:
    return KeptPayload(number, f"berkas{number}.csv", "text/csv", f"{number:064x}", 1, Path("nowhere"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "judged" / "1.parquet"


def judge(out: Path, made: Source, decisions: Any = (), payloads: int = 1, **more: Any) -> Verdict:
    kept = [payload(number) for number in range(1, payloads + 1)]
    found = validate.judge(made, WINDOW, kept, decisions, out, now=NOW, **more)
    assert verdict.read(out) == found, "what is kept is what was found"
    if found.is_ok:
        assert found.read == found.loaded + found.quarantined + found.declared_out
        assert sum(len(piece) for piece in found.pieces()) == found.loaded
    else:
        assert sum(len(piece) for piece in found.pieces()) == 0
    assert [path.name for path in out.parent.iterdir()] == [out.name], "nothing is left beside the result"
    return found


def check(found: Verdict, name: str, column: str | None = None) -> verdict.Check:
    return next(one for one in found.checks if one.expectation == name and one.column_name == column)


# ---------------------------------------------------------------- three outcomes


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
        'contoh 2026-03-14: tidak memenuhi "Site: berpola ^[a-z.]+$". 2 dari 3 record;'
        " yang pertama: payload 2, baris 2. Perbaiki di sumber (Seksi Contoh), atau ubah deklarasinya bila memang"
        " berubah."
    )


def test_a_warning_is_reported_and_nothing_else(out: Path) -> None:
    found = judge(out, source(rows({"budget": "-5"}, {"since": "2019-01-01"})))
    assert (found.is_ok, found.loaded) == (True, 2)
    assert not check(found, "ExpectColumnValuesToBeBetween", "budget").success
    assert not check(found, "ExpectColumnValuesToBeBetween", "since").success
    (budget, since) = found.warnings
    assert "Budget" in budget and budget.endswith("1 dari 2 record; yang pertama: payload 1, baris 2")
    assert "Since" in since and since.endswith("1 dari 2 record; yang pertama: payload 1, baris 3")


def test_an_unregistered_value_loads_and_is_named(out: Path) -> None:
    made = source(rows({}, {}), expectations=(*SUITE, warn_unregistered("site", "website")))
    found = judge(out, made, registers={"website": frozenset({"a.go.id"})})
    assert found.loaded == 2
    assert check(found, "Unregistered", "site").unexpected == 1
    assert found.warnings[0] == "1 nilai site belum ada di register website (b.go.id)"


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
        ("latency_ms", "+Inf", "bukan bilangan berhingga"), ("budget", "1,234", "bisa berarti 1234 atau 1.234"),
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
    found = validate.judge(made, WINDOW, kept, (), out, now=datetime(2026, 3, 14, 5, tzinfo=UTC))
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


# ---------------------------------------------------------------- keys and counts


def test_the_same_record_twice_loads_once(out: Path) -> None:
    twice = {"site": "a.go.id"}
    found = judge(out, source(rows({}, twice), rows(twice, {})), payloads=2)
    assert (found.is_ok, found.read, found.loaded) == (True, 6, 2)
    assert found.declared_out_reasons == {"baris jumlah": 2, "salinan": 2}
    assert found.fingerprint == judge(out, source(rows({}, {}))).fingerprint


def test_a_key_with_two_contents_rejects_the_batch_and_says_where(out: Path) -> None:
    found = judge(out, source(rows({}, {}, {"site": "a.go.id", "latency_ms": "7"})))
    assert found.error_code == "key_twice"
    assert found.rejected_because == (
        "contoh 2026-03-14: kunci (site, checked_at) muncul dua kali dengan isi berbeda: baris 2 dan baris 4."
        " Hapus atau perbaiki salah satunya di sumber."
    )


def test_keys_are_compared_over_what_went_to_disk_too(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = judge(out, source(rows({}, {}, {})))
    monkeypatch.setattr(identity, "SPILL_BYTES", 1)
    apart = source(*([row] for row in rows({}, {}, {})))
    assert judge(out, apart, payloads=3).fingerprint == before.fingerprint
    found = judge(out, source(rows({}), rows({"latency_ms": "7"})), payloads=2)
    assert found.error_code == "key_twice"


def test_an_empty_answer_where_rows_are_due_rejects_the_batch(out: Path) -> None:
    found = judge(out, source(Rows(pa.table({"place": pa.array([], pa.string())}))))
    assert found.error_code == "row_count"
    assert found.rejected_because is not None
    assert "contoh 2026-03-14: 0 record dapat dimuat, seharusnya paling sedikit 1" in found.rejected_because
    assert "berkas1.csv" in found.rejected_because


def test_an_empty_batch_is_not_believed_even_when_no_row_count_is_declared(out: Path) -> None:
    nothing = Rows(pa.table({"place": pa.array([], pa.string())}))
    assert judge(out, source(nothing, expectations=(*SUITE[1:], SUITE[-1]))).error_code == "row_count"
    may_be_empty = (stop("ExpectTableRowCountToBeBetween", min_value=0), *SUITE[1:])
    assert judge(out, source(nothing, expectations=may_be_empty)).is_ok, "a source that may be empty says so"


def test_a_batch_of_which_every_record_is_set_aside_is_not_empty_success(out: Path) -> None:
    found = judge(out, source(rows({"latency_ms": "5000"})))
    assert found.error_code == "row_count"
    assert 'dikarantina 1 (baris 2: tidak memenuhi "Latency ms: ' in str(found.rejected_because)


def test_too_many_set_aside_is_a_changed_source(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "QUARANTINE_LIMIT", 2)
    found = judge(out, source(rows({}, *[{"latency_ms": "5000"}] * 3)))
    assert found.error_code == "too_many_quarantined"
    assert "lebih dari 2 record harus dikarantina" in str(found.rejected_because)


# ---------------------------------------------------------------- false successes of Great Expectations


def library_says(expectation: Expectation, table: pa.Table) -> bool:
    """What Great Expectations answers by itself."""
    import great_expectations as gx

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # conditions as text
        ready = getattr(gx.expectations, expectation.name)(**expectation.arguments)
        batch = suite._batches().get_batch(batch_parameters={"dataframe": table.to_pandas()})
        return bool(batch.validate(gx.ExpectationSuite(name="bare", expectations=[ready])).success)


def test_trap_an_empty_frame(out: Path) -> None:
    empty = pa.table({"latency_ms": pa.array([], pa.int64())})
    assert library_says(SUITE[1], empty), "the trap is there"
    assert not judge(out, source(Rows(pa.table({"place": pa.array([], pa.string())})))).is_ok


def test_trap_an_empty_suite(out: Path) -> None:
    for few in ((), SUITE[:5]):
        with pytest.raises(DeclarationError, match="a suite has at least 6"):
            judge(out, source(rows({}), expectations=few))


@pytest.mark.parametrize(
    "rule",
    [
        stop("ExpectColumnValuesToBeInSet", column="cause", value_set=["tls"]),
        stop("ExpectColumnValuesToMatchRegex", column="cause", regex="^tls$"),
    ],
)
def test_trap_a_column_that_is_null_throughout(out: Path, rule: Expectation) -> None:
    assert library_says(rule, pa.table({"cause": pa.array([None, None], pa.string())})), "the trap is there"
    made = source(rows({"cause": "-"}, {"cause": ""}), expectations=(*SUITE, rule))
    found = judge(out, made)
    assert found.error_code == "stopped"
    assert "kolom kosong seluruhnya" in str(found.rejected_because)
    softer = judge(out, source(rows({"cause": "-"}), expectations=(*SUITE, replace(rule, severity="quarantine"))))
    assert softer.is_ok
    assert any("kolom kosong seluruhnya" in warning for warning in softer.warnings)
    assert not check(softer, rule.name, "cause").success


def test_trap_a_row_condition_that_selects_nothing(out: Path) -> None:
    rule = stop("ExpectColumnValuesToBeBetween", column="latency_ms", max_value=1, row_condition="cause == 'TLS'",
                condition_parser="pandas")  # fmt: skip
    assert library_says(rule, pa.table({"latency_ms": [5, 6], "cause": ["tls", "tls"]})), "the trap is there"
    found = judge(out, source(rows({}, {}), expectations=(*SUITE, rule)))
    assert found.error_code == "stopped"
    assert "tidak ada record yang dipilih row_condition" in str(found.rejected_because)


@pytest.mark.parametrize(("severity", "is_silent"), [(warn, True), (quarantine, False)])
def test_a_warning_about_some_records_is_silent_while_there_are_none(
    out: Path, severity: Callable[..., Expectation], is_silent: bool
) -> None:
    rule = severity("ExpectColumnValuesToNotBeNull", column="cause", row_condition="up == False")
    idle = judge(out, source(rows({}, {}), expectations=(*SUITE, rule)))
    assert idle.is_ok
    assert (idle.warnings == ()) is check(idle, rule.name, "cause").success is is_silent
    assert "tidak ada record yang dipilih row_condition" in check(idle, rule.name, "cause").detail
    heard = judge(out, source(rows({}, {"up": "tidak", "cause": "-"}), expectations=(*SUITE, rule)))
    assert check(heard, rule.name, "cause").unexpected == 1


def test_a_row_condition_judges_the_records_it_selects(out: Path) -> None:
    rule = quarantine("ExpectColumnValuesToBeNull", column="cause", row_condition="up == True")
    found = judge(out, source(rows({}, {"up": "tidak"}, {"cause": "-"}), expectations=(*SUITE, rule)))
    assert [row.record_no for row in found.quarantine] == [1]
    assert check(found, rule.name, "cause").evaluated == 2


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_trap_infinity_against_a_minimum(out: Path, number: float) -> None:
    rule = quarantine("ExpectColumnValuesToBeBetween", column="latency_ms", min_value=0)
    assert library_says(rule, pa.table({"latency_ms": [1.0, number]})), "the trap is there"
    answer = [row | {"latency_ms": value} for row, value in zip(rows({}, {}), [1.0, number], strict=True)]
    found = judge(out, source(answer, expectations=(*SUITE, rule)))
    assert [row.record_no for row in found.quarantine] == [2]
    assert "bukan bilangan berhingga" in found.quarantine[0].message


def test_trap_mostly(out: Path) -> None:
    rule = stop("ExpectColumnValuesToBeInSet", column="cause", value_set=["tls"], mostly=0.5)
    assert library_says(rule, pa.table({"cause": ["tls", "apa"]})), "the trap is there"
    with pytest.raises(DeclarationError, match=r"mostly=0\.5; a tolerance is not allowed"):
        judge(out, source(rows({}), expectations=(*SUITE, rule)))


def test_a_check_that_raised_or_was_left_out_is_not_a_passed_one(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = warn("ExpectColumnValuesToBeBetween", column="site", min_value=5)  # text against a number: it raises
    found = judge(out, source(rows({}), expectations=(*SUITE, rule)))
    assert found.error_code == "not_evaluated"
    assert "ExpectColumnValuesToBeBetween (site) tidak dapat dijalankan" in str(found.rejected_because)
    whole = suite._library().datasource.fluent.interfaces.Batch.validate

    def forgets(*given: Any, **named: Any) -> Any:
        result = whole(*given, **named)
        result.results.pop()
        return result

    monkeypatch.setattr(suite._library().datasource.fluent.interfaces.Batch, "validate", forgets)
    found = judge(out, source(rows({})))
    assert found.error_code == "not_evaluated"
    assert "pemeriksaan dijalankan" in str(found.rejected_because)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (stop("ExpectColumnValuesToBeGood", column="site"), "has no 'ExpectColumnValuesToBeGood'"),
        (stop("ExpectColumnValuesToBeBetween", column="lama", min_value=1), "column lama, which is not declared"),
        (stop("ExpectColumnValuesToBeBetween", column="site", tolerance=1), "wrong arguments"),
        (quarantine("ExpectColumnMeanToBeBetween", column="latency_ms", min_value=1), "choose stop or warn"),
    ],
)
def test_a_declaration_that_cannot_judge_is_refused(out: Path, rule: Expectation, said: str) -> None:
    with pytest.raises(DeclarationError, match=said):
        validate.judge(source(rows({}), expectations=(*SUITE, rule)), WINDOW, [payload()], (), out, now=NOW)
    assert not out.exists()


def test_a_check_of_the_whole_window_sees_all_payloads(out: Path) -> None:
    rule = stop("ExpectColumnMeanToBeBetween", column="latency_ms", max_value=100)
    made = source(rows({}), rows({"site": "z.go.id", "latency_ms": "300"}), expectations=(*SUITE, rule))
    assert judge(out, made).is_ok
    assert judge(out, made, payloads=2).error_code == "stopped"


# ---------------------------------------------------------------- decisions


def decision(kind: Any, row: verdict.Quarantined, changes: Any = None, **more: Any) -> Decision:
    fields = {
        "decision_id": 7, "kind": kind, "source": "contoh", "record_key": dict(row.record_key),
        "record_hash": row.record_hash, "batch_id": None, "changes": changes, "reason": "diperiksa",
        "decided_by": "Ibu Rina", "load_no": 1,
    }  # fmt: skip
    return Decision(**(fields | more))  # type: ignore[arg-type]


def test_a_released_record_loads_as_it_is(out: Path) -> None:
    made = source(rows({}, {"latency_ms": "5000"}))
    (aside,) = judge(out, made).quarantine
    found = judge(out, made, [decision("release", aside)])
    assert (found.loaded, found.quarantined) == (2, 0)
    assert pa.concat_tables(found.pieces())["latency_ms"].to_pylist() == [100, 5000]


def test_a_corrected_record_loads_with_the_corrected_value(out: Path) -> None:
    made = source(rows({}, {"latency_ms": "1.234"}, {}))
    (aside,) = judge(out, made).quarantine
    found = judge(out, made, [decision("correction", aside, {"latency_ms": 234})])
    assert (found.loaded, found.quarantined) == (3, 0)
    table = pa.concat_tables(found.pieces())
    assert table["latency_ms"].to_pylist() == [100, 234, 100]
    assert table["record_no"].to_pylist() == [1, 2, 3]


def test_a_correction_is_judged_and_keeps_the_name_of_what_it_corrects(out: Path) -> None:
    made = source(rows({}, {"latency_ms": "1.234"}))
    (aside,) = judge(out, made).quarantine
    found = judge(out, made, [decision("correction", aside, {"latency_ms": 99999})])
    assert (found.quarantine[0].record_key, found.quarantine[0].record_hash) == (aside.record_key, aside.record_hash)


def test_a_decision_lapses_when_its_record_changes_and_says_so(out: Path) -> None:
    (aside,) = judge(out, source(rows({}, {"latency_ms": "5000"}))).quarantine
    found = judge(out, source(rows({}, {"latency_ms": "6000"})), [decision("release", aside)])
    assert (found.loaded, found.quarantined) == (1, 1)
    assert "keputusan 7 (release, Ibu Rina): gugur" in check(found, "Decision").detail


def test_a_required_value_cannot_be_released_into_being(out: Path) -> None:
    made = source(rows({}, {"site": "-"}))
    (aside,) = judge(out, made).quarantine
    found = judge(out, made, [decision("release", aside)])
    assert found.quarantined == 1
    assert "kolom site wajib diisi; buat koreksi" in check(found, "Decision").detail
    assert judge(out, made, [decision("correction", aside, {"site": "x.go.id"})]).loaded == 2


def test_a_correction_that_cannot_be_read_changes_nothing(out: Path) -> None:
    made = source(rows({}, {"latency_ms": "5000"}))
    (aside,) = judge(out, made).quarantine
    found = judge(out, made, [decision("correction", aside, {"latency_ms": "cepat"})])
    assert found.quarantined == 1
    assert "nilai koreksi kolom latency_ms tidak dapat dibaca" in check(found, "Decision").detail


# ---------------------------------------------------------------- many windows in one run


def test_windows_share_a_run_and_not_a_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        "2026-03-13": rows({}, {"latency_ms": "5000"}), "2026-03-14": rows({"site": "B!"}, {}),
        "2026-03-15": [], "2026-03-16": rows({}),
    }  # fmt: skip

    def read(_: KeptPayload, window: Window) -> Iterator[Rows]:
        found = [row | {"checked_at": f"{window.label}T08:00:00+07:00"} for row in answers[window.label]]
        names = list(found[0]) if found else []
        columns = {name: [row[name] for row in found] for name in names}
        yield Rows(pa.table({"place": pa.array(["x"] * len(found), pa.string()), **columns}))

    made = replace(source(), parse=read)
    items = [
        validate.Item(window_named("day", label, ZONE), [payload()], tmp_path / f"{label}.parquet") for label in answers
    ]
    now = datetime(2026, 3, 20, tzinfo=UTC)
    runs: list[int] = []
    run = suite.run

    def counted(checks: Any, frame: Any) -> list[suite.Answer]:
        runs.append(len(frame))
        return run(checks, frame)

    monkeypatch.setattr(suite, "run", counted)
    found = validate.judge_many(made, items, now=now)
    assert [one.error_code for one in found] == [None, "stopped", "row_count", None]
    assert [one.loaded for one in found] == [1, 0, 0, 1]
    assert [one.quarantined for one in found] == [1, 0, 0, 0]
    assert max(runs) == 5, "one run for the windows before the broken one and with it"
    alone = [validate.judge_many(made, [item], now=now)[0] for item in items]
    assert alone == found, "together or alone, the verdict is the same"


def test_a_failure_of_one_window_leaves_no_half_file(tmp_path: Path) -> None:
    def dies(_: KeptPayload, __: Window) -> Iterator[Rows]:
        raise OSError("disk")
        yield

    with pytest.raises(OSError, match="disk"):
        judge(tmp_path / "1.parquet", replace(source(), parse=dies))
    assert list(tmp_path.iterdir()) == []


def test_what_is_kept_is_read_without_great_expectations(out: Path) -> None:
    judge(out, source(rows({})))
    code = (
        "import sys; from pathlib import Path; from iku_etl import judged;"
        f" print(judged.read(Path({str(out)!r})).loaded, 'great_expectations' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "False"]
    assert json.loads(verdict.pq.read_metadata(out).metadata[b"iku"])["loaded"] == 1
