"""Files as payloads: streamed as they are, refused when they change while they are read."""

import errno
import hashlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from iku_etl.connectors.registers.kinds import MEDIA_TYPES
from iku_etl.errors import ContractError, SettingError, TransientError
from iku_etl.model import Payload

CHUNK = 1024**2
FRESH_SECONDS, LOOK_AGAIN_SECONDS = 2, 0.05  # a file so young may still be written
NO_REGISTER = ("~$", ".", "Thumbs.db", "desktop.ini")  # what office programs leave beside a file


def listed(where: str, suffixes: tuple[str, ...]) -> list[Path]:
    """The file `where`, or the files of the folder `where` with one of the suffixes, by name.

    A folder that is not there holds nothing yet; a file that is not there is a SettingError. Links and the like
    are listed too, so that they are refused by name; a file that grows is left for the next run.
    """
    path = Path(where)
    if os.path.isfile(path):  # False where one may not look; Path's own raises
        return [path]
    if path.suffix.lower() in suffixes:
        raise SettingError(f"{path.name} tidak ada. Periksa url koneksi ini di connections.toml.")
    found = (entry for entry in _inside(path) if not entry.name.startswith(NO_REGISTER))
    named = sorted(entry for entry in found if entry.name.lower().endswith(suffixes))
    return _settled([entry for entry in named if entry.is_symlink() or not entry.is_dir()])


def everything(where: str) -> list[Path]:
    """The file `where`, or all that lies in the folder `where`, by name; the same rules as `listed`.

    But for what programs leave there, every file is in it, of whatever kind: what is not read must be named. A folder
    in it is listed if something lies in there.
    """
    path = Path(where)
    if os.path.isfile(path):
        return [path]
    if path.suffix.lower() in MEDIA_TYPES and not os.path.exists(path):
        raise SettingError(f"{path.name} tidak ada. Periksa url koneksi ini di connections.toml.")
    found = sorted(entry for entry in _inside(path) if not entry.name.startswith(NO_REGISTER))
    return _settled([entry for entry in found if not is_folder(entry) or _inside(entry)])


def _inside(folder: Path) -> list[Path]:
    """What lies in a folder, nothing where there is none. One that can't be listed is not an empty one.

    Raises SettingError where it may not be read, TransientError where it can't be just now.
    """
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except PermissionError:
        raise SettingError(
            f"{folder}: tidak boleh dibaca. Beri izin baca kepada pengguna yang menjalankan iku."
        ) from None
    except OSError as problem:  # a share that is away
        why = f"{folder} tidak dapat dibuka ({type(problem).__name__}); akan dicoba lagi."
        raise TransientError(why, code="file_moved") from None


def is_folder(path: Path) -> bool:
    """Whether a folder itself stands there, and not a link to one."""
    return path.is_dir() and not path.is_symlink()


def _settled(paths: list[Path]) -> list[Path]:
    """Those that no one is writing just now: looked at twice if they were changed a moment ago."""
    before = {path: found for path in paths if (found := state(path))}
    now = time.time()
    if any(abs(now - found.st_mtime) < FRESH_SECONDS for found in before.values()):
        time.sleep(LOOK_AGAIN_SECONDS)
        return [path for path, was in before.items() if (found := state(path)) and found.st_size == was.st_size]
    return list(before)


def state(path: Path) -> os.stat_result | None:
    """Size and times of what stands there, link or not; None when it is gone."""
    try:
        return path.lstat()
    except FileNotFoundError:  # moved away meanwhile
        return None


def shown_name(path: Path, *, show: bool) -> str:
    """The file's name, or where that may be a person's, `berkas #ab12cd`, which still tells files apart.

    Control characters and bytes that are no text are shown as `?`: neither a terminal nor the database takes them.
    """
    if not show:
        return f"berkas #{hashlib.sha256(path.name.encode(errors='replace')).hexdigest()[:6]}"
    return "".join(sign if sign.isprintable() else "?" for sign in path.name)


def asked_for(name: str, found: os.stat_result) -> dict[str, Any]:
    """What the request of a file's payload says of it: enough to tell whether another file stands there now."""
    return {"file": name, "size_bytes": found.st_size, "modified_at": changed_at(found).isoformat()}


def changed_at(found: os.stat_result) -> datetime:
    """When the file was changed last; the year 1 for a time that no calendar has."""
    try:
        return datetime.fromtimestamp(found.st_mtime, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.min.replace(tzinfo=UTC)


def open_regular(path: Path, name: str | None = None) -> BinaryIO:
    """The file, opened; ContractError `no_file` for a link, pipe or device, TransientError if it can't be read."""
    name = name or shown_name(path, show=True)
    refused = ContractError(f"{name}: tautan atau bukan berkas biasa. Salin berkasnya sendiri.", code="no_file")
    try:  # the opening itself refuses a link: one that was put there after a look would lead anywhere
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)  # a pipe must not keep us waiting
    except OSError as problem:
        if problem.errno in (errno.ELOOP, errno.ENXIO):  # a link; a socket
            raise refused from None
        why = f"{name} tidak dapat dibuka ({type(problem).__name__}); akan dicoba lagi."
        raise TransientError(why, code="file_moved") from None
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise refused
    return os.fdopen(number, "rb")


def payload(
    path: Path,
    media_type: str,
    position: date | None = None,
    *,
    show_name: bool = True,
    is_placed: bool = True,
    handed_in: Mapping[str, str] | None = None,
) -> Payload:
    """The file as a payload; its request says name, size and change time, never the folder.

    One that is not placed is not among those that stand for a position (`folder.positioned`). `handed_in`: who handed
    it in (`handed.note_of`).
    """
    asked_at = datetime.now(UTC)
    name = shown_name(path, show=show_name)
    with open_regular(path, name) as stream:
        found = os.fstat(stream.fileno())
    return Payload(
        name=name,
        media_type=media_type,
        request={
            "method": "read",
            **asked_for(name, found),
            **({} if is_placed else {"unplaced": True}),
            **({"handed_in": dict(handed_in)} if handed_in else {}),
        },
        asked_at=asked_at,
        answered_at=asked_at,
        status=None,
        chunks=_chunks(path, name, found),
        position=position,
    )


def _chunks(path: Path, name: str, before: os.stat_result) -> Iterator[bytes]:
    with open_regular(path, name) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk
        after = os.fstat(stream.fileno())
        same = (before.st_size, before.st_mtime_ns, before.st_ino) == (after.st_size, after.st_mtime_ns, after.st_ino)
        if not same or stream.tell() != before.st_size:
            raise TransientError(f"{name} berubah saat dibaca; akan dicoba lagi.", code="file_moved")
