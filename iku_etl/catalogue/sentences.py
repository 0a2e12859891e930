"""What a source declares, said in Indonesian: what a cell holds, each check, how a file names its day."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from importlib import import_module
from typing import Any, Protocol

from sqlalchemy import Column

from iku_etl.catalogue import conditions
from iku_etl.connectors.registers import headings
from iku_etl.model import Expectation, Severity, Source, Unregistered
from iku_etl.records import cells

OUTCOMES = {"stop": "seluruh berkas ditolak", "quarantine": "baris itu disisihkan", "warn": "hanya diperingatkan"}
PRIVACY = {"public": "publik", "internal": "internal", "token": "token", "personal": "pribadi"}
SETS = ("ExpectColumnValuesToBeInSet", "ExpectColumnDistinctValuesToBeInSet", "ExpectColumnDistinctValuesToEqualSet")
PAIRS = "ExpectColumnPairValuesToBeInSet"
Arguments = Mapping[str, Any]
Sentence = Callable[[list[str], Arguments], str]  # of column names and the check's arguments


def heading(column: Column[Any]) -> str:
    """What a column is called in a file: its first heading, else its label or name; `ID situs`."""
    own = column.info.get("label", column.name.replace("_", " "))
    return headings.titled(str(next(iter(column.info.get("headings", ())), own)))


def called(column: Column[Any]) -> str:
    """What a column is called in a message: as the file calls it, then as commands and tables do; `Tanggal (day)`."""
    return f"{heading(column)} ({column.name})" if column.info.get("headings") else column.name


def title_of(register: str) -> str:
    """What people call a register; its name where no source of that name can be read."""
    try:
        title = import_module(f"iku_etl.sources.{register}").SOURCE.title
    except Exception:  # whatever breaks that module is said where its own source is asked for
        return f"register {register}"
    return f'"{title}"'


def unregistered(source: Source, check: Unregistered, count: int) -> str:
    """That so many values of a column are not in a register."""
    return f"{count} nilai {heading(source.column(check.column))} belum ada di {title_of(check.register)}"


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
            return tuple(worded(value) for value in check.arguments["value_set"])
    return tuple(column.info.get("values", ()))


def limits(source: Source, column: Column[Any]) -> tuple[Any, Any]:
    """The least and the greatest value that is accepted in every record; None: no limit."""
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
    twice: Severity = "stop" if source.on_clash == "reject" else "quarantine"
    newest = f"; yang terbaru menurut {name(source.column(source.clash_by))} berlaku" if source.clash_by else ""
    said.append((f"{keys}: bersama-sama tidak berulang dengan isi berbeda{newest}", OUTCOMES[twice]))
    for check in source.expectations:
        if isinstance(check, Unregistered):
            column = name(source.column(check.column))
            where = title_of(check.register) if to_fill_in else f"{check.register}.{check.register_column}"
            said.append((f"{column}: terdaftar di {where}", OUTCOMES["warn"]))
        elif not (to_fill_in and _is_about_tokens(source, check)):
            said.append((check_sentence(source, check, name, is_exact=not to_fill_in), OUTCOMES[check.severity]))
    return said


def _is_about_tokens(source: Source, check: Expectation) -> bool:
    """Whether the check is about tokens that the redactor made: people who fill in the file never see them."""
    column = check.arguments.get("column")
    return column is not None and is_dropped(source, source.column(column))


class Declared(Protocol):
    """A check as it was declared, or made ready to run."""

    @property
    def name(self) -> str: ...
    @property
    def arguments(self) -> Arguments: ...
    @property
    def words(self) -> str: ...


def check_sentence(
    source: Source, check: Declared, name: Callable[[Column[Any]], str] = heading, *, is_exact: bool = False
) -> str:
    """One check as a sentence: its own words where it has some, else those of its class.

    `is_exact`: for engineers, with patterns and conditions as they are declared; else in words, with an example.
    """
    arguments = check.arguments
    declared = [
        source.column(one)
        for key in ("column", "column_A", "column_B", "column_list")
        for one in ([arguments[key]] if isinstance(arguments.get(key), str) else arguments.get(key, ()))
    ]
    names = [name(column) for column in declared]
    if check.words and not is_exact:
        return f"{', '.join(names)}: {check.words}" if names else check.words
    condition = arguments.get("row_condition")
    say = SENTENCES.get(check.name) or _in_own_words(check.words)
    if not is_exact:
        if "regex" in arguments:
            say = _SHAPES[check.name]
            arguments = {**arguments, "like": _like(source, declared[0], arguments["regex"])}
        condition = condition and condition_in_words(source, condition, name)
    return say(names, arguments) + (f" (bila {condition})" if condition else "")


def _in_own_words(words: str) -> Sentence:
    return lambda columns, _: f"{', '.join(columns)}: {words}"


def _like(source: Source, column: Column[Any], regex: str) -> str:
    """What a text of that shape looks like."""
    return "token" if is_dropped(source, column) else next(fitting(column, [regex]), "yang ditetapkan")


def fitting(column: Column[Any], patterns: Iterable[str]) -> Iterator[str]:
    """The examples of a column that have such a shape."""
    wanted = list(patterns)
    return (text for text in given_examples(column) if all(re.search(pattern, text) for pattern in wanted))


def given_examples(column: Column[Any]) -> tuple[str, ...]:
    """What the declaration gives as texts that fit."""
    return tuple(column.info.get("example", ()))


def condition_in_words(source: Source, condition: str, name: Callable[[Column[Any]], str]) -> str:
    """Which rows a check is about, said with the columns' headings; empty for a pandas condition of no simple form."""
    about = conditions.parse(condition)
    if about is None:
        return ""
    column = source.column(about.column)
    if about.kind == "like":
        return f"{name(column)} seperti {next(fitting(column, [rf'^(?:{about.value})$']), 'yang ditetapkan')}"
    if about.kind == "in":
        return f"{name(column)} salah satu dari {worded(about.value)}"
    if about.kind == "is":
        return f"{name(column)} adalah {worded(about.value)}"
    return f"{name(column)} {'diisi' if about.kind == 'filled' else 'kosong'}"


