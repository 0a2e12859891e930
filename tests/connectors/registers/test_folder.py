"""A folder of register files: which belong to a window, and which are refused."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from loopback import JANUARY, ZONE, kept
from register_kit import CSV, workbook

from iku_etl.connectors.registers import files, folder
from iku_etl.errors import ContractError, SettingError, TransientError
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
        f__txt=b"posisi_per,2026-01-31\n",
    )
    (tmp_path / "~$d.xlsx").write_bytes(b"lock")
    late_by = timedelta(days=14)
    assert list(taken(JANUARY, where, late_by)) == [("b.csv", date(2026, 1, 31)), ("c.csv", date(2026, 1, 31))]
    february = window_at("month", date(2026, 2, 1), ZONE)
    assert list(taken(february, where, late_by)) == [("d.xlsx", date(2026, 2, 28))]
    assert list(taken(window_at("month", date(2026, 3, 1), ZONE), where, late_by)) == []


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


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("x.csv", b"site,count\n", "no_period"),
        ("x.csv", b"periode,kemarin\n", "no_period"),
        ("x.csv", b"periode,2999-01\n", "no_period"),
        ("x_2026-13.csv", b"site,count\n", "no_period"),
        ("x.xls", b"\xd0\xcf\x11\xe0", "file_type"),
    ],
)
def test_a_file_that_cannot_be_placed_troubles_the_newest_window_alone(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    (tmp_path / name).write_bytes(content)
    where = Endpoint("register", str(tmp_path))
    window = just_ended()
    with pytest.raises(ContractError, match="x") as caught:
        list(taken(window, where))
    assert caught.value.code == code
    assert list(taken(window_at("month", window.first_day - timedelta(days=40), ZONE), where)) == []


def test_an_undated_or_impossible_file_beside_dated_ones_is_named(tmp_path: Path) -> None:
    window = just_ended()
    day = window.last_day.isoformat().encode()
    where = drop(tmp_path, a__csv=b"posisi_per,%s\nsite,count\n" % day, b__csv=b"site,count\n")
    with pytest.raises(ContractError, match=r"b\.csv") as caught:
        list(taken(window, where, timedelta(days=40)))
    assert caught.value.code == "no_period"
    with pytest.raises(ContractError, match=r"b\.csv"):  # it came too late to be taken for what just ended
        list(taken(window, where, timedelta(0)))
    drop(tmp_path, b__csv=b"posisi_per,2999-01-31\nsite,count\n")
    with pytest.raises(ContractError, match=r"b\.csv"):
        list(taken(window, where, timedelta(days=40)))


def test_a_position_before_the_first_cell_is_named(tmp_path: Path) -> None:
    where = drop(tmp_path, b__csv=b"posisi_per,2016-01-31\nsite,count\n")
    found = folder.extract(just_ended(), where, late_by=timedelta(days=40), since=date(2026, 1, 1))
    with pytest.raises(ContractError, match=r"b\.csv"):
        list(found)


def test_the_name_of_a_file_is_not_said_where_it_may_be_a_persons(tmp_path: Path) -> None:
    drop(tmp_path, **{"Budi__csv": b"site,count\n"})
    where = Endpoint("register", str(tmp_path))
    with pytest.raises(ContractError, match=r"^berkas #[0-9a-f]{6}: ") as caught:
        list(folder.extract(just_ended(), where, show_names=False))
    assert "Budi" not in str(caught.value)
    drop(tmp_path, **{"Budi__csv": b"periode,2026-01\nsite,count\n"})
    (payload,) = folder.extract(JANUARY, where, show_names=False)
    assert "Budi" not in repr(payload)
    (tmp_path / "Budi.csv").write_bytes(b"")
    with pytest.raises(TransientError, match=r"^berkas #[0-9a-f]{6} ") as moved:
        list(payload.chunks)
    assert "Budi" not in str(moved.value)


def test_an_opening_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where, read_so_far = drop(tmp_path, a__csv=b"periode,2026-01\n"), []
    real = folder.opening
    monkeypatch.setattr(folder, "opening", lambda stream: read_so_far.append(1) or real(stream))
    for _ in range(3):
        assert len(list(taken(JANUARY, where))) == 1
    assert len(read_so_far) == 1
    drop(tmp_path, a__csv=b"periode,2026-02-01\n")
    assert list(taken(JANUARY, where)) == []


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_links_and_pipes_are_refused(tmp_path: Path, kind: str) -> None:
    drop_folder, secret = tmp_path / "drop", tmp_path / "secret"
    drop_folder.mkdir()
    secret.write_bytes(b"periode,2026-01\n")
    path = drop_folder / "x_2026-01.csv"
    path.symlink_to(secret) if kind == "link" else os.mkfifo(path)
    where = Endpoint("register", str(drop_folder))
    assert list(taken(JANUARY, where)) == []
    with pytest.raises(ContractError, match="x_2026-01") as caught:
        list(taken(just_ended(), where))
    assert caught.value.code == "no_file"
    with pytest.raises(ContractError) as caught:
        list(files.payload(path, CSV).chunks)
    assert caught.value.code == "no_file"


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
