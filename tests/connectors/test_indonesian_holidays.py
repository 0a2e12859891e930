"""The library's calendar as a payload: the days of the worked examples, the same bytes every time."""

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from loopback import kept

from iku_etl import catalogue
from iku_etl.connectors import indonesian_holidays
from iku_etl.connectors.registers import folder
from iku_etl.errors import ContractError
from iku_etl.model import Payload
from iku_etl.settings import Endpoint
from iku_etl.stages import parse
from iku_etl.window import window_at

ZONE = ZoneInfo("Asia/Jakarta")
MARCH = window_at("month", date(2026, 3, 1), ZONE)
EXAMPLES = Path(__file__).parents[1] / "data" / "worked_examples.json"
LISTED = "posisi_per,2026-03-31\nTanggal,Jenis,Keterangan,Dasar\n2026-03-25,cuti_bersama,Tambahan,SE contoh 2/2026\n"


def body(window: object = MARCH) -> bytes:
    (payload,) = indonesian_holidays.calendar(window)
    return b"".join(payload.chunks)


def test_the_days_of_the_year_are_those_of_the_worked_examples() -> None:
    expected = {(day["date"], day["kind"]) for day in json.loads(EXAMPLES.read_text())["holidays"]}
    found = [(day["day"], day["kind"]) for day in json.loads(body())["days"] if day["day"].startswith("2026")]
    assert set(found) == expected
    assert found == sorted(expected)


def test_the_years_around_the_window_are_there_and_the_library_says_its_version() -> None:
    said = json.loads(body())
    assert said["years"] == [2025, 2026, 2027]
    assert {day["day"][:4] for day in said["days"]} == {"2025", "2026", "2027"}
    (payload,) = indonesian_holidays.calendar(MARCH)
    assert payload.request == {"method": "library"} | {key: said[key] for key in said if key != "days"}
    assert said["version"]


def test_the_same_year_gives_the_same_bytes() -> None:
    assert body() == body(window_at("month", date(2026, 11, 1), ZONE))
    assert body() != body(window_at("month", date(2027, 1, 1), ZONE))


def test_library_and_list_are_one_snapshot_and_say_who_they_are(tmp_path: Path) -> None:
    source = catalogue.source("holiday")
    assert source.extract is not None
    connection = Endpoint("register", str(tmp_path / "drop"))
    assert [payload.media_type for payload in source.extract(MARCH, connection)] == [indonesian_holidays.MEDIA_TYPE]
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "libur.csv").write_text(LISTED)
    payloads = list(source.extract(MARCH, connection))
    assert [payload.media_type for payload in payloads] == [
        indonesian_holidays.MEDIA_TYPE,
        folder.MEDIA_TYPES[".csv"],
    ]
    held = [kept(tmp_path, payload, number) for number, payload in enumerate(payloads, 1)]
    rows = [row for piece in parse.records(source, held, MARCH) for row in piece.table.to_pylist()]
    assert {row["origin"] for row in rows[:-1]} == {"pustaka"}
    listed = {name: rows[-1][name] for name in ("day", "kind", "decree", "origin")}
    assert listed == {
        "day": date(2026, 3, 25),
        "kind": "cuti_bersama",
        "decree": "SE contoh 2/2026",
        "origin": "register",
    }


@pytest.mark.parametrize("broken", [b"", b"<html>", b"[]", b'{"day": []}', b'{"days": [{"day": "2026-01-01"}]}'])
def test_other_bytes_are_refused(tmp_path: Path, broken: bytes) -> None:
    asked = datetime(2026, 4, 1, tzinfo=ZONE)
    payload = kept(tmp_path, Payload("x", indonesian_holidays.MEDIA_TYPE, {}, asked, asked, None, [broken]))
    with pytest.raises(ContractError, match="bukan kalender"):
        list(indonesian_holidays.read(payload))
