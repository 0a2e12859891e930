"""A register that lies here is there, whatever the list of hand-ins knows of it: the reason says which one lacks."""

from datetime import date
from typing import Any

import pytest
from examples_kit import members
from given import batch, midnight_after, submission_row

from iku_etl.catalogue import kamus
from iku_etl.sources.register_submission import SOURCE
from iku_etl.warehouse.database import Connection

JANUARY, READ_ON = "2026-01-01", midnight_after(date(2026, 2, 10))
NOT_RECORDED = f"register kegiatan ada, penyerahannya belum dicatat pada {SOURCE.title}"
ENTRY = {
    "code": "KEG-19", "number": "1", "held_on": "2026-01-12", "quantity": 25, "unit": "orang", "section": "seksi",
    "evidence": "Daftar hadir 1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("register", "reason"),
    [
        ({}, "tidak teramati: register kegiatan belum diserahkan"),
        ({"rows": [ENTRY]}, f"25 orang pada 2026-01-12; {NOT_RECORDED}"),
        ({"quarantined": [{"code": "KEG-19"}]}, f"1 entri dikarantina; {NOT_RECORDED}"),
    ],
)
def test_of_the_activities(owner: Connection, register: dict[str, Any], reason: str) -> None:
    batch(owner, "register_submission", JANUARY, [submission_row("dinkes", "2026-01", 0)])
    if register:
        batch(owner, "activity", JANUARY, **register)
    (row,) = members(owner, kamus.current(owner)["KEG-19"], "2026-01", READ_ON)
    assert row["reason"] == reason


def test_a_unit_that_only_its_own_register_names_is_a_member_that_nobody_saw(owner: Connection) -> None:
    """Its messages must not vanish without a word because the list of hand-ins lacks a row."""
    entry = {
        "unit": "satpolpp", "recorded_on": "2026-01-05", "direction": "masuk", "sender": "X", "number": "1",
        "class": "biasa", "secured": False, "void": False, "agenda_no": 1,
    }  # fmt: skip
    batch(owner, "register_submission", JANUARY, [submission_row("dinkes", "2026-01", 0)])
    batch(owner, "persandian_message", JANUARY, [entry])
    nil, unnamed = members(owner, kamus.current(owner)["IKU-08"], "2026-01", READ_ON)
    assert (nil["member"], nil["seen"]) == ("dinkes", 1)
    assert (unnamed["member"], unnamed["seen"], unnamed["denominator"], unnamed["denominator_high"]) == (
        "satpolpp", 0, 0, None,
    )  # fmt: skip
    assert unnamed["reason"] == f"tidak teramati: register ada, penyerahannya belum dicatat pada {SOURCE.title}"
