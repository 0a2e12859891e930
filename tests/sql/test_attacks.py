"""Rows that somebody could enter to lift a figure: none is believed in silence, and the reason says what to look at."""

from datetime import date, timedelta
from typing import Any

import install_kit
import pytest
from given import batch, channel_row, midnight_after, submission_row
from given_ppid import holiday_rows, request_row
from ppid_kit import ACTIVE, CUT_OFF, EXAMPLES, MARCH, in_order, row, verdict

from iku_etl.catalogue import kamus
from iku_etl.pipeline import Pipeline
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection

Row = dict[str, Any]


# ---------------------------------------------------------------- IKU-04: days off


def off(count: int, first: str = "2026-01-19") -> list[Row]:
    """So many working days off by the Sekretariat's list, one after the other."""
    days = [date.fromisoformat(first) + timedelta(days=step) for step in range(2 * count)]
    listed = [str(day) for day in days if day.weekday() < 5][:count]
    said = {"kind": "cuti_bersama", "name": "x", "decree": "SE contoh 3/2026", "origin": "register"}
    return [{"day": day, **said} for day in listed]


def test_a_day_without_its_decree_is_set_aside(pipeline: Pipeline) -> None:
    rows = (
        "2026-01-19,cuti_bersama,Contoh,\n2026-01-20,cuti_bersama,Contoh,SE\n2026-01-21,cuti_bersama,Contoh,SE 1/2026\n"
    )
    head = "posisi_per,2026-01-31\nTanggal,Jenis,Keterangan,Dasar hukum\n"
    install_kit.drop(pipeline.settings, "holiday", head + rows)
    batch = install_kit.collect(pipeline, "holiday")
    assert (batch.ending, batch.quarantined) == ("in_force", 2), batch.reason


@pytest.mark.parametrize("months", [(MARCH,), ("2026-01-01", MARCH)])
def test_a_list_that_declares_a_quarter_off_makes_no_late_answer_timely(owner: Connection, months: Any) -> None:
    in_order(owner, "ppid_request", "holiday")
    batch(owner, "ppid_request", MARCH, [request_row("P", "2026-01-20", "2026-03-25")])
    library = holiday_rows(EXAMPLES["holidays"])
    known = {day["day"] for day in library}
    added = [day for day in off(40) if day["day"] not in known][:32]
    share = len(added) // len(months)
    for place, month in enumerate(months):
        batch(owner, "holiday", month, [*library, *added[place * share : (place + 1) * share]])
    why = "kalender hari kerja diragukan: register menambah 32 hari libur pada 2026, batas 15"
    unproven = "tidak teramati: 1 dari 1 permohonan belum terbukti"
    assert verdict(row(owner)) == (0, 0, 1, f"{unproven}, {why}")
    with database.reading(owner, as_of_time=midnight_after(CUT_OFF)):
        companion = database.one(
            owner, "select reason from indicator.iku_04_permohonan where period = '2026-TW1' and member = 'P'"
        )
    assert companion["reason"] == f"1 dari 1 permohonan belum terbukti; {why}"


def test_as_many_days_as_a_year_can_lack_are_believed(owner: Connection) -> None:
    in_order(owner, "ppid_request", "holiday")
    batch(owner, "ppid_request", MARCH, [request_row("P", "2026-01-19", "2026-02-24")])
    library = holiday_rows(EXAMPLES["holidays"])
    batch(owner, "holiday", MARCH, [*library, *off(15)])
    assert verdict(row(owner)) == ACTIVE
    batch(owner, "holiday", MARCH, [*library, *off(16)])
    assert verdict(row(owner))[:3] == (0, 0, 1)
    taken_back = [day | {"kind": "hari_kerja"} for day in off(16)[:1]]
    batch(owner, "holiday", "2026-04-01", [*library, *taken_back])
    assert verdict(row(owner, day=date(2026, 5, 10)))[:3] == (1, 1, 1)


# ---------------------------------------------------------------- IKU-07: ten times what was there before


def counted(first_day: str, last_day: str | None = None, **told: int) -> Row:
    return {"channel": "K", "metric": "m", "first_day": first_day, "last_day": last_day or first_day, **told}


def social(connection: Connection, period: str) -> list[Row]:
    """What a period's figure of the social channels says, as known in May."""
    definition = kamus.current(connection)["IKU-07-SOSIAL"]
    with database.reading(connection, as_of_time=midnight_after(date(2026, 5, 20))):
        return connection.execute(f"select * from {definition}.figure where period = %s", [period]).fetchall()


@pytest.fixture
def channel(owner: Connection) -> Any:
    """K by a measure, and its exports of January to March, each loaded in its month."""

    def load(measure: str, *months: list[Row]) -> Connection:
        batch(owner, "social_channel", "2026-03-01", [channel_row("K", "facebook", "m", measure)])
        for number, rows in enumerate(months, 1):
            batch(owner, "social_visits", f"2026-0{number}-01", rows)
        return owner

    return load


