"""Rows that could be real, made from a declaration, for the form that an office fills in."""

import re
from datetime import date
from typing import Any

from sqlalchemy import Column

from iku_etl.catalogue import sentences
from iku_etl.model import Expectation, Source


def example(source: Source, column: Column[Any], number: int) -> Any:
    """A value that the column may have, for the `number`-th example row; None where it stays empty.

    A comment is for engineers and never shown: a text with a pattern is one of the column's own examples.
    """
    if column.nullable and _stays_empty(source, column, number):
        return None
    if known := sentences.choices(source, column) or _choices_of_some(source, column):
        return known[number % len(known)]
    low, high = sentences.limits(source, column)
    match sentences.kind(column):
        case "tanggal":
            return None if column.nullable else date(2026, 1, 5 + number)
        case "bilangan bulat" | "bilangan":
            wanted = (2026 if "tahun" in sentences.heading(column).lower() else 10) + number
            return max(wanted if high is None else min(wanted, high), wanted if low is None else low)
        case "waktu dengan zona":
            return f"2026-01-{5 + number:02}T08:00:00+07:00"
    if not (shapes := patterns(source, column)):
        return f"Contoh {sentences.heading(column).lower()} {number + 1}"
    found = list(sentences.fitting(column, shapes))
    return found[number % len(found)] if found else None


def _stays_empty(source: Source, column: Column[Any], number: int) -> bool:
    """Whether it stays empty: an optional cell after the first row, an optional id, what hangs on another cell."""
    conditional = [
        (check, check.arguments["row_condition"])
        for check in source.expectations
        if isinstance(check, Expectation) and "row_condition" in check.arguments
    ]
    own = [check for check, _ in conditional if check.arguments.get("column") == column.name]
    if any(check.name == "ExpectColumnValuesToNotBeNull" and check.severity != "warn" for check in own):
        return False
    decides = any(re.match(rf"{column.name}\b", condition) for _, condition in conditional)
    return number > 0 or decides or bool(own) or bool(patterns(source, column))


def _choices_of_some(source: Source, column: Column[Any]) -> tuple[str, ...]:
    """Values that fit where a list holds for some rows, or for pairs: the unit of a percentage, a kind by its origin.

    Of pairs the last ones first: those of registers are declared after those of systems.
    """
    for check in source.expectations:
        if not isinstance(check, Expectation):
            continue
        if check.name in sentences.SETS and check.arguments.get("column") == column.name:
            return (sentences.worded(check.arguments["value_set"][0]),)
        for place, side in enumerate(("column_A", "column_B")):
            if check.name == sentences.PAIRS and check.arguments.get(side) == column.name:
                return tuple(sentences.worded(pair[place]) for pair in reversed(check.arguments["value_pairs_set"]))
    return ()


def patterns(source: Source, column: Column[Any]) -> list[str]:
    if sentences.is_dropped(source, column):
        return []
    return [
        check.arguments["regex"]
        for check in source.expectations
        if isinstance(check, Expectation)
        and check.name == "ExpectColumnValuesToMatchRegex"
        and check.arguments["column"] == column.name
    ]
