"""The kept bytes around a record, as text in which it is marked: bounded, and with nothing in it that acts.

The bytes are outsiders': what can't be decoded or seen is written as `\\xff` or `\\u202e`. Whoever shows the text
escapes it for the page.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from iku_etl.connectors.registers.encoding import UTF_8, encoding_of
from iku_etl.connectors.registers.folder import MEDIA_TYPES, REDACTED
from iku_etl.connectors.registers.workbook import workbook_sheets
from iku_etl.errors import ContractError
from iku_etl.model import KeptPayload
from iku_etl.stages.trace.payloads import line_of_place
from iku_etl.stages.trace.pointers import spans

AROUND = 3  # lines before and after
WINDOW = 4096  # bytes before and after in which those lines are looked for
LINE, MARKED = 600, 4000  # characters shown: of a line, of a record
NEAR = 400  # characters before and after, where a file is one long line
ENCLOSING = 160  # characters of what the value lies in
JSON_BYTES = 64 * 1024**2  # a larger one is not read into memory for a page
CELLS = 60  # of a row of a sheet
WORKBOOK = MEDIA_TYPES[".xlsx"]
_BYTES = re.compile(r"baris (?P<line>\d+), byte (?P<begin>\d+)-(?P<end>\d+)")
_LINES = re.compile(r"baris (?P<first>\d+)(?:-(?P<last>\d+))?")


@dataclass(frozen=True)
class Line:
    """A line of the kept file; `marked` is what of it belongs to the record, between `before` and `after`.

    `number` is None where lines are left out.
    """

    number: int | None
    before: str = ""
    marked: str = ""
    after: str = ""


@dataclass(frozen=True)
class SheetRow:
    """A row of a workbook's sheet, as its cells are read."""

    number: int
    cells: tuple[str, ...]
    is_marked: bool


@dataclass(frozen=True)
class Excerpt:
    """`lines` of a text, or `rows` of a sheet; `enclosing`: pointer and beginning of what a JSON value lies in.

    `begin` and `end` are the record's bytes in the kept file, where it has bytes of its own. `is_cut`: it is longer
    than what is shown. Nothing is marked where the place is not found in the file.
    """

    lines: tuple[Line, ...] = ()
    rows: tuple[SheetRow, ...] = ()
    enclosing: tuple[tuple[str, str], ...] = ()
    begin: int | None = None
    end: int | None = None
    is_cut: bool = False

    @property
    def is_found(self) -> bool:
        """Whether the record is marked."""
        return any(line.marked for line in self.lines) or any(row.is_marked for row in self.rows)


def excerpt(payload: KeptPayload, place: str) -> Excerpt:
    """What stands at the place of a record, as its parser named it, and around it. OSError if the file is gone."""
    found: Excerpt | None = None
    if payload.media_type == WORKBOOK:
        found = _of_workbook(payload, place)
    elif payload.media_type == REDACTED:
        line = line_of_place(payload.path, place)
        found = _of_lines(payload, line, line) if line else None
    elif said := _BYTES.fullmatch(place):
        found = _of_bytes(payload, int(said["line"]), int(said["begin"]), int(said["end"]))
    elif said := _LINES.fullmatch(place):
        found = _of_lines(payload, int(said["first"]), int(said["last"] or said["first"]))
    elif "json" in payload.media_type and payload.size_bytes <= JSON_BYTES:
        found = _of_json(payload, place)
    return found or _of_lines(payload, 0, 0)


def visible(text: str) -> str:
    """The text with what nobody sees, or what turns the line around, written out."""
    shown = (one if one.isprintable() else " " if one == "\t" else _written_out(one) for one in text)
    return "".join(shown)


