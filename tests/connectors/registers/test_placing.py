"""What can't be read or placed costs no other file its month, and is named: never "no file", never another cause."""

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from loopback import ZONE
from register_kit import workbook

from iku_etl.connectors.registers import files, folder
from iku_etl.connectors.registers.placing import Placed, Placing
from iku_etl.errors import ContractError
from iku_etl.model import Unobserved
from iku_etl.records import unobserved
from iku_etl.settings import Endpoint
from iku_etl.window import Window, window_at

OCTOBER, NOVEMBER = (window_at("month", date(2026, month, 1), ZONE) for month in (10, 11))
IN_TIME, LATE, DECEMBER = (datetime(2026, month, day, 5, tzinfo=ZONE) for month, day in ((11, 5), (11, 28), (12, 5)))
LATE_BY = timedelta(days=14)
GOOD = b"posisi_per,2026-10-31\nsite,count\na,1\n"
EVENTS = b"periode,2026-10\nsite,count\na,1\n"
OLD_XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def placed(
    where: Path, contents: dict[str, bytes], *, window: Window = OCTOBER, late_by: timedelta | None = LATE_BY,
    now: datetime = IN_TIME, came: datetime | None = None, since: date | None = None, show_names: bool = True,
) -> Placed:  # fmt: skip
    """Where the files end up; they came when they are looked at, or at `came`."""
    for name, content in contents.items():
        (where / name).write_bytes(content)
    for path in where.iterdir():
        moment = (came or now).timestamp()
        os.utime(path, (moment, moment), follow_symlinks=False)
    found = folder.found_in(Endpoint("register", str(where)), show_names=show_names)
    return Placing(window, late_by, since, now.astimezone(UTC)).of(found)


def names(found: Placed) -> list[str]:
    return [one.name for one, _ in found.registers]


def sentences(unread: Iterable[Unobserved]) -> str:
    return "\n".join(one.sentence for one in unread)


KINDS = (
    "x.zip", "x.csv.gz", "x.json", "x.doc", "x.docx", "x.xls", "x.xlsm", "x.xlsb", "x.xltx", "x.ods", "x.numbers",
    "x.xml", "x.html", "x.7z", "x.rar", "x.csv.part", "x.parquet", "x",
)  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_a_file_of_a_kind_that_is_not_read_is_named_alone_and_beside_a_good_one(tmp_path: Path, name: str) -> None:
    alone = placed(tmp_path, {name: b"x"})
    assert (names(alone), len(alone.unread)) == ([], 1)
    assert alone.unread[0].sentence.startswith(f"{name}: jenis ")
    beside = placed(tmp_path, {"good.csv": GOOD})
    assert (names(beside), beside.unread) == (["good.csv"], alone.unread)
    assert beside.left_out == {}


def test_a_file_that_was_copied_with_its_old_time_is_named_now(tmp_path: Path) -> None:
    long_ago = datetime(2025, 3, 4, tzinfo=ZONE)
    assert len(placed(tmp_path, {"x.zip": b"x", "i.xlsx": OLD_XLS}, came=long_ago).unread) == 1
    assert names(placed(tmp_path, {}, came=long_ago)) == ["i.xlsx"]


@pytest.mark.parametrize("name", ["catatan.pdf", "scan.png", "foto.JPG", "surat.eml", "register.csv.bak", "BACA.txt"])
def test_a_paper_beside_a_register_is_left_out_by_name_and_alone_it_is_the_reason(tmp_path: Path, name: str) -> None:
    alone = placed(tmp_path, {name: b"halo"})
    assert f"erkas {name} (jenis ." in sentences(alone.unread)
    beside = placed(tmp_path, {"good.csv": GOOD})
    assert (names(beside), beside.unread) == (["good.csv"], [])
    ending = name.rpartition(".")[2].lower()
    assert [key.endswith(f"berkas {name} (jenis .{ending}), bukan register") for key in beside.left_out] == [True]


def test_a_folder_with_something_in_it_is_named_and_what_programs_leave_is_not(tmp_path: Path) -> None:
    (tmp_path / "arsip").mkdir()
    (tmp_path / "kosong").mkdir()
    (tmp_path / "arsip" / "a.csv").write_bytes(GOOD)
    found = placed(tmp_path, {"~$x.xlsx": b"", ".x": b"", "Thumbs.db": b"", "desktop.ini": b""})
    assert [one.sentence.startswith("Berkas arsip (folder), bukan register.") for one in found.unread] == [True]


def test_alone_every_file_is_named_in_the_first_sentence(tmp_path: Path) -> None:
    names_of_them = ("register.csv.gz", "register.doc", "register.xltx", "register.zip")
    found = placed(tmp_path, dict.fromkeys(names_of_them, b"x"))
    assert len(found.unread) == 4
    assert all(f"{name}: jenis" in found.unread[0].sentence for name in names_of_them)
    many = placed(tmp_path, {f"{number:02}.zip": b"x" for number in range(20)})
    assert "dan 14 lagi" in many.unread[0].sentence


