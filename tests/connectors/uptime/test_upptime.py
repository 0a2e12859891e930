"""Upptime's history: the checks of one day out of a whole file."""

import gzip
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from loopback import DAY, ZONE, kept, kept_bytes, table

from iku_etl.connectors.uptime import upptime
from iku_etl.errors import ContractError, NotTold, SettingError
from iku_etl.records import unobserved
from iku_etl.settings import Endpoint
from iku_etl.window import window_at

CAPTURE = Path(__file__).parents[4] / "shared" / "data" / "upptime" / "history_d33bs.csv.gz"
HEAD = b"slug,last_updated,status,code,response_ms,commit_time\n"


def read(folder: Path, body: bytes) -> list[dict[str, Any]]:
    return list(table(upptime.read(kept_bytes(folder, body, upptime.MEDIA_TYPE), DAY)).to_pylist())


def test_checks_of_the_window(tmp_path: Path) -> None:
    lines = (
        b"a,2026-01-04T16:59:59.999Z,up,200,90,x\n"
        b"a,2026-01-04T17:00:00.000Z,up,200,100,x\n"
        b"a,2026-01-05T08:00:00+07:00,down,503,0,x\n"
        b"b,2026-01-05T02:00:00Z,down,0,0,x\n"
        b"b,2026-01-05T02:05:00Z,degraded,200,9000,x\n"
        b"b,2026-01-05T02:10:00Z,pending,0,0,x\n"
        b"b,kemarin,up,200,1,x\n"
        b"a,2026-01-05T17:00:00.000Z,up,200,100,x\n"
    )
    (piece,) = upptime.read(kept_bytes(tmp_path, HEAD + lines, upptime.MEDIA_TYPE), DAY)
    assert [tuple(row.values())[1:] for row in piece.table.to_pylist()] == [
        ("a", "2026-01-04T17:00:00.000Z", "true", "100", None),
        ("a", "2026-01-05T08:00:00+07:00", "false", None, "http_503"),
        ("b", "2026-01-05T02:00:00Z", "false", None, None),
        ("b", "2026-01-05T02:05:00Z", "true", "9000", None),
        ("b", "2026-01-05T02:10:00Z", "pending", None, None),  # the typed stage names it
        ("b", "kemarin", "true", "1", None),
    ]
    assert piece.declared_out == {upptime.OUTSIDE: 2}


@pytest.mark.parametrize(
    "body",
    [
        *(b"slug,when\n", HEAD + b"a,2026-01-05T02:00:00Z,up\n", HEAD + b"a\xff\n"),
        *(gzip.compress(HEAD * 99, mtime=0)[:-20], b""),
    ],
)
def test_what_is_no_history_stops(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(ContractError):
        read(tmp_path, body)


def test_damaged_gzip_never_gives_another_error(tmp_path: Path) -> None:
    good, dice = gzip.compress(HEAD + b"a,2026-01-05T02:00:00Z,down,\xc2\xb2,1,x\n" * 50, mtime=0), Random(7)
    assert len(read(tmp_path, good)) == 50
    for _ in range(200):
        body = bytearray(good)
        body[dice.randrange(10, len(body))] = dice.randrange(256)
        try:
            read(tmp_path, bytes(body))
        except ContractError:
            pass


@pytest.mark.skipif(
    not CAPTURE.exists(), reason="../shared/data/upptime is not here: its licence keeps it out of the project"
)
def test_the_captured_history(tmp_path: Path) -> None:
    (payload,) = upptime.history(Endpoint("upptime", str(CAPTURE)))
    landed = kept(tmp_path, payload)
    assert landed.path.read_bytes() == CAPTURE.read_bytes()
    with gzip.open(CAPTURE, "rt") as stream:
        moments = [line.split(",")[1] for line in stream][1:]
    day = window_at("day", date.fromisoformat(moments[4000][:10]), ZONE)
    pieces = list(upptime.read(landed, day))
    found = table(iter(pieces))
    assert 0 < found.num_rows < len(moments)
    assert found.num_rows + sum(sum(piece.declared_out.values()) for piece in pieces) == len(moments)


# ---------------------------------------------------------------- what else stands in the folder

STATE = b"url: https://dinkes.example\nstatus: up\ncode: 200\nlastUpdated: 2026-01-05T09:00:12.100Z\n"


def upptimes_own(folder: Path) -> Path:
    """A clone as Upptime writes it: a state a site, the checks are commits."""
    (folder / "history").mkdir()
    (folder / "history" / "dinkes.yml").write_bytes(STATE)
    (folder / "history" / "summary.json").write_bytes(b'[{"name":"Dinkes","slug":"dinkes","status":"up"}]')
    (folder / "README.md").write_bytes(b"# Upptime")
    return folder


@pytest.mark.parametrize("where", [".", "history", "history/dinkes.yml", "history/summary.json"])
def test_upptimes_own_folder_is_refused_by_name_with_the_form_that_is_wanted(tmp_path: Path, where: str) -> None:
    with pytest.raises(
        NotTold, match=r"(dinkes\.yml|summary\.json) .*commit git-nya.*slug,last_updated,status"
    ) as refused:
        list(upptime.history(Endpoint("upptime", str(upptimes_own(tmp_path) / where))))
    assert refused.value.code == "no_history"


def test_a_folder_without_a_history_names_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "riwayat.zip").write_bytes(b"PK")
    with pytest.raises(NotTold, match=r"riwayat\.zip, bukan riwayat"):
        list(upptime.history(Endpoint("upptime", str(tmp_path))))
    assert list(upptime.history(Endpoint("upptime", str(tmp_path / "belum ada")))) == []


def test_a_file_that_is_not_read_beside_a_history_is_named_and_upptimes_own_is_no_news(tmp_path: Path) -> None:
    upptimes_own(tmp_path)
    (tmp_path / "README.md").unlink()
    (tmp_path / "riwayat.csv").write_bytes(HEAD)
    assert [payload.name for payload in upptime.history(Endpoint("upptime", str(tmp_path)))] == ["riwayat.csv"]
    (tmp_path / "riwayat.csv.zst").write_bytes(b"x")
    first, note = upptime.history(Endpoint("upptime", str(tmp_path)))
    assert (first.name, note.media_type) == ("riwayat.csv", unobserved.MEDIA_TYPE)
    (item,) = unobserved.items(b"".join(note.chunks))
    assert item.place == "riwayat.csv.zst" and "tidak dibaca" in item.sentence


def test_a_map_would_change_nothing_and_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="Upptime"):
        list(upptime.history(Endpoint("upptime", str(tmp_path), {"sites": {"dinkes.example": "dinkes"}})))


@pytest.mark.parametrize("line", [b"a" * 10**6 + b"\n", b"x,"])
def test_a_history_that_unpacks_without_end_is_refused(tmp_path: Path, line: bytes) -> None:
    body = gzip.compress(HEAD + line * (200_000_000 // len(line)), 1)
    with pytest.raises(ContractError):
        read(tmp_path, body)
