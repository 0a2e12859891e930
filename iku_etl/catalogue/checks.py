"""The checks of a source beside their results: what each asks, as a sentence."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from iku_etl.catalogue import sentences, sources
from iku_etl.errors import DeclarationError
from iku_etl.model import Expectation, Source, Unregistered, quarantine, stop


def structure(source: Source) -> list[Expectation]:
    """What the columns themselves ask: that each is there, and that the required ones are filled in."""
    there = [stop("ExpectColumnToExist", column=column.name) for column in source.columns]
    required = [column.name for column in source.columns if not column.nullable]
    return there + [quarantine("ExpectColumnValuesToNotBeNull", column=name) for name in required]


def said(source: Source, results: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The sentence of each result (`expectation`, `column_name`), which come in the order in which they were declared.

    A check that is not declared any more is called by its class and columns.
    """
    waiting: dict[tuple[str, str | None], list[str]] = defaultdict(list)
    for check in (*structure(source), *source.expectations):
        if isinstance(check, Unregistered):
            where = sentences.title_of(check.register)
            sentence = f"{sentences.heading(source.column(check.column))}: terdaftar di {where}"
            waiting["Unregistered", check.column].append(sentence)
        else:
            columns = ", ".join(columns_of(check.arguments)) or None
            waiting[check.name, columns].append(sentences.check_sentence(source, check))
    for row in results:
        if row["expectation"] == "parse":
            yield _read(source, row["column_name"])
            continue
        found = waiting[row["expectation"], row["column_name"]]
        yield found.pop(0) if found else f"{row['expectation']} ({row['column_name'] or 'seluruh tabel'})"


def with_sentences(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Results of batches, each batch's together, with `sentence`: what the check asks, as its source declares it today.

    Of a source that is gone or broken the check is called by its class and columns: its results stay readable.
    """
    told: list[dict[str, Any]] = []
    for (name, _), group in groupby(rows, key=lambda row: (row["source"], row["batch_id"])):
        own = list(group)
        try:
            asked = list(said(sources.source(name), own))
        except DeclarationError:
            asked = [f"{row['expectation']} ({row['column_name'] or 'seluruh tabel'})" for row in own]
        told += [{**row, "sentence": sentence} for row, sentence in zip(own, asked, strict=True)]
    return told


def _read(source: Source, name: str) -> str:
    """What is asked of a record before any check: the rule `parse:<name>` as a sentence."""
    if name == "key_twice":
        keys = ", ".join(sentences.heading(source.column(key)) for key in source.key)
        return f"{keys}: tidak dua kali dengan isi yang berbeda"
    declared = {column.name: column for column in source.columns}
    return f"{sentences.heading(declared[name])}: dapat dibaca" if name in declared else "dapat diamati"


def columns_of(arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns that a check looks at, as its arguments name them."""
    named = [arguments[key] for key in ("column", "column_A", "column_B") if key in arguments]
    return (*named, *arguments.get("column_list", ()))
