"""A figure printed elsewhere is equal to what was published, or says which revision it was, or that it never was."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from publish_kit import CUT_OFF, JANUARY, messages, rules, said

from iku_etl.figures import reported
from iku_etl.stages import publish
from iku_etl.warehouse.database import Connection, Warehouse
from tests import given


@pytest.fixture
def owner(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect("owner") as connection:
        yield connection


@pytest.fixture
def publisher(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect("publisher") as connection:
        yield connection


def printed(value: str, **changed: Any) -> dict[str, Any]:
    row = {
        "document": "LKjIP", "document_number": value, "document_on": "2026-02-28", "indicator": "IKU-08",
        "period": "2026-01", "value": value, "decimals": len(value.partition(".")[2]), "unit": "persen",
    }  # fmt: skip
    return row | changed


def test_each_is_held_against_every_revision(warehouse: Warehouse, owner: Connection, publisher: Connection) -> None:
    rules(owner)
    messages(owner, 2, 3)
    said(publisher, CUT_OFF)
    given.approve(owner, ("IKU-08", "2026-01", 1))
    messages(owner, 1, 3)
    said(publisher, CUT_OFF + timedelta(days=1))
    before = publish.has_moved(publisher)
    rows = [
        printed("33.33"), printed("33"), printed("66.7", unit="%"), printed("66.66"), printed("90.00"),
        printed("66.67", unit="kunjungan"), printed("66.67", period="2026-03"),
    ]  # fmt: skip
    given.batch(owner, "reported_figure", JANUARY, rows)
    with warehouse.connect("auditor") as auditor:
        found = {
            (row["document_number"], row["unit"], row["period"]): (row["verdict"], row["revision"])
            for row in reported.reported(auditor)
        }
        assert {row["period"] for row in reported.reported(auditor, "IKU-08", "2026-01")} == {"2026-01"}
        assert reported.set_aside(auditor) == 0
        (old,) = [row for row in reported.reported(auditor) if row["document_number"] == "66.7"]
    january = "2026-01"
    assert found == {
        ("33.33", "persen", january): ("sama", 2),
        ("33", "persen", january): ("sama", 2),
        ("66.7", "%", january): ("revisi lain", 1),
        ("66.66", "persen", january): ("tidak pernah terbit", None),
        ("90.00", "persen", january): ("tidak pernah terbit", None),
        ("66.67", "kunjungan", january): ("satuan lain", None),
        ("66.67", "persen", "2026-03"): ("tidak ada angka", None),
    }
    assert "nomor 1 (disahkan" in old["said"]
    assert "sekarang 33,33, nomor 2 (direvisi" in old["said"]
    assert reported.as_printed(old) == "66,7 %"
    assert said(publisher, CUT_OFF + timedelta(days=2)).figures == ()  # it moves nothing
    assert not before


@pytest.mark.parametrize(
    ("value", "is_same"), [("84.62", True), ("84.6", True), ("85", True), ("84.60", False), ("84.61", False)]
)
def test_only_the_printed_digits_are_compared(value: str, is_same: bool) -> None:
    row = {"value": Decimal(1100) / 13}  # 84.6153..
    assert reported.is_equal(printed(value) | {"value": Decimal(value)}, row) is is_same
    assert not reported.is_equal(printed(value) | {"value": Decimal(value)}, {"value": None})


def test_it_is_a_source_of_no_definition(owner: Connection) -> None:
    """So it makes nothing stale, and no night publishes for its sake."""
    assert owner.execute("select from iku.definition_source where source = 'reported_figure'").fetchall() == []