BROKEN = {
    "html": b"<!DOCTYPE html><html>masuk</html>",
    "old_or_locked": OLD_XLS,
    "broken_workbook": workbook([["posisi_per", "2026-10-31"], ["site", "count"], ["a", 1]])[:-200],
    "empty": b"",
    "file_type": b"%PDF-1.4",
}


@pytest.mark.parametrize("now", [IN_TIME, LATE])
@pytest.mark.parametrize(("code", "body"), BROKEN.items())
def test_a_file_that_cant_be_opened_says_why_itself_and_never_that_it_lacks_a_date(
    tmp_path: Path, code: str, body: bytes, now: datetime
) -> None:
    """Its bytes are kept: the reader names the cause, also late, and beside a dated register."""
    for contents in ({}, {"good.csv": GOOD}):
        found = placed(tmp_path, {"i.xlsx": body, **contents}, now=now)
        assert names(found) == sorted([*contents, "i.xlsx"])
        assert found.unread == []
        assert next(one for one, _ in found.registers if one.name == "i.xlsx").opening.code == code
        assert names(placed(tmp_path, {}, now=now, window=NOVEMBER)) == []
        assert "i.xlsx" in names(placed(tmp_path, {}, now=DECEMBER, came=now))  # a later run says the same of October


def test_a_log_that_cant_be_opened_belongs_to_the_month_in_its_name(tmp_path: Path) -> None:
    contents = {"log_2026-09.xlsx": OLD_XLS, "log_2026-10.xlsx": OLD_XLS, "log.xlsx": OLD_XLS}
    assert names(placed(tmp_path, contents, late_by=None)) == ["log.xlsx", "log_2026-10.xlsx"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"site,count\na,1\n", "tidak jelas untuk kapan"),
        (b"posisi_per,kemarin\nsite,count\n", "posisi_per tidak dapat dibaca sebagai tanggal"),
        (b"posisi_per,2999-01-31\nsite,count\n", "2999-01-31 belum tiba"),
        (b"posisi_per,2016-01-31\nsite,count\n", "2016-01-31 sebelum data pertama"),
        (b"periode,2026-09\nsite,count\n", "hanya menyebut periode 2026-09"),
    ],
)
def test_a_register_without_a_sound_date_is_named_and_the_others_count(
    tmp_path: Path, content: bytes, why: str
) -> None:
    found = placed(tmp_path, {"a.csv": GOOD, "b.csv": content}, since=date(2026, 1, 1))
    assert names(found) == ["a.csv"]
    (said,) = found.unread
    assert said.sentence.startswith(f"b.csv: {why}. Tulis baris")
    assert "dicatat pada jendela terbaru, 2026-10" in said.sentence
    assert placed(tmp_path, {}, window=NOVEMBER).unread == []


