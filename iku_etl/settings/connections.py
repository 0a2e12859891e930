"""`connections.toml`: where each source is fetched from; what is wrong in it is named with file and line.

The options of a system are its connector's business (`connectors/options.py`); here is what every entry has.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain
from pathlib import Path
from typing import Any

from iku_etl.errors import SettingError

SECRET = re.compile(r"(^|_)(secret|token|password|passwd|kata_sandi|api_?key)($|_)", re.IGNORECASE)
ALIKE = 0.8  # difflib: a letter or two of a name
_AT = re.compile(r"\(at line (\d+)")
_LEFT = re.compile(r"""\s*((?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w.\s-])+?)\s*=""")  # of an equals sign


@dataclass(frozen=True)
class Entry:
    """One source's entry, the url empty if it has none.

    `places` says of each key, and of each key of a table, where it stands, as `<file>:<line>`; `()` is the entry.
    """

    system: str
    url: str
    options: Mapping[str, Any]
    places: Mapping[tuple[str, ...], str]


def entry(path: Path, source: str) -> Entry | None:
    """The entry of a source, None without one. Raises SettingError, never with a value, for what can't be read."""
    text = ""
    try:
        text = path.read_text()
        declared = tomllib.loads(text).get(source)
    except FileNotFoundError:
        return None
    except PermissionError:
        raise SettingError(
            f"{path}: tidak boleh dibaca. Beri izin baca kepada pengguna yang menjalankan iku."
        ) from None
    except UnicodeDecodeError:
        raise SettingError(f"{path}: bukan teks UTF-8. Simpan ulang sebagai UTF-8.") from None
    except tomllib.TOMLDecodeError as problem:
        at = _AT.search(str(problem))
        line = at[1] if at else str(text.count("\n") + 1)
        raise SettingError(
            f"{path}:{line}: baris ini bukan TOML yang benar; periksa tanda kutip, kurung, dan nama yang berulang."
        ) from None
    if declared is None:
        return None
    places = {place[1:]: f"{path}:{line}" for place, line in _lines(text).items() if place[0] == source}
    head = places.get((), str(path))
    if not isinstance(declared, dict):
        raise SettingError(f"{head}: {source} harus sebuah bagian; tulis [{source}] dengan system dan url di bawahnya.")
    for key in declared:
        if SECRET.search(key):
            raise SettingError(
                f"{places.get((key,), head)}: [{source}] memuat {key}; rahasia tidak ditulis di berkas ini."
                f" Hapus baris itu, lalu tulis rahasianya di IKU_SECRET_{source.upper()}."
            )
    if "system" not in declared:
        raise SettingError(f"{head}: [{source}] tanpa system. Tambahkan, lihat docs/engineer.md.")
    for key in ("system", "url"):
        if not isinstance(declared.get(key, ""), str):
            raise SettingError(
                f"{places.get((key,), head)}: {key} dari [{source}] bukan teks; tulis di antara tanda kutip."
            )
    options = {key: value for key, value in declared.items() if key not in ("system", "url")}
    return Entry(declared["system"], declared.get("url", ""), options, places)


def misspelt(path: Path, source: str, known: Collection[str]) -> str | None:
    """Why a source without an entry of its own may have one: a section near its name that is no source's."""
    declared = tomllib.loads(path.read_text()) if path.exists() else {}
    unknown = [name for name in declared if name not in known]
    near = [] if source in declared else get_close_matches(source, unknown, 1, ALIKE)
    if not near:
        return None
    line = _lines(path.read_text()).get((near[0],), 1)
    return f"{path}:{line}: bagian [{near[0]}] bukan nama sumber; maksudnya [{source}]? Betulkan namanya."


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """Where each table and each key first stands, by its path; those within an inline table are not told apart."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        is_head, left = line.lstrip().startswith("["), _LEFT.match(line)
        try:
            path = _path(tomllib.loads(line if is_head else f"{left[1]} = 0" if left else ""))
        except tomllib.TOMLDecodeError:  # a line within a list or a text
            continue
        if is_head:
            table = path
        whole = path if is_head else table + path
        for length in range(1, len(whole) + 1):
            found.setdefault(whole[:length], number)
    return found


def _path(one: Any) -> tuple[str, ...]:
    """The keys by which a single line's table or value is reached."""
    return tuple(chain(*((key, *_path(value)) for key, value in one.items()))) if isinstance(one, dict) else ()
