"""Checks that are changed without a version are noticed; a new order, a comment or other words are no change."""

from dataclasses import replace

import pytest
from kit import METER, declare, in_force, on, rows

from iku_etl.errors import DeclarationError
from iku_etl.model import Expectation, Source, Unregistered, quarantine, stop, warn
from iku_etl.stages import validate
from iku_etl.stages.validate.contract import fingerprint
from iku_etl.warehouse.database import Warehouse

FLOOR = stop("ExpectTableRowCountToBeBetween", min_value=1)
RANGE = quarantine("ExpectColumnValuesToBeBetween", column="latency_ms", min_value=0, max_value=9)
SITES = warn("ExpectColumnValuesToBeInSet", column="site", value_set=["a", "b"])
KNOWN = Unregistered("site", "website", "host")


def checked(*checks: Expectation | Unregistered) -> Source:
    return replace(METER, expectations=checks)


KEPT = checked(FLOOR, RANGE, SITES, KNOWN)


@pytest.mark.parametrize(
    "same",
    [
        checked(KNOWN, SITES, RANGE, FLOOR),
        checked(FLOOR, replace(RANGE, arguments=dict(reversed(RANGE.arguments.items()))), SITES, KNOWN),
        checked(FLOOR, RANGE, replace(SITES, arguments={"column": "site", "value_set": ("b", "a")}), KNOWN),
        checked(FLOOR, replace(RANGE, words="paling besar 9"), SITES, KNOWN),
        replace(KEPT, summary="Another comment.", title="Meteran", lookback=5),
    ],
    ids=["order", "arguments", "set", "words", "comment"],
)
def test_what_asks_the_same_is_no_change(same: Source) -> None:
    assert fingerprint(same) == fingerprint(KEPT)


@pytest.mark.parametrize(
    "other",
    [
        checked(FLOOR, SITES, KNOWN),
        checked(FLOOR, replace(RANGE, severity="warn"), SITES, KNOWN),
        checked(FLOOR, replace(RANGE, arguments={**RANGE.arguments, "max_value": 90}), SITES, KNOWN),
        checked(FLOOR, RANGE, replace(SITES, arguments={"column": "site", "value_set": ["a"]}), KNOWN),
        checked(FLOOR, RANGE, SITES, replace(KNOWN, where=("up", "true"))),
        replace(KEPT, clash="aside"),
        replace(KEPT, clash="newest", clash_by="read_at"),
    ],
    ids=["gone", "severity", "limit", "set", "register", "clash", "newest"],
)
def test_what_asks_something_else_is_a_change(other: Source) -> None:
    assert fingerprint(other) != fingerprint(KEPT)


def test_a_pair_of_values_keeps_its_sides() -> None:
    def pairs(*of: tuple[str, str]) -> str:
        arguments = {"column_A": "site", "column_B": "up", "value_pairs_set": of}
        return fingerprint(checked(quarantine("ExpectColumnPairValuesToBeInSet", **arguments)))

    assert pairs(("a", "b"), ("c", "d")) == pairs(("c", "d"), ("a", "b")) != pairs(("b", "a"), ("c", "d"))


def test_other_checks_under_the_version_of_what_stands_are_refused(warehouse: Warehouse) -> None:
    """By `iku migrate`, and by a judgment in between; without anything in force there is nothing to lose."""
    wider = checked(FLOOR, replace(RANGE, arguments={**RANGE.arguments, "max_value": 90}), SITES, KNOWN)
    declare(warehouse, KEPT)
    with warehouse.connect("owner") as owner, warehouse.connect("loader") as loader:
        validate.keep_checks(owner, wider)
        validate.keep_checks(owner, KEPT)  # nothing was judged
        first = in_force(loader, rows(2))
        in_force(loader, rows(2), window=on(6))
        validate.check_same(loader, KEPT)
        told = rf"source meter: .*version 1, .* 2 batches in force .*\(first: batch {first}\).*Raise version to 2, then"
        with pytest.raises(DeclarationError, match=told):
            validate.keep_checks(owner, wider)
        with pytest.raises(DeclarationError, match="iku replay BATCH"):
            validate.check_same(loader, wider)
        validate.keep_checks(owner, KEPT)  # the change was taken back
        raised = replace(wider, version=2)
        validate.keep_checks(owner, raised)
        validate.check_same(loader, raised)
