"""`connections.toml`: where each source is fetched from; what is wrong in it is named with file and line.

The options of a system are its connector's business (`connectors/options.py`); here is what every entry has.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from iku_etl.errors import SettingError

SECRET = re.compile(r"(^|_)(secret|token|password|passwd|kata_sandi|api_?key)($|_)", re.IGNORECASE)
WITHOUT_URL = "logs"  # files say their own place, so an entry of logs alone has no address
ALIKE = 0.8  # difflib: a letter or two of a name
_AT = re.compile(r"\(at line (\d+)")
_KEY = r"(?:{0}|\"{0}\"|'{0}')"


@dataclass(frozen=True)
class Entry:
    """One source's entry; `places` says of each option where it stands, as `<file>:<line>`."""

    system: str
    url: str
    options: Mapping[str, Any]
    places: Mapping[str, str]


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
    head = f"{path}:{_line(text, source)}"
    if not isinstance(declared, dict):
        raise SettingError(f"{head}: {source} harus sebuah bagian; tulis [{source}] dengan system dan url di bawahnya.")
    places = {key: f"{path}:{_line(text, source, key)}" for key in declared}
    for key in declared:
        if SECRET.search(key):
            raise SettingError(
                f"{places[key]}: [{source}] memuat {key}; rahasia tidak ditulis di berkas ini. Hapus baris itu, lalu"
                f" tulis rahasianya di IKU_SECRET_{source.upper()}."
            )
    needed = ["system"] if WITHOUT_URL in declared and "matomo" not in declared else ["system", "url"]
    for key in needed:
        if key not in declared:
            raise SettingError(f"{head}: [{source}] tanpa {key}. Tambahkan, lihat docs/engineer.md.")
    for key in ("system", "url"):
        if not isinstance(declared.get(key, ""), str):
            raise SettingError(f"{places[key]}: {key} dari [{source}] bukan teks; tulis di antara tanda kutip.")
    options = {key: value for key, value in declared.items() if key not in ("system", "url")}
    return Entry(declared["system"], declared.get("url", ""), options, places)


def misspelt(path: Path, source: str, known: Collection[str]) -> str | None:
    """Why a source without an entry of its own may have one: a section near its name that is no source's."""
    declared = tomllib.loads(path.read_text()) if path.exists() else {}
    unknown = [name for name in declared if name not in known]
    near = [] if source in declared else get_close_matches(source, unknown, 1, ALIKE)
    if not near:
        return None
    line = _line(path.read_text(), near[0])
    return f"{path}:{line}: bagian [{near[0]}] bukan nama sumber; maksudnya [{source}]? Betulkan namanya."


def _line(text: str, source: str, key: str | None = None) -> int:
    """Where an entry begins, or a key of it stands; the entry's own line where the key can't be found."""
    name = _KEY.format(re.escape(source))
    own = re.compile(rf"\s*(\[\s*{name}\s*[].]|{name}\s*[=.])")
    begun, inside = 0, False
    for number, line in enumerate(text.splitlines(), 1):
        is_head = line.lstrip().startswith("[")
        if own.match(line):
            begun = begun or number
            if key is None:
                return number
            inside = is_head
            wanted = _KEY.format(re.escape(key))
            if re.match(rf"\s*\[?\s*{name}\s*\.\s*{wanted}\s*[].=]", line):
                return number
        elif is_head:
            inside = False
        elif inside and key is not None and re.match(rf"\s*{_KEY.format(re.escape(key))}\s*[.=]", line):
            return number
    return begun or 1
