"""Running numbers of a unit that numbers incoming and outgoing mail apart: what they prove of its register's length."""

from datetime import date

import pytest
from given import batch, message_row, midnight_after, submission_row

from iku_etl.catalogue import kamus
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection

FEW = "tidak teramati: penyebut tidak lengkap, hanya 2 nomor untuk 4 baris dan jumlah baris tidak dinyatakan"


@pytest.mark.parametrize(
    ("declared", "last", "seen", "reason"),
    [
        (4, None, 4, ""),
        (None, 4, 4, ""),  # the sum of both
        (None, 2, 0, FEW),  # of one of them: how many entries the other one has is not said
        (None, 5, 0, "tidak teramati: penyebut tidak lengkap, 5 nomor diberikan tetapi hanya 4 baris terbaca"),
    ],
)
def test_two_series(owner: Connection, declared: int | None, last: int | None, seen: int, reason: str) -> None:
    rows = [
        message_row("A", "2026-01-05", f"{direction} {number}", direction=direction, agenda_no=number)
        for direction in ("masuk", "keluar")
        for number in (1, 2)
    ]
    batch(owner, "persandian_message", "2026-01-01", rows)
    hand_in = submission_row("A", "2026-01", declared, received_on="2026-01-28", last_running_number=last)
    batch(owner, "register_submission", "2026-01-01", [hand_in])
    definition = kamus.current(owner)["IKU-08"]
    with database.reading(owner, as_of_time=midnight_after(date(2026, 2, 10))):
        found = database.one(owner, f"select * from {definition}.member where period = '2026-01'")
    assert (found["seen"], found["numerator"], found["reason"]) == (seen, seen, reason)
