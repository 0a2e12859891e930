"""Names to codes by a packaged list, exactly: what matches nothing, or two things, is not guessed.

A cell is a code, or a name as offices write it: `Ds. Keban Agung 2`, `KEBAN AGUNG II`, `Pasar Baru, Kec. Manna`, the
spelling of an earlier edition. The lists lie in reference/ and are part of a source's contract: a changed list is a
changed parse, so it needs a new `version`.
"""

import csv
import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LISTS = ("desa",)  # what `info={"code_list": ..}` may name: files of this folder
CODE = re.compile(r"(\d\d)\.?(\d\d)\.?(\d\d)\.?(\d{4})")  # 17.01.01.2001 or, from a number cell, 1701012001
NEAREST = 3  # candidates that a message names
SIMILAR = 0.6  # of difflib: below, two names have little more than letters in common
_KINDS = {"desa": "desa", "ds": "desa", "kelurahan": "kelurahan", "kel": "kelurahan"}
_ROMAN = {
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "v": "5",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
    "x": "10",
}
_KECAMATAN = re.compile(r"[,(/]|\bkec(?:amatan)?\b")  # Pasar Baru, Kec. Manna


@dataclass(frozen=True)
class Place:
    """One entry of a list; `names` are folded, today's first."""

    code: str
    kind: str
    kecamatan: str
    shown: str
    names: tuple[str, ...]


@cache
def places(code_list: str) -> tuple[Place, ...]:
    text = files("iku_etl").joinpath("reference", f"{code_list}.csv").read_text(encoding="utf-8")
    return tuple(
        Place(
            row["code"],
            row["kind"],
            _folded(row["kecamatan"]),
            f"{row['name']} (Kec. {row['kecamatan']}, {row['code']})",
            tuple(map(_folded, (row["name"], *filter(None, row["earlier"].split(";"))))),
        )
        for row in csv.DictReader(text.splitlines())
    )


def code_of(code_list: str, text: str) -> tuple[str | None, str]:
    """(code, "") of a cell, or (None, why not: nearest candidates, or those that it may mean).

    A code is taken as it is: whether it exists is for the register to say, which may know a newer area.
    """
    if found := CODE.fullmatch(text.strip()):
        return ".".join(found.groups()), ""
    kind, name, kecamatan = _parts(text)
    known = [
        place
        for place in places(code_list)
        if name in place.names and kind in (None, place.kind) and kecamatan in ("", place.kecamatan)
    ]
    if len(known) == 1:
        return known[0].code, ""
    advice = "Tulis kodenya, atau nama beserta kecamatannya"
    if known:
        return None, f'"{text}" bisa berarti {_listed(known)}. {advice}'
    return (
        None,
        f'"{text}" tidak ada dalam daftar {code_list}; yang terdekat {_listed(_nearest(code_list, name))}. {advice}',
    )


def _parts(text: str) -> tuple[str | None, str, str]:
    """Kind if said, folded name, folded kecamatan if said."""
    head, *rest = _KECAMATAN.split(" ".join(text.casefold().split()), maxsplit=1)
    words = _folded(head).split()
    kind = None
    if len(words) > 1 and words[0] == "kantor":
        words = words[1:]
    if len(words) > 1 and words[0] in _KINDS:
        kind, words = _KINDS[words[0]], words[1:]
    tail = _folded(" ".join(rest)).split()
    if tail[:1] in (["kec"], ["kecamatan"]):
        tail = tail[1:]
    return kind, " ".join(words), " ".join(tail)


def _folded(text: str) -> str:
    """Small letters, single blanks (no-break ones too), no marks, a Roman number at the end as digits."""
    words = re.sub(r"[^\w\s]|_", " ", re.sub(r"['`’‘]", "", text.casefold())).split()
    if len(words) > 1:
        words[-1] = _ROMAN.get(words[-1], words[-1])
    return " ".join(words)


def _nearest(code_list: str, name: str) -> list[Place]:
    """Each place once, however many of its spellings are near; none where nothing is near."""
    by_name = {known: place for place in places(code_list) for known in place.names}
    close = difflib.get_close_matches(name, by_name, 2 * NEAREST, cutoff=SIMILAR)
    return list(dict.fromkeys(by_name[spelling] for spelling in close))[:NEAREST]


def _listed(found: Sequence[Place]) -> str:
    return " atau ".join(place.shown for place in found)
