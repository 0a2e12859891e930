"""Floor 4. What a source declares, said in Indonesian: what a cell holds, each check, how a file names its day."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Column

from iku_etl.connectors.registers import folder
from iku_etl.model import Expectation, Source, Unregistered
from iku_etl.records import cells

OUTCOMES = {"stop": "seluruh berkas ditolak", "quarantine": "baris itu disisihkan", "warn": "hanya diperingatkan"}
PRIVACY = {"public": "publik", "internal": "internal", "token": "token", "personal": "pribadi"}
SETS = ("ExpectColumnValuesToBeInSet", "ExpectColumnDistinctValuesToBeInSet", "ExpectColumnDistinctValuesToEqualSet")
PAIRS = "ExpectColumnPairValuesToBeInSet"
Arguments = Mapping[str, Any]


def is_register(source: Source) -> bool:
    """Whether people fill the source in: it reads register files, alone or beside a system."""
    reads_files = isinstance(source.parse, partial) and source.parse.func is folder.read
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
            where = f"register {check.register}" if to_fill_in else f"{check.register}.{check.register_column}"
            said.append((f"{column}: terdaftar di {where}", OUTCOMES["warn"]))
        elif not (to_fill_in and _is_about_tokens(source, check)):
            sentence = check_sentence(source, check.name, check.arguments, name, is_exact=not to_fill_in)
            said.append((sentence, OUTCOMES[check.severity]))
    return said


def _is_about_tokens(source: Source, check: Expectation) -> bool:
    """A check of what the redactor made says nothing to who fills the file in."""
    column = check.arguments.get("column")
    return column is not None and is_dropped(source, source.column(column))


def check_sentence(
    source: Source,
    check: str,
    arguments: Arguments,
    name: Callable[[Column[Any]], str] = heading,
    *,
    is_exact: bool = False,
) -> str:
    """One check as a sentence; a check without a sentence of its own is said by its name and arguments.

    `is_exact`: for engineers, with patterns and conditions as they are declared; else in words, with an example.
    """
    say = _SENTENCES.get(check)
    if say is None:
        told = ", ".join(f"{key}={_value(value)}" for key, value in arguments.items() if key != "condition_parser")
        return f"{check}({told})"
    declared = [
        source.column(one)
        for key in ("column", "column_A", "column_B", "column_list")
        for one in ([arguments[key]] if isinstance(arguments.get(key), str) else arguments.get(key, ()))
    ]
    condition = arguments.get("row_condition")
    if not is_exact:
        if "regex" in arguments:
            say = _SHAPES[check]
            arguments = {**arguments, "like": _like(source, declared[0], arguments["regex"])}
        condition = condition and _condition_in_words(source, condition, name)
    return say([name(column) for column in declared], arguments) + (f" (bila {condition})" if condition else "")


def _like(source: Source, column: Column[Any], regex: str) -> str:
    """What a text of that shape looks like, in words."""
    if is_dropped(source, column):
        return "token"
    return next(_fitting(column, [regex], (*_WORDS, *_NUMBERS_OF_PEOPLE)), "yang ditetapkan")


def _condition_in_words(source: Source, condition: str, name: Callable[[Column[Any]], str]) -> str:
    """Which rows a check is about: the simple forms of a pandas condition, said with the columns' headings."""
    for form, say in _CONDITIONS:
        if found := re.fullmatch(form, condition.strip()):
            column = source.column(found[1])
            return say(name(column), found[2] if found.re.groups > 1 else "", column)
    return "syarat tertentu terpenuhi"


_QUOTE = "['\"]"
_CONDITIONS: tuple[tuple[str, Callable[[str, str, Column[Any]], str]], ...] = (
    (r"(\w+) == ['\"]([^'\"]*)['\"]", lambda said, value, _: f"{said} adalah {value}"),
    (r"(\w+) == (True|False)", lambda said, value, _: f"{said} adalah {'ya' if value == 'True' else 'tidak'}"),
    (r"(\w+)\.notnull\(\)", lambda said, *_: f"{said} diisi"),
    (r"(\w+)\.isnull\(\)", lambda said, *_: f"{said} kosong"),
    (r"(\w+) in [\[(](.*)[\])]", lambda said, values, _: f"{said} salah satu dari {re.sub(_QUOTE, '', values)}"),
    (
        r"(\w+)\.str\.fullmatch\(r?['\"](.*)['\"]\)",
        lambda said, regex, column: f"{said} seperti {next(_fitting(column, [rf'^(?:{regex})$']), 'yang ditetapkan')}",
    ),
)


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
        over, under = (
            "lebih dari " * bool(arguments.get("strict_min")),
            "kurang dari " * bool(arguments.get("strict_max")),
        )
        return f"tepat {_value(low)}" if low == high else f"{over}{_value(low)} sampai {under}{_value(high)}"
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
    "ExpectColumnToExist": lambda c, _: f"{c[0]}: kolomnya ada",
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
    PAIRS: _pairs,
}

