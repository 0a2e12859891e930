"""Files of named people in the drop folder: whole, never over another, with a note of who; rows emptied in place."""

import io
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from kit import ZONE
from register_kit import CSV, XLSX, read, workbook

from iku_etl.connectors.registers import emptied, folder, handed
from iku_etl.errors import ContractError
from iku_etl.settings import Endpoint
from iku_etl.window import window_at

JANUARY = window_at("month", date(2026, 1, 1), ZONE)
NOTE = {"by": "Ani", "letter": "800/1", "remark": "", "ticket": "abcdefghijklmnop", "at": "2026-02-01T00:00:00+00:00"}
BODY = b'posisi_per,2026-01-31\nsite,count\na,1\n"b\nc",x\nd,4\n'


@pytest.mark.parametrize(
    ("called", "states", "name"),
    [
        ("Agenda Januari.csv", "", "agenda-januari_abc-1.csv"),
        ("../../etc/passwd", "2026-01", "2026-01_passwd_abc-1.csv"),
        ("..\\..\\x", "posisi_2026-01-31", "posisi_2026-01-31_x_abc-1.csv"),
        ("\u202e\x00<>", "", "abc-1.csv"),
        ("x" * 300, "", f"{'x' * 40}_abc-1.csv"),
    ],
)
def test_a_name_holds_nothing_but_letters_and_digits_of_what_it_was_called(called: str, states: str, name: str) -> None:
    assert handed.name_of("abc", 1, ".csv", states=states, called=called) == name


def test_what_is_put_there_is_whole_noted_and_takes_no_others_place(tmp_path: Path) -> None:
    given, drop = tmp_path / "given", tmp_path / "drop"
    given.write_bytes(BODY)
    made = handed.put(drop, given, "a.csv", NOTE)
    assert made.read_bytes() == BODY
    assert handed.note_of(made) == {name: text for name, text in NOTE.items() if text}
    given.write_bytes(b"other")
    assert handed.put(drop, given, "a.csv", NOTE).read_bytes() == BODY
    assert sorted(path.name for path in drop.iterdir()) == [".a.csv.serah.json", "a.csv"]
    (payload,) = folder.extract(JANUARY, Endpoint("register", str(drop)), late_by=timedelta(0), since=None)
    assert payload.request["handed_in"]["by"] == "Ani"


@pytest.mark.parametrize("is_kept", [True, False])
def test_what_is_taken_away_is_kept_aside_or_gone(tmp_path: Path, is_kept: bool) -> None:
    given = tmp_path / "given"
    given.write_bytes(BODY)
    for _ in range(2):
        handed.take_away(handed.put(tmp_path / "drop", given, "a.csv", NOTE), is_kept=is_kept)
    left = [path for path in (tmp_path / "drop").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in left] == [BODY] * 2 * is_kept


@pytest.mark.parametrize("body", [b"", b"[1]", b'{"by": 1}', b"{", b"\xff", b'{"other": "x"}'])
def test_a_note_that_is_none_says_nothing(tmp_path: Path, body: bytes) -> None:
    (tmp_path / ".a.csv.serah.json").write_bytes(body)
    assert handed.note_of(tmp_path / "a.csv") == {}


def test_a_silent_file_may_say_its_position_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "posisi_2026-01-30_x.csv").write_bytes(b"site,count\na,1\n")
    (tmp_path / "posisi_2026-02-30_x.csv").write_bytes(BODY)  # it says so itself
    found = list(folder.extract(JANUARY, Endpoint("register", str(tmp_path)), late_by=timedelta(0), since=None))
    assert [(one.name, str(one.position)) for one in found] == [("posisi_2026-02-30_x.csv", "2026-01-31")]
    (tmp_path / "posisi_2026-02-30_x.csv").unlink()
    (one,) = folder.extract(JANUARY, Endpoint("register", str(tmp_path)), late_by=timedelta(0), since=None)
    assert str(one.position) == "2026-01-30"


def test_emptied_rows_of_a_csv_leave_the_others_where_they_were(tmp_path: Path) -> None:
    given, made = tmp_path / "a.csv", tmp_path / "b.csv"
    given.write_bytes(BODY)
    before = {row["site"]: row["place"] for row in read(tmp_path, BODY, CSV)}
    emptied.without_rows(given, [before["b\nc"]], made)
    after = {row["site"]: row["place"].partition(",")[0] for row in read(tmp_path, made.read_bytes(), CSV)}
    assert after == {site: place.partition(",")[0] for site, place in before.items() if site != "b\nc"}
    for place in ("baris 9, byte 900-901", "Sheet1!4", "seluruh berkas"):
        with pytest.raises(ContractError, match="tidak ada di berkas itu"):
            emptied.without_rows(given, [place], made)


def test_emptied_rows_of_a_workbook_leave_the_others_where_they_were(tmp_path: Path) -> None:
    body = workbook([["posisi_per", "2026-01-31"], ["site", "count"], ["a", 1], ["b", "x"], ["c", 3]])
    given, made = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    given.write_bytes(body)
    for place in ("Lembar1!4", "lembar 1!4"):  # as a file that may name persons says it
        emptied.without_rows(given, [place], made)
        after = [(row["site"], row["place"]) for row in read(tmp_path, made.read_bytes(), XLSX)]
        assert after == [("a", "Lembar1!3"), ("c", "Lembar1!5")]
    assert openpyxl.load_workbook(io.BytesIO(body))["Lembar1"]["A4"].value == "b"
    for place in ("Lain!4", "lembar 9!4"):
        with pytest.raises(ContractError, match="tidak ada di berkas itu"):
            emptied.without_rows(given, [place], made)
