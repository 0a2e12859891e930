"""Floor 6. What a source declares, said in Indonesian: what a cell holds, each check, how a file names its day."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Column

from iku_etl import cells
from iku_etl.connectors import register
from iku_etl.model import Expectation, Source, Unregistered

OUTCOMES = {"stop": "seluruh berkas ditolak", "quarantine": "baris itu disisihkan", "warn": "hanya diperingatkan"}
PRIVACY = {"public": "publik", "internal": "internal", "token": "token", "personal": "pribadi"}
SETS = ("ExpectColumnValuesToBeInSet", "ExpectColumnDistinctValuesToBeInSet", "ExpectColumnDistinctValuesToEqualSet")
Arguments = Mapping[str, Any]


def is_register(source: Source) -> bool:
    """Whether people fill the source in: it reads register files, alone or beside a system."""
    reads_files = isinstance(source.parse, partial) and source.parse.func is register.read
    return reads_files or any(column.info.get("headings") for column in source.columns)


def heading(column: Column[Any]) -> str:
    """What a column is called in a file: its first heading, else its name; `Id situs`."""
    text = str(next(iter(column.info.get("headings", ())), column.name.replace("_", " ")))
    return text[:1].upper() + text[1:]


def is_dropped(source: Source, column: Column[Any]) -> bool:
    """Whether what is written there becomes a token before anything is kept."""
    return source.privacy_of(column) == "token"


def kind(column: Column[Any]) -> str:
    """What a cell of the column holds: teks, bilangan bulat, bilangan, tanggal, ya atau tidak, .."""
    return cells.kind_of(column).expected


def choices(source: Source, column: Column[Any]) -> tuple[str, ...]:
    """The values that a column may have, by its suite or its redaction; empty if it may have any."""
    if kind(column) == "ya atau tidak":
        return ("ya", "tidak")
    for check in source.expectations:
        if not isinstance(check, Expectation) or "row_condition" in check.arguments:
            continue  # what holds for some rows only is no list to choose from
        if check.name in SETS and check.arguments.get("column") == column.name:
            return tuple(_value(value) for value in check.arguments["value_set"])
    return tuple(column.info.get("values", ()))


def limits(source: Source, column: Column[Any]) -> tuple[Any, Any]:
    """The least and the greatest value that every record may have without being refused; None: no limit."""
    low: list[Any] = []
    high: list[Any] = []
    for check in source.expectations:
        if not isinstance(check, Expectation) or check.severity == "warn" or "row_condition" in check.arguments:
            continue
        if check.name == "ExpectColumnValuesToBeBetween" and check.arguments.get("column") == column.name:
            low += [value for value in [check.arguments.get("min_value")] if value is not None]
            high += [value for value in [check.arguments.get("max_value")] if value is not None]
    return max(low, default=None), min(high, default=None)


# ---------------------------------------------------------------- checks


def checks(
    source: Source, name: Callable[[Column[Any]], str] = heading, *, to_fill_in: bool = True
) -> list[tuple[str, str]]:
    """Each check as a sentence, and what happens where it does not hold; required columns and the key first.

    `name` says what a column is called. `to_fill_in`: for people, who never see a token.
    """
    required = ", ".join(name(column) for column in source.columns if not column.nullable)
    said = [(f"{required}: wajib diisi", OUTCOMES["quarantine"])] if required else []
    keys = ", ".join(name(source.column(key)) for key in source.key)
    said.append((f"{keys}: bersama-sama tidak berulang dengan isi berbeda", OUTCOMES["stop"]))
    for check in source.expectations:
        if isinstance(check, Unregistered):
            column = name(source.column(check.column))
            said.append((f"{column}: terdaftar di {check.register}.{check.register_column}", OUTCOMES["warn"]))
        elif not (to_fill_in and _is_about_tokens(source, check)):
            said.append((check_sentence(source, check, name), OUTCOMES[check.severity]))
    return said


def _is_about_tokens(source: Source, check: Expectation) -> bool:
    """A check of what the redactor made says nothing to who fills the file in."""
    column = check.arguments.get("column")
    return column is not None and is_dropped(source, source.column(column))


def check_sentence(source: Source, check: Expectation, name: Callable[[Column[Any]], str] = heading) -> str:
    """One check as a sentence; a check without a sentence of its own is said by its name and arguments."""
    arguments = check.arguments
    say = _SENTENCES.get(check.name)
    if say is None:
        told = ", ".join(f"{key}={_value(value)}" for key, value in arguments.items() if key != "condition_parser")
        return f"{check.name}({told})"
    columns = [
        name(source.column(one))
        for key in ("column", "column_A", "column_B", "column_list")
        for one in ([arguments[key]] if isinstance(arguments.get(key), str) else arguments.get(key, ()))
    ]
    condition = arguments.get("row_condition")
    return say(columns, arguments) + (f" (bila {condition})" if condition else "")


def _value(value: Any) -> str:
    if value is None:
        return "kosong"
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,}".replace(",", ".") if isinstance(value, int) else f"{value:g}".replace(".", ",")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list | set | frozenset):
        return ", ".join(_value(one) for one in value)
    return str(value)


def _range(arguments: Arguments) -> str:
    low, high = arguments.get("min_value"), arguments.get("max_value")
    if low is not None and high is not None:
        return f"tepat {_value(low)}" if low == high else f"{_value(low)} sampai {_value(high)}"
    is_day = isinstance(low if high is None else high, date)
    least = "lebih dari" if arguments.get("strict_min") else "paling awal" if is_day else "paling sedikit"
    most = "kurang dari" if arguments.get("strict_max") else "paling akhir" if is_day else "paling banyak"
    return f"{least} {_value(low)}" if high is None else f"{most} {_value(high)}"


def _pairs(columns: list[str], arguments: Arguments) -> str:
    pairs = "; ".join(" dengan ".join(_value(one) for one in pair) for pair in arguments["value_pairs_set"])
    return f"{columns[0]} dan {columns[1]}: hanya pasangan {pairs}"


_SENTENCES: dict[str, Callable[[list[str], Arguments], str]] = {
    "ExpectTableRowCountToBeBetween": lambda _, a: f"Jumlah baris: {_range(a)}",
    "ExpectTableRowCountToEqual": lambda _, a: f"Jumlah baris: tepat {_value(a['value'])}",
    "ExpectColumnValuesToBeBetween": lambda c, a: f"{c[0]}: {_range(a)}",
    "ExpectColumnValuesToBeInSet": lambda c, a: f"{c[0]}: salah satu dari {_value(a['value_set'])}",
    "ExpectColumnDistinctValuesToBeInSet": lambda c, a: f"{c[0]}: salah satu dari {_value(a['value_set'])}",
    "ExpectColumnDistinctValuesToEqualSet": lambda c, a: f"{c[0]}: semua dan hanya {_value(a['value_set'])}",
    "ExpectColumnDistinctValuesToContainSet": lambda c, a: f"{c[0]}: memuat sedikitnya {_value(a['value_set'])}",
    "ExpectColumnValuesToNotBeInSet": lambda c, a: f"{c[0]}: bukan {_value(a['value_set'])}",
    "ExpectColumnValuesToMatchRegex": lambda c, a: f"{c[0]}: berpola {a['regex']}",
    "ExpectColumnValuesToNotMatchRegex": lambda c, a: f"{c[0]}: tidak berpola {a['regex']}",
    "ExpectColumnValuesToNotBeNull": lambda c, _: f"{c[0]}: wajib diisi",
    "ExpectColumnValuesToBeNull": lambda c, _: f"{c[0]}: dikosongkan",
    "ExpectColumnValuesToBeUnique": lambda c, _: f"{c[0]}: tidak berulang",
    "ExpectCompoundColumnsToBeUnique": lambda c, _: f"{', '.join(c)}: bersama-sama tidak berulang",
    "ExpectColumnValueLengthsToBeBetween": lambda c, a: f"{c[0]}: panjangnya {_range(a)} huruf",
    "ExpectColumnValueLengthsToEqual": lambda c, a: f"{c[0]}: panjangnya tepat {_value(a['value'])} huruf",
    "ExpectColumnProportionOfNonNullValuesToBeBetween": lambda c, a: f"{c[0]}: bagian yang terisi {_range(a)}",
    "ExpectColumnProportionOfUniqueValuesToBeBetween": lambda c, a: f"{c[0]}: bagian yang berbeda {_range(a)}",
    "ExpectColumnUniqueValueCountToBeBetween": lambda c, a: f"{c[0]}: banyaknya yang berbeda {_range(a)}",
    "ExpectColumnPairValuesAToBeGreaterThanB": lambda c, a: (
        f"{c[0]}: {'tidak kurang dari' if a.get('or_equal') else 'lebih dari'} {c[1]}"
    ),
    "ExpectSelectColumnValuesToBeUniqueWithinRecord": lambda c, _: f"{', '.join(c)}: saling berbeda dalam satu baris",
    "ExpectColumnPairValuesToBeEqual": lambda c, _: f"{c[0]}: sama dengan {c[1]}",
    "ExpectColumnPairValuesToBeInSet": _pairs,
}


# ---------------------------------------------------------------- examples

_WORDS = (
    "dinkes", "dinkes.contoh.go.id", "setda.contoh.go.id", "kec_manna", "A-1", "A-2", "001", "1", "2026", "2025",
    "2026-01", "2026-TW1", "IKU-05", "KEG-01", "17.01.01.2001", "1701012001", "website",
    "https://contoh.go.id/bukti", "AB12", "contoh",
)  # fmt: skip


def example(source: Source, column: Column[Any], number: int) -> Any:
    """A value that the column may have, for the `number`-th example row; None where none is known.

    A text comes from the column's own comment or from words that offices use, and keeps the declared pattern.
    """
    if known := choices(source, column):
        return known[number % len(known)]
    low, high = limits(source, column)
    match kind(column):
        case "tanggal":
            return None if column.nullable else date(2026, 1, 5 + number)
        case "bilangan bulat" | "bilangan":
            wanted = (2026 if "tahun" in heading(column).lower() else 10) + number
            return max(wanted if high is None else min(wanted, high), wanted if low is None else low)
        case "waktu dengan zona":
            return f"2026-01-{5 + number:02}T08:00:00+07:00"
    patterns = _patterns(source, column)
    words = (*re.split(r"[\s,;]+|\bor\b", column.comment or ""), *_WORDS)
    fitting = [word for word in words if word and all(re.search(pattern, word) for pattern in patterns)]
    if not patterns:
        return f"contoh {heading(column).lower()} {number + 1}"
    return fitting[min(number, len(fitting) - 1)] if fitting else None


def _patterns(source: Source, column: Column[Any]) -> list[str]:
    if is_dropped(source, column):
        return []
    return [
        check.arguments["regex"]
        for check in source.expectations
        if isinstance(check, Expectation)
        and check.name == "ExpectColumnValuesToMatchRegex"
        and check.arguments["column"] == column.name
    ]