_SHAPES: dict[str, Callable[[list[str], Arguments], str]] = {
    "ExpectColumnValuesToMatchRegex": lambda c, a: f"{c[0]}: bentuknya seperti {a['like']}",
    "ExpectColumnValuesToNotMatchRegex": lambda c, a: f"{c[0]}: tidak memuat bentuk seperti {a['like']}",
}


# ---------------------------------------------------------------- examples

_OF_HEADING = {  # what a heading holds -> what such a cell looks like
    "aplikasi": ("simpeg", "sipd"),
    "dari": ("simpeg", "sipd"),
    "ke": ("e_kinerja", "srikandi"),
    "data": ("DATA-001", "DATA-002"),
    "lokasi": ("alun_alun", "terminal"),
    "titik": ("AP-01", "AP-02"),
    "kanal": ("facebook_pemkab", "youtube_pemkab"),
    "metrik": ("kunjungan", "tayangan"),
    "satuan": ("orang", "kegiatan"),
    "seksi": ("seksi_persandian", "seksi_statistik"),
    "ppid": ("ppid_diskominfo", "ppid_dinkes"),
}
_WORDS = (
    "diskominfo", "dinkes", "mediacenter.bengkuluselatan.example", "dinkes.bengkuluselatan.example",
    "https://ppid.bengkuluselatan.example/dip", "https://dinkes.bengkuluselatan.example/dip",
    "2026-01", "2026-TW1", "17.01.01.2001", "17.01.01.2002", "IKU-05", "KEG-19", "KEG-20", "001/2026", "002/2026",
    "coverage_floor_pct", "predikat_tinggi", "answer_days", "max_age_months", "probe_interval_seconds",
    "working_week_days", "contoh-1", "contoh-2", "001", "002", "1", "2",
)  # fmt: skip
_NUMBERS_OF_PEOPLE = ("0000000000000000",)  # a NIK or NIP, only ever to say what is not wanted


def example(source: Source, column: Column[Any], number: int) -> Any:
    """A value that the column may have, for the `number`-th example row; None where it stays empty.

    A comment is for engineers and never shown: a text with a pattern is taken from words that offices use.
    """
    if column.nullable and _stays_empty(source, column, number):
        return None
    if known := choices(source, column) or _choices_of_some(source, column):
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
    if not (patterns := _patterns(source, column)):
        return f"Contoh {heading(column).lower()} {number + 1}"
    fitting = list(_fitting(column, patterns))
    return fitting[number % len(fitting)] if fitting else None


def _stays_empty(source: Source, column: Column[Any], number: int) -> bool:
    """An optional cell is filled in the first row only; an optional id never, nor what hangs on another cell."""
    conditional = [
        (check, check.arguments["row_condition"])
        for check in source.expectations
        if isinstance(check, Expectation) and "row_condition" in check.arguments
    ]
    own = [check for check, _ in conditional if check.arguments.get("column") == column.name]
    if any(check.name == "ExpectColumnValuesToNotBeNull" and check.severity != "warn" for check in own):
        return False
    decides = any(re.match(rf"{column.name}\b", condition) for _, condition in conditional)
    return number > 0 or decides or bool(own) or bool(_patterns(source, column))


def _choices_of_some(source: Source, column: Column[Any]) -> tuple[str, ...]:
    """Values that fit where a list holds for some rows, or for pairs: the unit of a percentage, a kind by its origin.

    Of pairs the last ones first: those of registers are declared after those of systems.
    """
    for check in source.expectations:
        if not isinstance(check, Expectation):
            continue
        if check.name in SETS and check.arguments.get("column") == column.name:
            return (_value(check.arguments["value_set"][0]),)
        for place, side in enumerate(("column_A", "column_B")):
            if check.name == PAIRS and check.arguments.get(side) == column.name:
                return tuple(_value(pair[place]) for pair in reversed(check.arguments["value_pairs_set"]))
    return ()


def _fitting(column: Column[Any], patterns: list[str], words: tuple[str, ...] = _WORDS) -> Iterator[str]:
    """The known examples that have such a shape, those of the column's heading first."""
    said = heading(column).lower().split()
    own = (word for name, examples in _OF_HEADING.items() if name in said for word in examples)
    return (word for word in (*own, *words) if all(re.search(pattern, word) for pattern in patterns))


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