def test_a_month_of_ten_times_the_month_before_is_said_and_not_believed(channel: Any) -> None:
    months = [counted(f"2026-0{n}-01", f"2026-0{n}-{day}", visits=v) for n, day, v in
              ((1, 31, 8_000), (2, 28, 72_000), (3, 31, 797_143))]  # fmt: skip
    owner = channel("bulanan", *([row] for row in months))
    (january,), (february,), (march,) = (social(owner, f"2026-0{n}") for n in (1, 2, 3))
    assert (january["value"], february["value"]) == (8_000, 72_000)  # 9.96 times a day is a very good month
    assert (march["value"], march["low"], march["high"], march["mutu"]) == (None, 0, None, "tidak_tersedia")
    assert "tidak teramati: melonjak dari 72000 kunjungan (2026-02) menjadi 797143" in march["reason"]
    (triwulan,) = social(owner, "2026-TW1")
    assert (triwulan["low"], triwulan["high"], triwulan["mutu"]) == (80_000, None, "kurang_data")


def test_a_month_that_is_not_seen_hides_no_jump_and_a_new_channel_may_grow(channel: Any) -> None:
    owner = channel("bulanan", [counted("2026-01-01", "2026-01-31", visits=80)], [],
                    [counted("2026-03-01", "2026-03-31", visits=1_080)])  # fmt: skip
    (march,) = social(owner, "2026-03")
    assert march["value"] is None
    assert "melonjak dari 80 kunjungan (2026-01) menjadi 1080" in march["reason"]
    batch(owner, "social_visits", "2026-03-01", [counted("2026-03-01", "2026-03-31", visits=1_079)])
    (march,) = social(owner, "2026-03")
    assert march["value"] == 1_079


def test_a_day_with_too_many_digits_is_seen_in_its_month(channel: Any) -> None:
    days = [[counted(f"2026-0{n}-{day:02}", visits=300) for day in range(1, last + 1)] for n, last in
            ((1, 31), (2, 28), (3, 31))]  # fmt: skip
    days[2][7]["visits"] = 300_000
    owner = channel("harian", *days)
    (february,), (march,) = social(owner, "2026-02"), social(owner, "2026-03")
    assert (february["value"], march["value"], march["low"]) == (8_400, None, 0)
    assert "melonjak dari 8400 kunjungan (2026-02) menjadi 309000" in march["reason"]


def test_a_counter_with_a_digit_too_many_is_not_believed_from_its_first_month_on(channel: Any) -> None:
    readings = [("2025-12-31", 51_500), ("2026-01-31", 515_000)]
    owner = channel("penghitung", [counted(day, "2026-01-31", counter=total) for day, total in readings])
    (january,) = social(owner, "2026-01")
    assert (january["value"], january["low"], january["high"]) == (None, 0, None)
    assert "penghitung melonjak sepuluh kali lipat atau lebih" in january["reason"]
    readings[1] = ("2026-01-31", 514_999)
    batch(owner, "social_visits", "2026-01-01", [counted(d, "2026-01-31", counter=total) for d, total in readings])
    (january,) = social(owner, "2026-01")
    assert january["value"] == 463_499  # under the limit; the next months are held against it


# ---------------------------------------------------------------- KEG: entries that were not stated, or twice


def held(connection: Connection, quantities: list[int], stated: int | None, **changed: Any) -> Row:
    """January's figure of KEG-19 with so many people an entry, and so many entries stated."""
    rows = [
        {"code": "KEG-19", "number": number, "held_on": "2026-01-12", "quantity": quantity, "unit": "orang",
         "section": "seksi", "evidence": f"Daftar hadir {number}"} | changed
        for number, quantity in enumerate(quantities, 1)
    ]  # fmt: skip
    said = submission_row("diskominfo", "2026-01", stated, register="activity", received_on="2026-02-04", complete=True)
    batch(connection, "activity", "2026-01-01", rows)
    batch(connection, "register_submission", "2026-01-01", [said])
    definition = kamus.current(connection)["KEG-19"]
    with database.reading(connection, as_of_time=midnight_after(date(2026, 2, 20))):
        (found,) = connection.execute(f"select * from {definition}.figure where period = '2026-01'").fetchall()
    return dict(found)


def test_fourteen_activities_where_one_was_stated_are_no_value(owner: Connection) -> None:
    whole = held(owner, [20] * 14, 14)
    assert (whole["value"], whole["low"], whole["high"], whole["mutu"]) == (280, 280, 280, "cukup")
    short = held(owner, [20] * 14, 1)
    assert (short["value"], short["low"], short["high"], short["mutu"]) == (None, 0, 280, "kurang_data")
    assert "register menyatakan 1 entri, diterima 14" in short["reason"]
    nearly = held(owner, [20] * 14, 13)
    assert (nearly["value"], nearly["low"], nearly["mutu"]) == (280, 0, "cukup")
    assert "register menyatakan 13 entri, diterima 14" in nearly["reason"]
    nil = held(owner, [20] * 14, 0)
    assert (nil["value"], nil["low"], nil["mutu"]) == (None, 0, "tidak_tersedia")
    assert "register menyatakan 0 entri, diterima 14" in nil["reason"]


def test_an_activity_under_two_numbers_counts_once(owner: Connection) -> None:
    found = held(owner, [20, 25], 2, evidence="Daftar hadir 000/14/2026")
    assert (found["numerator"], found["value"], found["low"], found["high"]) == (20, None, 20, 45)
    assert (
        "25 orang pada 2026-01-12 tidak dihitung: bukti yang sama sudah dihitung dengan nomor lain" in found["reason"]
    )
