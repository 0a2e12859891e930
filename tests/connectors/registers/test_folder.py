"""A folder of register files: which belong to a window, and which are refused."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from loopback import JANUARY, ZONE, kept
from permissions import nobody
from register_kit import CSV, workbook

from iku_etl.connectors.registers import files, folder
from iku_etl.errors import SettingError, TransientError
from iku_etl.settings import Endpoint
from iku_etl.window import Window, window_at


def drop(where: Path, **contents: bytes) -> Endpoint:
    for name, content in contents.items():
        (where / name.replace("__", ".")).write_bytes(content)
    return Endpoint("register", str(where))


def just_ended() -> Window:
    this_month = datetime.now(ZONE).date().replace(day=1)
    return window_at("month", this_month - timedelta(days=1), ZONE)


def taken(window: Window, connection: Endpoint, late_by: timedelta | None = None) -> Iterator[tuple[str, date | None]]:
    return ((payload.name, payload.position) for payload in folder.extract(window, connection, late_by=late_by))


def test_a_snapshot_is_the_newest_position_of_its_window(tmp_path: Path) -> None:
    where = drop(
        tmp_path,
        a__csv=b"posisi_per,2026-01-15\nsite,count\n",
        b__csv=b"Posisi per;31 Januari 2026;;\nsite;count\n",
        c__csv=b'"Posisi per: 31/01/2026"\nsite,count\n',
        d__xlsx=workbook([["Posisi per", date(2026, 2, 28)], ["site", "count"]]),
        e__csv=b"site,count\n",
        f__tsv=b"posisi_per\t2026-01-31\nsite\tcount\n",
        g__txt="posisi_per\t31/01/2026\nsite\tcount\n".encode("utf-16"),  # "Unicode Text" of Excel
    )
    (tmp_path / "~$d.xlsx").write_bytes(b"lock")
    late_by = timedelta(days=14)
    newest = [(name, date(2026, 1, 31)) for name in ("b.csv", "c.csv", "f.tsv", "g.txt")]
    assert list(taken(JANUARY, where, late_by)) == newest
    february = window_at("month", date(2026, 2, 1), ZONE)
    assert list(taken(february, where, late_by)) == [("d.xlsx", date(2026, 2, 28))]
    assert list(taken(window_at("month", date(2026, 3, 1), ZONE), where, late_by)) == []


@pytest.mark.parametrize("closed", [".", "inside"])
def test_a_folder_that_may_not_be_read_is_not_an_empty_one(tmp_path: Path, closed: str) -> None:
    where = tmp_path / "drop"
    (where / "inside").mkdir(parents=True)
    drop(where, a__csv=b"posisi_per,2026-01-15\nsite,count\n")
    for look in (files.everything, lambda place: files.listed(place, (".csv",))):
        with nobody(where / closed), pytest.raises(SettingError, match="tidak boleh dibaca"):
            look(str(where / closed))


def test_a_snapshot_without_position_counts_for_the_month_just_ended(tmp_path: Path) -> None:
    where = drop(tmp_path, e__csv=b"site,count\n")
    assert list(taken(just_ended(), where, timedelta(days=40))) == [("e.csv", None)]
    assert list(taken(JANUARY, where, timedelta(days=40))) == []


def test_a_register_of_events_names_its_period(tmp_path: Path) -> None:
    where = drop(
        tmp_path,
        a__csv=b"Agenda\nperiode,2026-01\nsite,count\n",
        b__csv=b"Periode: Januari 2026\nsite,count\n",
        c__csv=b"periode;02/2026\nsite;count\n",
        d__csv=b"periode,31 Januari 2026\nsite,count\n",
        **{"agenda_2026-01__csv": b"site,count\n", "agenda_2026-01-31__csv": b"site,count\n"},
    )
    expected = ["a.csv", "agenda_2026-01-31.csv", "agenda_2026-01.csv", "b.csv", "d.csv"]
    assert [name for name, _ in taken(JANUARY, where)] == expected


def test_an_opening_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where, read_so_far = drop(tmp_path, a__csv=b"periode,2026-01\n"), []
    real = folder.opening
    monkeypatch.setattr(folder, "opening", lambda stream: read_so_far.append(1) or real(stream))
    for _ in range(3):
        assert len(list(taken(JANUARY, where))) == 1
    assert len(read_so_far) == 1
    drop(tmp_path, a__csv=b"periode,2026-02-01\n")
    assert list(taken(JANUARY, where)) == []


def test_a_file_that_is_still_written_is_left_for_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = drop(tmp_path, a__csv=b"periode,2026-01\nsite", b__csv=b"periode,2026-01\nsite,count\n")

    def meanwhile(_: float) -> None:
        with (tmp_path / "a.csv").open("ab") as stream:
            stream.write(b",count\n")

    monkeypatch.setattr("iku_etl.connectors.registers.files.time.sleep", meanwhile)
    assert [name for name, _ in taken(JANUARY, where)] == ["b.csv"]


def test_a_file_is_landed_as_it_is(tmp_path: Path) -> None:
    body = b"posisi_per,2026-01-31\r\nsite,count\r\n\xff\n"
    (payload,) = folder.extract(JANUARY, drop(tmp_path, a__csv=body), late_by=timedelta(days=14))
    assert kept(tmp_path, payload).path.read_bytes() == body
    assert payload.request["file"] == "a.csv"
    assert str(tmp_path) not in repr(payload)
    assert payload.asked_at.tzinfo is UTC


def test_a_file_that_changes_while_it_is_read_is_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"posisi_per,2026-01-31\n")
    payload = files.payload(path, CSV)
    with path.open("ab") as stream:
        stream.write(b"site,count\n")
    with pytest.raises(TransientError, match=r"a\.csv"):
        list(payload.chunks)


def test_a_folder_that_is_not_there_holds_nothing_but_a_named_file_must_be(tmp_path: Path) -> None:
    assert files.listed(str(tmp_path / "none"), (".csv",)) == []
    with pytest.raises(SettingError):
        files.listed(str(tmp_path / "none.csv"), (".csv",))
    assert os.listdir(tmp_path) == []
