"""Watches a source's drop folder, so that a file is collected within minutes and not the next morning.

One listing a minute and source, by the triggerer: names, sizes and times, no file is opened and no task runs. An
event comes when the folder is another than at the last event and has rested for a minute, so that no half-copied file
is read. What was seen last is kept by Airflow beside the asset: a restart tells nothing twice and misses nothing.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

EVERY_SECONDS = 60
SEEN = "seen"


class DropFolder(BaseEventTrigger):
    """Fires when the files of a folder have changed and rest."""

    def __init__(self, folder: str, every_seconds: float = EVERY_SECONDS) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow leaves it untyped
        self.folder = folder
        self.every_seconds = every_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return f"{__name__}.DropFolder", {"folder": self.folder, "every_seconds": self.every_seconds}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look, wait, look again, for ever. What lies there at the very first look is the nightly run's."""
        store = self.asset_state_store
        told = await store.aget(SEEN) if store else None
        before = None
        while True:
            now = await asyncio.to_thread(fingerprint, self.folder)
            if now is not None and now != told and (now == before or told is None):
                is_first, told = told is None, now
                if not is_first:
                    yield TriggerEvent({"folder": self.folder})  # type: ignore[no-untyped-call]  # as above
                if store:
                    await store.aset(SEEN, now)  # after the event: killed in between it is told again
            before = now
            await asyncio.sleep(self.every_seconds)


def fingerprint(folder: str) -> str | None:
    """What lies in a folder and its subfolders, as one word; None if it can't be listed just now."""
    found = []
    try:
        for place, _, names in os.walk(folder, onerror=_raise) if os.path.isdir(folder) else ():
            for name in names:
                path = os.path.join(place, name)
                state = os.stat(path)
                found.append((path, state.st_size, state.st_mtime_ns))
    except OSError:  # a share that is away, a file that went meanwhile
        return None
    return hashlib.sha256(repr(sorted(found)).encode()).hexdigest()


def _raise(problem: OSError) -> None:
    raise problem  # os.walk would take a folder that can't be listed for an empty one
