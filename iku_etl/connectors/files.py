"""Floor 2. Files as payloads: streamed as they are, refused when they change while they are read."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from iku_etl.errors import SettingError, TransientError
from iku_etl.model import Payload

CHUNK = 1024**2
NO_REGISTER = ("~$", ".", "Thumbs.db", "desktop.ini")  # what office programs leave beside a file


def listed(where: str, suffixes: tuple[str, ...]) -> list[Path]:
    """The file `where`, or the files of the folder `where` with one of the suffixes, by name.

    A folder that is not there holds nothing yet; a file that is not there is a SettingError.
    """
    path = Path(where)
    if path.is_file():
        return [path]
    if path.suffix.lower() in suffixes:
        raise SettingError(f"{path.name} is not there. See the url of this connection in connections.toml.")
    if not path.is_dir():
        return []
    found = (entry for entry in path.iterdir() if entry.is_file() and not entry.name.startswith(NO_REGISTER))
    return sorted(entry for entry in found if entry.name.lower().endswith(suffixes))


def payload(path: Path, media_type: str, position: date | None = None) -> Payload:
    """The file as a payload; its request says name, size and change time, never the folder."""
    asked_at = datetime.now(UTC)
    state = path.stat()
    return Payload(
        name=path.name,
        media_type=media_type,
        request={
            "method": "read",
            "file": path.name,
            "size_bytes": state.st_size,
            "modified_at": datetime.fromtimestamp(state.st_mtime, UTC).isoformat(),
        },
        asked_at=asked_at,
        answered_at=asked_at,
        status=None,
        chunks=_chunks(path, state),
        position=position,
    )


def _chunks(path: Path, before: os.stat_result) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk
        after = os.fstat(stream.fileno())
        same = (before.st_size, before.st_mtime_ns, before.st_ino) == (after.st_size, after.st_mtime_ns, after.st_ino)
        if not same or stream.tell() != before.st_size:
            raise TransientError(f"{path.name} berubah saat dibaca; akan dicoba lagi.", code="file_moved")
