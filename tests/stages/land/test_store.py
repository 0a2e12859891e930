"""The raw store: bytes are kept under their hash, durably, once, and no failure costs what was kept."""

import hashlib
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iku_etl.errors import RawStoreError, TransientError
from iku_etl.model import Payload
from iku_etl.stages.land.store import Store, payload_fingerprint

NOW = datetime(2026, 1, 6, tzinfo=UTC)


def payload(*chunks: bytes) -> Payload:
    return Payload("uji.csv", "text/csv", {}, NOW, NOW, None, chunks)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "raw", cap_bytes=1000, floor_bytes=0)


def files(store: Store) -> list[Path]:
    return [path for path in store.folder.rglob("*") if path.is_file()]


def test_bytes_are_kept_under_their_hash_and_read_only(store: Store) -> None:
    kept = store.land(payload(b"a,b\n", b"1,2\n"), 1)
    assert kept.sha256 == hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    assert (kept.path.read_bytes(), kept.size_bytes) == (b"a,b\n1,2\n", 8)
    assert stat.S_IMODE(kept.path.stat().st_mode) & 0o222 == 0
    assert files(store) == [kept.path]


def test_the_order_of_calls_makes_a_name_only_for_bytes_on_disk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGKILL can't reveal a missing fsync, so the trace of the calls is the test."""
    trace: list[str] = []
    real = {name: getattr(os, name) for name in ("fsync", "link", "chmod")}

    def fsync(descriptor: int) -> None:
        trace.append("fsync folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "fsync file")
        real["fsync"](descriptor)

    def link(*names: Path) -> None:
        trace.append("link")
        real["link"](*names)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "link", link)
    monkeypatch.setattr(os, "rename", lambda *_: pytest.fail("rename overwrites"))
    monkeypatch.setattr(os, "replace", lambda *_: pytest.fail("replace overwrites"))
    store.land(payload(b"x"), 1)
    assert trace == ["fsync file", "link", "fsync folder", "fsync folder"]


def test_the_same_bytes_again_are_kept_once(store: Store) -> None:
    first = store.land(payload(b"x"), 1)
    written = first.path.stat()
    again = store.land(payload(b"x"), 2)
    assert (again.sha256, again.path.stat().st_ino) == (first.sha256, written.st_ino)
    assert len(files(store)) == 1


def test_a_torn_file_does_not_stand_in_for_good_bytes(store: Store) -> None:
    kept = store.land(payload(b"whole"), 1)
    kept.path.chmod(0o600)
    kept.path.write_bytes(b"who")
    with pytest.raises(RawStoreError, match="tidak lagi sesuai namanya") as caught:
        store.land(payload(b"whole"), 2)
    assert caught.value.code == "raw_torn"
    with pytest.raises(RawStoreError, match="tidak lagi sesuai namanya"):
        store.verify(kept.sha256)
    kept.path.unlink()
    with pytest.raises(RawStoreError, match="tidak ada lagi"):
        store.verify(kept.sha256)


def test_a_payload_over_the_cap_is_refused_and_leaves_nothing(store: Store) -> None:
    before = store.land(payload(b"x"), 1)
    with pytest.raises(RawStoreError, match="lebih dari 1000 bita") as caught:
        store.land(payload(*[b"y" * 600] * 2), 2)
    assert caught.value.code == "payload_too_large"
    assert files(store) == [before.path]


def test_a_full_disk_is_told_before_anything_is_written(tmp_path: Path) -> None:
    store = Store(tmp_path / "raw", cap_bytes=1000, floor_bytes=1 << 60)

    def never() -> Iterator[bytes]:
        pytest.fail("the payload was read although there is no room for it")
        yield b""

    with pytest.raises(RawStoreError, match="Kosongkan ruang") as caught:
        store.land(Payload("uji.csv", "text/csv", {}, NOW, NOW, None, never()), 1)
    assert caught.value.code == "disk_full"


def test_a_stream_that_breaks_leaves_what_was_kept_untouched(store: Store) -> None:
    before = store.land(payload(b"x"), 1)

    def breaks() -> Iterator[bytes]:
        yield b"half"
        raise TransientError("the other side hung up")

    with pytest.raises(TransientError):
        store.land(Payload("uji.csv", "text/csv", {}, NOW, NOW, None, breaks()), 2)
    assert files(store) == [before.path]
    store.verify(before.sha256)


@given(st.lists(st.binary(max_size=50), max_size=8))
def test_how_bytes_are_cut_into_chunks_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes]
) -> None:
    store = Store(tmp_path_factory.getbasetemp() / "shared-raw", cap_bytes=1000, floor_bytes=0)
    whole = store.land(payload(b"".join(chunks)), 1)
    assert store.land(payload(*chunks), 1).sha256 == whole.sha256
    assert store.verify(whole.sha256) == whole.size_bytes


def test_same_content_means_same_bytes_contract_and_decisions(store: Store) -> None:
    one, two = store.land(payload(b"1"), 1), store.land(payload(b"2"), 2)
    prints = [
        payload_fingerprint([one, two], 1, []),
        payload_fingerprint([two, one], 1, []),
        payload_fingerprint([one], 1, []),
        payload_fingerprint([one, two], 2, []),
        payload_fingerprint([one, two], 1, [7]),
    ]
    assert len(set(prints)) == 5
    assert payload_fingerprint([one, two], 1, []) == prints[0]