def _written_out(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _short(text: str, length: int = LINE) -> str:
    return visible(text if len(text) <= length else f"{text[:length]}…")


# ---------------------------------------------------------------- lines


def _of_bytes(payload: KeptPayload, number: int, begin: int, end: int) -> Excerpt:
    """A record of a text file, whose bytes are [begin, end) and whose first line has this number."""
    with payload.path.open("rb") as stream:
        head = stream.read(WINDOW)
        try:
            encoding = encoding_of(head)
        except ContractError:
            encoding = encoding_of(b"")
        start = max(0, begin - WINDOW)
        start += (begin - start) % encoding.unit
        stream.seek(start)
        before = stream.read(begin - start).decode(encoding.codec, "backslashreplace")
        marked = stream.read(min(end - begin, MARKED * encoding.unit)).decode(encoding.codec, "backslashreplace")
        stream.seek(end)
        after = stream.read(WINDOW).decode(encoding.codec, "backslashreplace")
    above = _lines_of(before)
    first = number - len(above)
    shown = [Line(first + place, _short(line)) for place, line in enumerate(above)][-AROUND:]
    own = [Line(number + place, marked=_short(line, MARKED)) for place, line in enumerate(_lines_of(marked))]
    below = _lines_of(after.removeprefix("\r\n") if after.startswith("\r\n") else after.removeprefix("\n"))[:AROUND]
    tail = [Line(number + len(own) + place, _short(line)) for place, line in enumerate(below)]
    top = shown[0].number if shown else number
    lines = (*_heading(head.decode(encoding.codec, "backslashreplace"), top or 1), *shown, *own, *tail)
    return Excerpt(lines, begin=begin, end=end, is_cut=end - begin > MARKED * encoding.unit)


def _heading(head: str, before: int) -> Iterator[Line]:
    """The file's first two lines, where the headings stand, if they are not shown anyway."""
    if before <= 1:
        return
    for number, line in enumerate(_lines_of(head)[: min(2, before - 1)], 1):
        yield Line(number, _short(line.removeprefix("\ufeff")))
    if before > 3:
        yield Line(None)


def _lines_of(text: str) -> list[str]:
    lines = text.removesuffix("\n").removesuffix("\r").split("\n") if text else []
    return [line.removesuffix("\r") for line in lines]


def _of_lines(payload: KeptPayload, first: int, last: int) -> Excerpt:
    """Lines of the kept file with some around them; lines 0 to 0: its beginning, with nothing marked."""
    shown: list[Line] = []
    begin = end = size = 0
    with payload.path.open("rb") as stream:
        for number, line in enumerate(iter(lambda: stream.readline(JSON_BYTES), b""), 1):
            if number > last + AROUND:
                break
            text = _short(line[: 4 * MARKED].decode(UTF_8, "backslashreplace").rstrip("\r\n"), MARKED)
            if first <= number <= last:
                begin, end = (begin if number > first else size), size + len(line.rstrip(b"\r\n"))
                if number < first + AROUND or number > last - AROUND:
                    shown.append(Line(number, marked=text))
                elif number == first + AROUND:
                    shown.append(Line(None))
            elif number >= first - AROUND or number == 1:
                shown.append(Line(number, text))
                if number == 1 and first > AROUND + 2:
                    shown.append(Line(None))
            size += len(line)
    is_found = any(line.marked for line in shown)
    return Excerpt(tuple(shown), begin=begin if is_found else None, end=end if is_found else None)


# ---------------------------------------------------------------- JSON, workbooks


def _of_json(payload: KeptPayload, place: str) -> Excerpt | None:
    """The value of a pointer, or the text that names what could not be known; None if neither stands there."""
    text = payload.path.read_bytes().decode(UTF_8, "backslashreplace")
    try:
        around = spans(text, place if place.startswith("/") and place != "/" else "")
    except ValueError:
        return None
    if not place.startswith("/"):  # a note of what could not be known names it
        named = re.search(rf'"place":\s*"{re.escape(place)}"', text)
        around = [*around, named.span()] if named else []
    if not around:
        return None
    begin, end = around[-1]
    start, stop = max(0, begin - NEAR), min(len(text), end + NEAR)
    pieces = place.split("/")
    enclosing = tuple(
        ("/".join(pieces[: depth + 1]) or "/", _short(text[of : of + ENCLOSING + 1].replace("\n", " "), ENCLOSING))
        for depth, (of, _) in enumerate(around[:-1])
        if of < start
    )
    of_bytes = len(text[:begin].encode())
    return Excerpt(
        tuple(_marked(text, start, begin, min(end, begin + MARKED), stop if end - begin <= MARKED else begin + MARKED)),
        enclosing=enclosing,
        begin=of_bytes,
        end=of_bytes + len(text[begin:end].encode()),
        is_cut=end - begin > MARKED,
    )


def _marked(text: str, start: int, begin: int, end: int, stop: int) -> Iterator[Line]:
    """The lines of text[start:stop] with [begin, end) marked in each."""
    number = text.count("\n", 0, start) + 1
    at = start
    for line in text[start:stop].split("\n"):
        upto = at + len(line)
        low, high = min(max(begin, at), upto), min(max(end, at), upto)
        yield Line(
            number,
            ("…" if at == start and start and text[start - 1] != "\n" else "") + visible(text[at:low]),
            visible(text[low:high]),
            visible(text[high:upto]) + ("…" if upto == stop and stop < len(text) and text[stop] != "\n" else ""),
        )
        number, at = number + 1, upto + 1


def _of_workbook(payload: KeptPayload, place: str) -> Excerpt | None:
    """The row `Sheet!14` of a workbook with the rows around it, and the first ones, where the headings stand."""
    label, _, said = place.rpartition("!")
    if not said.isdigit():
        return None
    wanted = int(said)
    rows: list[SheetRow] = []
    with payload.path.open("rb") as stream:
        try:
            sheets = [
                one
                for hidden in (True, False)
                for one in workbook_sheets(stream, show_names=hidden)
                if one.label == label
            ]
            for row in sheets[0].rows() if sheets else ():
                number = int(row.place.rpartition("!")[2])
                if number > wanted + AROUND:
                    break
                if number <= AROUND or number >= wanted - AROUND:
                    cells = tuple(_short(str(cell), LINE) for cell in islice(row.cells, CELLS))
                    rows.append(SheetRow(number, cells, number == wanted))
        except ContractError:
            return None
    return Excerpt(rows=tuple(rows)) if rows else None
