"""A private file is its owner's alone, from its first byte on, and there is one text of it."""

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from iku_etl import private


@pytest.fixture(autouse=True)
def open_to_all() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("was_there", [False, True])
def test_a_file_that_is_replaced_is_private_whatever_was_there(tmp_path: Path, was_there: bool) -> None:
    path = tmp_path / "rahasia.toml"
    if was_there:
        path.write_text("lama")
        path.chmod(0o644)
    private.replace(path, "baru")
    assert (mode(path), path.read_text()) == (0o600, "baru")
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_private_while_it_is_written(tmp_path: Path) -> None:
    seen: list[int] = []
    path = tmp_path / "rahasia.toml"
    real = os.fsync

    def watched(descriptor: int) -> None:
        seen.extend(mode(one) for one in tmp_path.iterdir())
        real(descriptor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", watched)
        private.make_once(path, lambda: "isi")
    assert seen == [0o600]
    assert mode(path) == 0o600


def test_two_who_make_it_at_once_have_one_text(tmp_path: Path) -> None:
    path, found, start = tmp_path / "rahasia.toml", [], threading.Barrier(8)

    def make(number: int) -> None:
        start.wait()
        found.append(private.make_once(path, lambda: f"isi {number}"))

    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and set(found) == {path.read_text()}
