"""The judge counts every record: copies, keys with two contents, batches with nothing in them."""

from pathlib import Path

import pyarrow as pa
import pytest
from judge_kit import SUITE, judge, rows, source

from iku_etl.model import Rows, stop
from iku_etl.records import identity
from iku_etl.records.verdict import Verdict
from iku_etl.stages.validate import trial


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
        "contoh 2026-03-14: kunci site, checked_at muncul dua kali dengan isi berbeda: baris 2 dan baris 4."
        " Hapus atau perbaiki salah satunya di sumber."
    )


def test_in_a_register_a_key_with_two_contents_costs_only_its_own_records(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = {"site": "a.go.id"}
    made = source(rows({}, {}, again | {"latency_ms": "7"}), rows(again, again | {"latency_ms": "8"}), is_register=True)
    monkeypatch.setattr(identity, "SPILL_BYTES", 1)  # over what went to disk, too
    found = judge(out, made, payloads=2)
    assert (found.is_ok, found.read, found.loaded, found.quarantined) == (True, 7, 1, 4)
    assert found.quarantine[0].message == (
        "kunci site, checked_at muncul dua kali dengan isi berbeda: baris 2 dan baris 4."
        " Hapus atau perbaiki salah satunya di sumber."
    )
    assert found.fingerprint == judge(out, source(rows({}, {})[1:])).fingerprint  # what loaded is what it tells
    nothing = judge(out, source(rows({}, again | {"latency_ms": "7"}), is_register=True))
    assert (nothing.error_code, nothing.quarantined) == ("row_count", 2)


def test_a_source_may_declare_that_the_newest_record_of_a_key_counts(out: Path) -> None:
    def of(*budgets: str | None, latency: str = "7") -> Verdict:
        changes = [{"site": "a.go.id", "since": since, "latency_ms": latency if number else "100"}
                   for number, since in enumerate(budgets)]  # fmt: skip
        return judge(out, source(rows(*changes, {}), clash="newest", clash_by="since"))

    found = of("2026-01-01", "2026-02-01")
    assert (found.is_ok, found.read, found.loaded, found.quarantined) == (True, 4, 2, 0)  # nothing is unknown
    assert found.declared_out_reasons == {"baris jumlah": 1, "ada rekaman lebih baru dengan kunci yang sama": 1}
    assert [row["latency_ms"] for piece in found.pieces() for row in piece.to_pylist()] == [7, 100]
    assert of("2026-01-01", "2026-02-01", latency="8").fingerprint != found.fingerprint  # what loads is what it tells
    assert of("2026-02-01", "2026-02-01").quarantined == 2  # nobody can tell
    assert of("2026-02-01", None).quarantined == 2


def test_a_system_may_declare_that_a_clash_costs_only_its_own_records(out: Path) -> None:
    clash = rows({}, {}, {"site": "a.go.id", "latency_ms": "7"})
    found = judge(out, source(clash, clash="aside"))
    assert (found.is_ok, found.loaded, found.quarantined) == (True, 1, 2)
    assert judge(out, source(clash, clash="reject", is_register=True)).error_code == "key_twice"


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
    assert "contoh 2026-03-14: 0 rekaman dapat dimuat, seharusnya paling sedikit 1" in found.rejected_because
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
    assert "lebih dari 2 rekaman harus dikarantina" in str(found.rejected_because)
