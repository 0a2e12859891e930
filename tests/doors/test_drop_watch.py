"""The watch of the drop folder: one event for a file that rests, none for what is still being copied."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE

from iku_etl.settings import PROJECT

sys.path.append(str(PROJECT / "plugins"))  # as Airflow does
from drop_watch import DropFolder, fingerprint


class Store:
    """What Airflow keeps beside the asset."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    async def aget(self, key: str) -> Any:
        return self.kept.get(key)

    async def aset(self, key: str, value: Any) -> None:
        self.kept[key] = value


def watch(folder: Path, store: Store) -> DropFolder:
    made = DropFolder(str(folder), every_seconds=0.02)
    made.asset_state_store = store
    return made


async def events(folder: Path, store: Store, wanted: int, act: Any) -> int:
    """Watch until so many events came, or, for none, for a while; `act` is done once the first look is over."""
    found = 0

    async def run() -> None:
        nonlocal found
        async for _ in watch(folder, store).run():
            found += 1

    task = asyncio.ensure_future(run())
    while not store.kept:
        await asyncio.sleep(0.01)
    act()
    try:
        async with asyncio.timeout(PATIENCE if wanted else 0.5):
            while found < wanted or not wanted:
                await asyncio.sleep(0.01)
    except TimeoutError:
        pass
    task.cancel()
    return found


def test_a_file_gives_one_event_and_a_restart_none(tmp_path: Path) -> None:
    folder, store = tmp_path / "drop", Store()
    assert asyncio.run(events(folder, store, 0, lambda: None)) == 0

    def put() -> None:
        folder.mkdir()
        (folder / "a.csv").write_text("a")

    assert asyncio.run(events(folder, store, 1, put)) == 1
    store.kept["seen"] = fingerprint(str(folder))  # the test may have ended between the event and its note
    assert asyncio.run(events(folder, store, 0, lambda: None)) == 0
    (folder / "a.csv").write_text("ab")  # while nobody looked
    assert asyncio.run(events(folder, store, 1, lambda: None)) == 1


def test_what_grows_is_waited_for(tmp_path: Path) -> None:
    store = Store()

    async def copied() -> int:
        found, made = 0, watch(tmp_path, store)
        made.every_seconds = 0.1

        async def run() -> None:
            nonlocal found
            async for _ in made.run():
                found += 1

        task = asyncio.ensure_future(run())
        for size in range(100):  # a new size at each look
            (tmp_path / "a.csv").write_text("x" * size)
            await asyncio.sleep(0.01)
        task.cancel()
        return found

    assert asyncio.run(copied()) == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list everything")
def test_a_folder_that_cant_be_listed_is_not_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir(mode=0)
    assert fingerprint(str(tmp_path)) is None
