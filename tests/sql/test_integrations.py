"""IKU-00: what the register of applications says of the other end decides what an integration is worth."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from given import application_row, batch, integration_row, midnight_after, submission_row

from iku_etl.catalogue import kamus
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection

JUNE, CUT_OFF = "2026-06-01", midnight_after(date(2026, 7, 15))
Row = dict[str, Any]


def load(owner: Connection, end_of_b: str, *listed: Row, quarantined: tuple[Row, ...] = ()) -> None:
    """Two systems that handed in: `a` exchanges data with a national one, `b` with the end that is asked about."""
    known = [application_row("a"), application_row("b"), application_row("sipd", scope="nasional"), *listed]
    batch(owner, "spbe_application", JUNE, known, quarantined=quarantined)
    links = [integration_row("I1", "a", "sipd", "2026-06-20"), integration_row("I2", end_of_b, "b", "2026-06-20")]
    batch(owner, "app_integration", JUNE, links)
    told = {"register": "app_integration", "due_on": "2026-07-07", "received_on": "2026-07-02", "rows_declared": 1}
    hand_ins = [submission_row(system, "2026-S1", None, **told) for system in ("a", "b")]
    batch(owner, "register_submission", JUNE, hand_ins)


def figure(owner: Connection, code: str = "IKU-00") -> tuple[Any, ...]:
    """Value, bounds, coverage and what the reason says before the target."""
    definition = kamus.current(owner)[code]
    with database.reading(owner, as_of_time=CUT_OFF):
        row = database.one(owner, f"select * from {definition}.figure where period = '2026-S1'")
    said = row["reason"].removesuffix("target belum ditetapkan").removesuffix("; ")
    return row["value"], row["low"], row["high"], row["coverage"], said


def why_not(owner: Connection, code: str = "IKU-00") -> str:
    definition = kamus.current(owner)[code]
    with database.reading(owner, as_of_time=CUT_OFF):
        row = database.one(owner, f"select reason from {definition}.member where period = '2026-S1' and member = 'b'")
    return str(row["reason"])


HALF = (Decimal(50), Decimal(50), Decimal(50), Decimal(100), "")
OPEN = (None, Decimal(50), Decimal(100), Decimal(50))


@pytest.mark.parametrize(
    ("listed", "why"),
    [
        (application_row("portal", kind="situs"), "ujung lain portal adalah situs web menurut register aplikasi"),
        (
            application_row("portal", operating_to="2026-06-19"),
            "ujung lain portal ditutup 2026-06-19 menurut register aplikasi, sebelum keberhasilan terakhir 2026-06-20",
        ),
        (application_row("Portal", scope="nasional", kind="situs"), "ujung lain portal adalah situs web"),
        (application_row("portal", kind="situs", operating_to="2026-01-31"), "ujung lain portal adalah situs web"),
    ],
)
def test_an_end_that_the_register_lists_as_none_makes_no_integration(owner: Connection, listed: Row, why: str) -> None:
    load(owner, "portal", listed)
    assert figure(owner) == HALF
    assert figure(owner, "IKU-00-SSO") == HALF
    assert why_not(owner).startswith(why)


@pytest.mark.parametrize(
    ("listed", "aside", "why"),
    [
        ((), (), "ujung lain portal tidak dikenal: tidak tercatat dalam register aplikasi"),
        (
            (application_row("portal", "2026-06-21"),),
            (),
            "ujung lain portal baru beroperasi mulai 2026-06-21 menurut register aplikasi, sesudah berhasil 2026-06-20",
        ),
        (
            (application_row("portal"), application_row("portal", "2023-01-01", kind="situs")),
            (),
            "ujung lain portal tercatat sebagai sistem dan situs web sekaligus",
        ),
        (
            (application_row("portal", kind="situs"),),
            ({"application": "portal", "kind": "sistem", "scope": "nasional"},),
            "baris register aplikasi tentang ujung lain portal dikarantina",
        ),
    ],
)
def test_an_end_of_which_nobody_can_say_what_it_is_leaves_the_system_open(
    owner: Connection, listed: tuple[Row, ...], aside: tuple[Row, ...], why: str
) -> None:
    load(owner, "portal", *(row | {"scope": "nasional"} for row in listed), quarantined=aside)
    assert figure(owner)[:4] == OPEN
    assert why_not(owner) == f"tidak teramati: {why}"


def test_the_register_goes_before_a_name_that_calls_itself_national(owner: Connection) -> None:
    load(owner, "portal_nasional")
    assert figure(owner)[0] == 100
    load(owner, "portal_nasional", application_row("portal_nasional", kind="situs"))
    assert figure(owner) == HALF


def test_a_system_is_itself_however_its_letters_are_written(owner: Connection) -> None:
    load(owner, "sipd")
    batch(owner, "app_integration", JUNE, [integration_row("I1", "A", "SIPD", "2026-06-20")])
    assert why_not(owner) == "tidak teramati: 1 integrasi dinyatakan, 0 terdaftar"
    assert figure(owner)[1] == 50, "a is proven by A"
    batch(owner, "app_integration", JUNE, [integration_row("I1", "B", "b", "2026-06-20")])
    assert why_not(owner) == "kedua ujung integrasinya adalah sistem itu sendiri"


def test_the_printed_reading_says_what_makes_no_integration(owner: Connection) -> None:
    printed = kamus.entry(owner, "IKU-00").reading
    for said in ("situs web atau sudah ditutup, itu bukan integrasi", "tidak dikenal, sistemnya tidak teramati"):
        assert said in printed
