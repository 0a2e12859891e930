"""What a workbook says beside its rows: its sheets, how it counts days, how cells are shown, the texts they share.

Read element by element within bounds; openpyxl's own readers make objects of everything, and take minutes and gigabytes
for a few megabytes of it. What a format means openpyxl says.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from defusedxml.ElementTree import iterparse
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from iku_etl.connectors.registers.archive import BOOKS, STRINGS, STYLES, Archive, bomb, incomplete

PIECE_BYTES = 2 * 1024**2  # of XML from one row or text to the next: that much is held in memory
DEEPEST = 100  # elements within one another
LISTED_SHEETS = 256
FORMAT_CHARACTERS = 255  # Excel's own end
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")
_LITERAL = re.compile(r'"[^"]*"|\\.')


@dataclass(frozen=True)
class ListedSheet:
    """A sheet as the workbook lists it: its title, whether it is visible, and the part that holds its rows."""

    title: str
    is_visible: bool
    part: str


@dataclass(frozen=True)
class Shown:
    """How cells are shown, by the number of their style: as dates, as spans of time, a hundredfold with a sign."""

    dates: frozenset[int]
    spans: frozenset[int]
    percents: frozenset[int]


class Bounded:
    """A part's XML; ContractError when more than PIECE_BYTES come without a new element of that name."""

    def __init__(self, stream: IO[bytes], element: bytes) -> None:
        self._stream, self._since = stream, 0
        self._begins = (b"<" + element, b":" + element)

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        at = max(map(piece.rfind, self._begins))
        self._since = self._since + len(piece) if at < 0 else len(piece) - at
        if self._since > PIECE_BYTES:
            raise bomb()
        return piece

    def close(self) -> None:
        self._stream.close()


def _elements(stream: IO[bytes] | Bounded) -> Iterator[tuple[str, list[str], Any]]:
    """`start` and `end` of each element, the names of those that it stands in, and itself; nothing of it is kept.

    ContractError for elements too deep within one another.
    """
    path: list[str] = []
    above: list[Any] = []
    for event, element in iterparse(stream, ("start", "end"), forbid_dtd=True):
        if event == "start":
            yield event, path, element
            path.append(str(element.tag).rpartition("}")[2])
            above.append(element)
            if len(path) > DEEPEST:
                raise bomb()
        else:
            path.pop()
            above.pop()
            yield event, path, element
            if above:
                above[-1].clear()


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


# ---------------------------------------------------------------- sheets


def listed_sheets(archive: Archive) -> tuple[list[ListedSheet], datetime]:
    """The sheets of a workbook that hold cells, in their order, and the day from which it counts.

    ContractError for one whose part is not there: it would be passed over without a word.
    """
    part = next(iter(archive.parts(*BOOKS)), "xl/workbook.xml")
    folder, name = posixpath.split(part)
    targets: dict[str, tuple[str, str]] = {}
    with archive.open(posixpath.join(folder, "_rels", f"{name}.rels")) as stream:
        for event, _, element in _elements(stream):
            if event == "start" and _name(element) == "Relationship":
                target = posixpath.normpath(posixpath.join("/", folder, element.get("Target", "")))
                targets[element.get("Id", "")] = element.get("Type", ""), target.removeprefix("/")
    epoch, number, found = WINDOWS_EPOCH, 0, []
    with archive.open(part) as stream:
        for event, _, element in _elements(stream):
            if event == "start" and _name(element) == "workbookPr" and element.get("date1904") in ("1", "true"):
                epoch = MAC_EPOCH
            elif event == "start" and _name(element) == "sheet":
                number += 1
                kind, target = targets[next(text for key, text in element.items() if key.endswith("}id"))]
                if not kind.endswith("/worksheet"):
                    continue  # a chart or an old macro
                if target not in archive.NameToInfo:
                    raise incomplete(f"lembar {number}")
                found.append(ListedSheet(element.get("name", ""), element.get("state", "visible") == "visible", target))
                if len(found) > LISTED_SHEETS or any(one.part == target for one in found[:-1]):
                    raise bomb()
    return found, epoch


# ---------------------------------------------------------------- styles


def shown_as(archive: Archive) -> Shown:
    """How the cells of each style are shown: what of it decides what a number is."""
    own: dict[int, str] = {}
    styles: list[int] = []
    for part in archive.parts(STYLES) or archive.there("xl/styles.xml"):
        if part not in archive.NameToInfo:
            raise incomplete("format sel (styles)")
        with archive.open(part) as stream:
            for event, path, element in _elements(stream):
                if event == "end":
                    continue
                if _name(element) == "numFmt" and path[-1:] == ["numFmts"]:
                    own[int(element.get("numFmtId"))] = element.get("formatCode", "")[:FORMAT_CHARACTERS]
                elif _name(element) == "xf" and path[-1:] == ["cellXfs"]:
                    styles.append(int(element.get("numFmtId", 0)))
    formats = {number: own.get(number) or BUILTIN_FORMATS.get(number, "") for number in set(styles)}

    def places(is_so: Any) -> frozenset[int]:
        numbers = {number for number, text in formats.items() if is_so(text)}
        return frozenset(place for place, number in enumerate(styles) if number in numbers)

    return Shown(places(is_date_format), places(is_timedelta_format), places(_is_percent))


def _is_percent(text: str) -> bool:
    """A sign that is mere text (`0"%"`) shows no number a hundredfold."""
    return "%" in _LITERAL.sub("", text)


# ---------------------------------------------------------------- texts


class Texts(list[str]):
    """The texts that cells share, by number; ContractError for one that is not there."""

    @classmethod
    def of(cls, archive: Archive) -> "Texts":
        """Those of a workbook: none where it has no such part, as some programs write it."""
        texts = cls()
        for part in archive.parts(STRINGS) or archive.there("xl/sharedStrings.xml"):
            if part not in archive.NameToInfo:
                raise incomplete("teks sel (sharedStrings)")
            with archive.open(part) as stream:
                texts.extend(_texts(stream))
        return texts

    def __getitem__(self, number: Any) -> Any:
        if not 0 <= number < len(self):
            raise incomplete("teks sel (sharedStrings)")
        return super().__getitem__(number)


def _texts(stream: IO[bytes]) -> Iterator[str]:
    """Text by text, with openpyxl's meaning: the runs of a rich one joined, how it is read aloud left out."""
    runs: list[str] = []
    for event, path, element in _elements(Bounded(stream, b"si")):
        if event == "end" and _name(element) == "t" and path[1:] in (["si"], ["si", "r"]):
            runs.append(element.text or "")
        elif event == "end" and _name(element) == "si" and len(path) == 1:
            yield "".join(runs)
            runs = []


def unescaped(text: str) -> str:
    """The text with `_x000D_` as the line end that it stands for; what no cell can hold stays as it is written."""

    def character(code: re.Match[str]) -> str:
        meant = chr(int(code[0][2:6], 16))
        return meant if meant.isprintable() or meant in "\t\n\r" else code[0]

    return _ESCAPED.sub(character, text) if "_x" in text else text
