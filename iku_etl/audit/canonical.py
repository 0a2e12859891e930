"""Values of the warehouse as canonical JSON (RFC 8785): the same row is the same bytes, wherever it is read."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import rfc8785
from psycopg.types.range import Range

from iku_etl.records import identity

EXACT = 2**53 - 1  # the largest integer that every reader of JSON has exactly


def encode(value: Any) -> bytes:
    """Canonical JSON. TypeError for a value that a row of the warehouse doesn't hold."""
    return rfc8785.dumps(plain(value))


def plain(value: Any) -> Any:
    """A value as JSON has it: decimals and large integers as text, moments in UTC, spans in microseconds."""
    match value:
        case None | bool() | str() | float():
            return value
        case int():
            return value if abs(value) <= EXACT else str(value)
        case Decimal():
            return str(identity.plain(value))
        case datetime() | date():
            return identity.plain(value)
        case timedelta():
            return value // timedelta(microseconds=1)
        case Range():
            return [plain(value.lower), plain(value.upper)]
        case Mapping():
            return {str(name): plain(each) for name, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case _:
            raise TypeError(f"{type(value).__name__} has no canonical form")


def said(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a row that hold something: a new nullable column leaves what is kept as it was."""
    return {name: plain(value) for name, value in row.items() if value is not None}