def test_a_register_without_a_date_counts_for_what_just_ended_only_in_time_and_alone(tmp_path: Path) -> None:
    undated = {"b.csv": b"site,count\na,1\n"}
    assert names(placed(tmp_path, undated)) == ["b.csv"]
    late = placed(tmp_path, undated, now=LATE)
    assert (names(late), len(late.unread)) == ([], 1)
    in_time = placed(tmp_path, undated, now=LATE, came=IN_TIME)  # it was taken then
    assert (names(in_time), in_time.unread) == ([], [])


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("x.csv", b"site,count\n", "tidak jelas untuk kapan"),
        ("x.csv", b"periode,kemarin\n", "periode tidak dapat dibaca sebagai bulan"),
        ("x.csv", b"periode,2999-01\n", "2999-01 belum tiba"),
        ("x_2026-13.csv", b"site,count\n", "tidak jelas untuk kapan"),
        ("x.csv", b"posisi_per,2026-10-31\nsite,count\n", "tidak jelas untuk kapan"),
    ],
)
def test_a_log_without_a_month_is_named_in_the_newest_window_alone(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    found = placed(tmp_path, {"a.csv": EVENTS, name: content}, late_by=None)
    assert (names(found), [one.sentence.startswith(f"{name}: {why}. ") for one in found.unread]) == (["a.csv"], [True])
    for window, now, came in ((NOVEMBER, IN_TIME, IN_TIME), (OCTOBER, DECEMBER, DECEMBER)):
        assert placed(tmp_path, {}, late_by=None, window=window, now=now, came=came).unread == []
    assert placed(tmp_path, {}, late_by=None, now=DECEMBER, came=IN_TIME).unread == found.unread


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_links_and_pipes_are_named_and_never_read(tmp_path: Path, kind: str) -> None:
    where, secret = tmp_path / "drop", tmp_path / "secret"
    where.mkdir()
    secret.write_bytes(EVENTS)
    path = where / "x_2026-10.csv"
    path.symlink_to(secret) if kind == "link" else os.mkfifo(path)
    found = placed(where, {}, late_by=None)
    assert names(found) == []
    assert "x_2026-10.csv: tautan atau bukan berkas biasa." in sentences(found.unread)
    with pytest.raises(ContractError) as caught:
        list(files.payload(path, "text/csv").chunks)
    assert caught.value.code == "no_file"


def test_a_link_that_is_put_in_place_of_a_file_after_a_look_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, path = tmp_path / "secret", tmp_path / "a.csv"
    secret.write_bytes(b"rahasia")
    path.symlink_to(secret)
    monkeypatch.setattr(Path, "is_symlink", lambda _: False)  # as it was when somebody looked
    with pytest.raises(ContractError) as caught:
        files.open_regular(path)
    assert caught.value.code == "no_file"


def test_a_file_that_may_not_be_read_is_named_and_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def closed(path: Path, flags: int) -> int:
        if path.name == "b.csv":
            raise PermissionError
        return real(path, flags)

    monkeypatch.setattr("iku_etl.connectors.registers.files.os.open", closed)
    found = placed(tmp_path, {"a.csv": GOOD, "b.csv": GOOD})
    assert names(found) == ["a.csv"]
    assert found.unread[0].sentence.startswith("b.csv tidak dapat dibuka (PermissionError)")


def test_a_name_that_may_be_a_persons_is_not_said(tmp_path: Path) -> None:
    contents = {"Budi.Santoso": b"x", "Budi.xls": b"x", "Budi.pdf": b"x", "Budi.csv": b"site,count\n", "a.csv": GOOD}
    (tmp_path / "Budi.tsv").symlink_to(tmp_path / "a.csv")
    found = placed(tmp_path, contents, show_names=False)
    assert len(found.unread) == 4
    assert len(found.left_out) == 1
    note = unobserved.note(found.unread, found.left_out).decode()
    assert "Budi" not in note
    assert "Santoso" not in note
    assert "jenis .xls" in note


def test_a_name_with_signs_that_nobody_prints_is_shown_without_them(tmp_path: Path) -> None:
    found = placed(tmp_path, {"a\x1b[31m\n.zip": b"x", os.fsdecode(b"b\xff.zip"): b"x"})
    assert [one.place for one in found.unread] == ["a?[31m?.zip", "b?.zip"]


def test_a_time_that_no_calendar_has_costs_nothing() -> None:
    assert files.changed_at(os.stat_result([0] * 8 + [10**17, 0])).year == 1


def test_what_is_not_read_lands_as_one_note_with_the_same_bytes_each_night(tmp_path: Path) -> None:
    for name, content in {"x.zip": b"x", "y.pdf": b"x", "a.csv": GOOD}.items():
        (tmp_path / name).write_bytes(content)
    where, just_ended = Endpoint("register", str(tmp_path)), datetime.now(ZONE).date().replace(day=1) - timedelta(1)
    window = window_at("month", just_ended, ZONE)
    (tmp_path / "a.csv").write_bytes(GOOD.replace(b"2026-10-31", just_ended.isoformat().encode()))
    first, second = (list(folder.extract(window, where, late_by=LATE_BY)) for _ in range(2))
    assert [payload.name for payload in first] == ["a.csv", folder.NOT_READ]
    assert list(first[1].chunks) == list(second[1].chunks)
    assert unobserved.items(b"".join(first[1].chunks))[0].place == "x.zip"


# ---------------------------------------------------------------- a workbook of several months


def book(*sheets: tuple[str, str | None]) -> bytes:
    return workbook(
        *(
            [
                [*([["posisi_per", day]] if day else []), ["site", "count"], [f"s{number}", number]]
                for number, (_, day) in enumerate(sheets)
            ]
        ),
        titles=[title for title, _ in sheets],
    )


def test_a_workbook_is_handed_in_for_each_month_that_its_sheets_say(tmp_path: Path) -> None:
    contents = {"a.xlsx": book(("a", "2026-10-31"), ("b", "2026-09-30"), ("c", "2026-10-15"), ("d", "2999-01-31"))}
    september = window_at("month", date(2026, 9, 1), ZONE)
    for window, day in ((OCTOBER, date(2026, 10, 31)), (september, date(2026, 9, 30))):
        found = placed(tmp_path, contents, window=window)
        assert [(one.name, position) for one, position in found.registers] == [("a.xlsx", day)]
        assert found.unread == []
    there = folder.positioned(Endpoint("register", str(tmp_path)))
    assert sorted(there) == [date(2026, 9, 30), date(2026, 10, 15), date(2026, 10, 31), date(2999, 1, 31)]
