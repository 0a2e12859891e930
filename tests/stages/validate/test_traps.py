"""False successes of Great Expectations, each shown to be there: no success that nobody proved."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import kit
import pyarrow as pa
import pytest
from judge_kit import NOW, SUITE, WINDOW, check, judge, payload, rows, source

from iku_etl.errors import DeclarationError
from iku_etl.model import Expectation, Rows, quarantine, stop, warn
from iku_etl.stages.validate import suite


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
    rule = stop("ExpectColumnValuesToBeBetween", column="latency_ms", max_value=1, row_condition="cause == 'TLS'")
    assert library_says(rule, pa.table({"latency_ms": [5, 6], "cause": ["tls", "tls"]})), "the trap is there"
    found = judge(out, source(rows({}, {}), expectations=(*SUITE, rule)))
    assert found.error_code == "stopped"
    assert "tidak ada rekaman yang memenuhi syaratnya" in str(found.rejected_because)


@pytest.mark.parametrize(("severity", "is_silent"), [(warn, True), (quarantine, False)])
def test_a_warning_about_some_records_is_silent_while_there_are_none(
    out: Path, severity: Callable[..., Expectation], is_silent: bool
) -> None:
    rule = severity("ExpectColumnValuesToNotBeNull", column="cause", row_condition="up == False")
    idle = judge(out, source(rows({}, {}), expectations=(*SUITE, rule)))
    assert idle.is_ok
    assert (idle.warnings == ()) is check(idle, rule.name, "cause").success is is_silent
    assert "tidak ada rekaman yang memenuhi syaratnya" in check(idle, rule.name, "cause").detail
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
        kit.judge(source(rows({}), expectations=(*SUITE, rule)), WINDOW, [payload()], out, now=NOW)
    assert not out.exists()


def test_a_check_of_the_whole_window_sees_all_payloads(out: Path) -> None:
    rule = stop("ExpectColumnMeanToBeBetween", column="latency_ms", max_value=100)
    made = source(rows({}), rows({"site": "z.go.id", "latency_ms": "300"}), expectations=(*SUITE, rule))
    assert judge(out, made).is_ok
    assert judge(out, made, payloads=2).error_code == "stopped"
