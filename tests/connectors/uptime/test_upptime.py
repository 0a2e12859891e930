"""Upptime's history: the checks of one day out of a whole file."""

import gzip
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from loopback import DAY, ZONE, kept, kept_bytes, table

from iku_etl.connectors.uptime import upptime
from iku_etl.errors import ContractError
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
