"""The NDJSON that the redactor makes of a register file, as the tables that the file had.

One object per record, with its place and the declared columns. Where the file has several tables the first line is
`{"tables": ..}`, what each says of itself, and each begins with `{"table": ..}`. `{"hidden": ..}` are places of rows
that nobody sees, `{"stripped": ..}` undeclared columns that are gone, `{"declared_out": ..}` in the last line counts
what the file's own rule leaves out.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain
from typing import Any, BinaryIO

import orjson

from iku_etl.connectors.registers.rows import PlacedRow, Sheet
from iku_etl.connectors.registers.sheets import Contents
from iku_etl.connectors.registers.statements import Statement
from iku_etl.errors import ContractError

Line = dict[str, Any]


def contents(stream: BinaryIO, names: Sequence[str]) -> Contents:
    """The tables, each with the columns `names`; ContractError where the kept bytes are torn."""
    lines = _lines(stream)
    first = next(lines, {})
    if "tables" in first:
        return Contents(tuple(_statement(said) for said in first["tables"]), _Tables(lines, names).sheets())
    return Contents((), _Tables(chain([first] if first else [], lines), names).sheets())


def _lines(stream: BinaryIO) -> Iterator[Line]:
    for number, line in enumerate(stream, 1):
        try:
            yield orjson.loads(line)
        except orjson.JSONDecodeError:
            raise ContractError(f"baris {number}: bukan JSON; simpanan rusak.", code="truncated") from None


def _statement(said: Line) -> Statement:
    day = said.get("position")
    return Statement(**{**said, "position": date.fromisoformat(day) if day else None})


class _Tables:
    """Lines cut into tables; the first begins with the first line, whatever it is."""

    def __init__(self, lines: Iterator[Line], names: Sequence[str]) -> None:
        self._lines, self._names = lines, tuple(names)
        self._next: Line | None = next(lines, None)

    def sheets(self) -> Iterator[Sheet]:
        sheet = Sheet(self._names, {}, iter(()))
        while True:
            if self._next is not None and "table" in self._next:
                sheet.label, sheet.said = self._next["table"], _statement(self._next["said"])
                self._next = next(self._lines, None)
            sheet.rows = self._rows(sheet)
            yield sheet
            for _ in sheet.rows:  # what the reader left
                pass
            if self._next is None:
                return
            sheet = Sheet(self._names, {}, iter(()))

    def _rows(self, sheet: Sheet) -> Iterator[PlacedRow]:
        while self._next is not None and "table" not in self._next:
            line, self._next = self._next, next(self._lines, None)
            if "place" in line:
                yield line["place"], [line.get(name) or "" for name in self._names]
            else:
                sheet.hidden += line.get("hidden", ())
                sheet.stripped += line.get("stripped", ())
                sheet.declared_out += Counter(line.get("declared_out", {}))