def worded(value: Any) -> str:
    if value is None:
        return "kosong"
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,}".replace(",", ".") if isinstance(value, int) else f"{value:g}".replace(".", ",")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list | set | frozenset):
        return ", ".join(worded(one) for one in value)
    return str(value)


def _range(arguments: Arguments) -> str:
    low, high = arguments.get("min_value"), arguments.get("max_value")
    if low is not None and high is not None:
        over, under = (
            "lebih dari " * bool(arguments.get("strict_min")),
            "kurang dari " * bool(arguments.get("strict_max")),
        )
        return f"tepat {worded(low)}" if low == high else f"{over}{worded(low)} sampai {under}{worded(high)}"
    is_day = isinstance(low if high is None else high, date)
    least = "lebih dari" if arguments.get("strict_min") else "paling awal" if is_day else "paling sedikit"
    most = "kurang dari" if arguments.get("strict_max") else "paling akhir" if is_day else "paling banyak"
    return f"{least} {worded(low)}" if high is None else f"{most} {worded(high)}"


def _pairs(columns: list[str], arguments: Arguments) -> str:
    pairs = "; ".join(" dengan ".join(worded(one) for one in pair) for pair in arguments["value_pairs_set"])
    return f"{columns[0]} dan {columns[1]}: hanya pasangan {pairs}"


SENTENCES: dict[str, Sentence] = {
    "ExpectTableRowCountToBeBetween": lambda _, a: f"Jumlah baris: {_range(a)}",
    "ExpectTableRowCountToEqual": lambda _, a: f"Jumlah baris: tepat {worded(a['value'])}",
    "ExpectColumnValuesToBeBetween": lambda c, a: f"{c[0]}: {_range(a)}",
    "ExpectColumnValuesToBeInSet": lambda c, a: f"{c[0]}: salah satu dari {worded(a['value_set'])}",
    "ExpectColumnDistinctValuesToBeInSet": lambda c, a: f"{c[0]}: salah satu dari {worded(a['value_set'])}",
    "ExpectColumnDistinctValuesToEqualSet": lambda c, a: f"{c[0]}: semua dan hanya {worded(a['value_set'])}",
    "ExpectColumnDistinctValuesToContainSet": lambda c, a: f"{c[0]}: memuat sedikitnya {worded(a['value_set'])}",
    "ExpectColumnValuesToNotBeInSet": lambda c, a: f"{c[0]}: bukan {worded(a['value_set'])}",
    "ExpectColumnValuesToMatchRegex": lambda c, a: f"{c[0]}: berpola {a['regex']}",
    "ExpectColumnValuesToNotMatchRegex": lambda c, a: f"{c[0]}: tidak berpola {a['regex']}",
    "ExpectColumnToExist": lambda c, _: f"{c[0]}: kolomnya ada",
    "ExpectColumnValuesToNotBeNull": lambda c, _: f"{c[0]}: wajib diisi",
    "ExpectColumnValuesToBeNull": lambda c, _: f"{c[0]}: dikosongkan",
    "ExpectColumnValuesToBeUnique": lambda c, _: f"{c[0]}: tidak berulang",
    "ExpectCompoundColumnsToBeUnique": lambda c, _: f"{', '.join(c)}: bersama-sama tidak berulang",
    "ExpectColumnValueLengthsToBeBetween": lambda c, a: f"{c[0]}: panjangnya {_range(a)} huruf",
    "ExpectColumnValueLengthsToEqual": lambda c, a: f"{c[0]}: panjangnya tepat {worded(a['value'])} huruf",
    "ExpectColumnProportionOfNonNullValuesToBeBetween": lambda c, a: f"{c[0]}: bagian yang terisi {_range(a)}",
    "ExpectColumnProportionOfUniqueValuesToBeBetween": lambda c, a: f"{c[0]}: bagian yang berbeda {_range(a)}",
    "ExpectColumnUniqueValueCountToBeBetween": lambda c, a: f"{c[0]}: banyaknya yang berbeda {_range(a)}",
    "ExpectColumnMaxToBeBetween": lambda c, a: f"{c[0]}: nilai terbesarnya {_range(a)}",
    "ExpectColumnMinToBeBetween": lambda c, a: f"{c[0]}: nilai terkecilnya {_range(a)}",
    "ExpectColumnMeanToBeBetween": lambda c, a: f"{c[0]}: rata-ratanya {_range(a)}",
    "ExpectColumnSumToBeBetween": lambda c, a: f"{c[0]}: jumlahnya {_range(a)}",
    "ExpectColumnPairValuesAToBeGreaterThanB": lambda c, a: (
        f"{c[0]}: {'tidak kurang dari' if a.get('or_equal') else 'lebih dari'} {c[1]}"
    ),
    "ExpectSelectColumnValuesToBeUniqueWithinRecord": lambda c, _: f"{', '.join(c)}: saling berbeda dalam satu baris",
    "ExpectColumnPairValuesToBeEqual": lambda c, _: f"{c[0]}: sama dengan {c[1]}",
    PAIRS: _pairs,
}

_SHAPES: dict[str, Sentence] = {
    "ExpectColumnValuesToMatchRegex": lambda c, a: f"{c[0]}: bentuknya seperti {a['like']}",
    "ExpectColumnValuesToNotMatchRegex": lambda c, a: f"{c[0]}: tidak memuat bentuk seperti {a['like']}",
}
