"""A copy of kept bytes that opens by its name: whole, never over another file, and for whoever asked alone."""

import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from iku_etl.connectors.registers.kinds import MEDIA_TYPES
from iku_etl.errors import NotFound, RawStoreError, SettingError
from iku_etl.model import Payload
from iku_etl.stages.land import Store, hand_out
from iku_etl.stages.land.handed_out import name_of

NOW = datetime(2026, 2, 3, tzinfo=UTC)


def described(name: str, media_type: str, sha256: str | None = None) -> dict[str, Any]:
    return {"payload_id": 7, "name": name, "media_type": media_type, "sha256": sha256}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "raw", 10**6, 0)


@pytest.fixture
def row(store: Store) -> dict[str, Any]:
    kept = store.land(Payload("ppid_2026-09.xlsx", MEDIA_TYPES[".xlsx"], {}, NOW, NOW, None, [b"PK"]), 1)
    return described(kept.name, kept.media_type, kept.sha256)


def test_a_workbook_keeps_its_name_and_nobody_else_may_read_it(store: Store, row: Any, tmp_path: Path) -> None:
    path = hand_out(store, row, tmp_path / "audit")
    assert path.name == "payload-7-ppid_2026-09.xlsx"
    assert path.read_bytes() == b"PK"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_nothing_is_overwritten_not_even_through_a_link(store: Store, row: Any, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    (tmp_path / "payload-7-ppid_2026-09.xlsx").symlink_to(victim)
    with pytest.raises(SettingError, match="sudah ada; tidak ada yang ditimpa"):
        hand_out(store, row, tmp_path)
    assert not victim.exists()


def test_torn_bytes_are_not_handed_out(store: Store, row: Any, tmp_path: Path) -> None:
    kept = store.path(row["sha256"])
    kept.chmod(0o600)
    kept.write_bytes(b"PX")
    with pytest.raises(RawStoreError, match="tidak lagi sesuai namanya"):
        hand_out(store, row, tmp_path / "audit")
    with pytest.raises(NotFound, match="hanya sidiknya"):
        hand_out(store, row | {"sha256": None}, tmp_path / "audit")
    assert not (tmp_path / "audit").exists()


@pytest.mark.parametrize(
    ("name", "media_type", "shown"),
    [
        ("../../etc/passwd", "text/csv", "payload-7-etc_passwd.csv"),
        ("lap oran\x1b[31m.CSV", "text/csv", "payload-7-lap_oran_31m.csv"),
        ("rekap.tsv", "text/csv", "payload-7-rekap.tsv"),
        ("matomo/www.example", "application/json;profile=matomo", "payload-7-matomo_www.example.json"),
        ("holidays-ID", "application/vnd.iku.holidays+json", "payload-7-holidays-ID.json"),
        ("activity-a1", "application/x-ndjson", "payload-7-activity-a1.ndjson"),
        ("...", "application/octet-stream", "payload-7.bin"),
        ("x" * 300, "text/csv", f"payload-7-{'x' * 80}.csv"),
    ],
)
def test_a_name_is_safe_and_ends_as_its_kind_does(name: str, media_type: str, shown: str) -> None:
    assert name_of(described(name, media_type)) == shown
