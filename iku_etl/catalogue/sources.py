"""Finds sources and indicators by file name; reads the SQL headers. No list is edited anywhere."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from functools import cache, partial
from types import ModuleType
from typing import Any, get_args

from sqlalchemy import Column

import iku_etl.sources
from iku_etl.catalogue import examples, sentences
from iku_etl.connectors.registers import folder
from iku_etl.errors import DeclarationError
from iku_etl.model import COLUMN_INFO, Expectation, Privacy, Source
from iku_etl.reference import code_lists

RESERVED = {"batch_id", "record_no", "payload_no", "window_on", "place"}  # what every fact row has besides


def source_names() -> tuple[str, ...]:
    """The names of all sources: the module names under iku_etl/sources, without importing any of them."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(iku_etl.sources.__path__)))


@cache
def source(name: str) -> Source:
    """The source of that name, complete; DeclarationError: unknown, broken at import, or against the contract."""
    if name not in source_names():
        raise DeclarationError(
            f"source {name} is unknown. Known: {', '.join(source_names())}. New: iku new source NAME."
        )
    try:
        module = importlib.import_module(f"iku_etl.sources.{name}")
    except Exception as problem:
        raise DeclarationError(f"source {name}: its module can't be imported: {problem!r}.") from problem
    return _complete(name, module)


def all_sources() -> tuple[Source, ...]:
    """All sources. Raises for the first broken one; `importable` goes on with the others."""
    return tuple(source(name) for name in source_names())


def importable() -> tuple[list[Source], list[str]]:
    """The sources that can be read, and one sentence about each that can't; a broken one does not stop the others."""
    found, problems = [], []
    for name in source_names():
        try:
            found.append(source(name))
        except DeclarationError as problem:
            problems.append(str(problem))
    return found, problems


def _complete(name: str, module: ModuleType) -> Source:
    declared: Any = getattr(module, "SOURCE", None)
    if not isinstance(declared, Source):
        raise DeclarationError(f"source {name}: module has no SOURCE = Source(..). Start from iku new source.")
    files = partial(folder.extract, late_by=declared.late_by, since=declared.since, show_names=not declared.is_redacted)
    found = replace(
        declared,
        name=name,
        summary=inspect.getdoc(module) or "",
        is_register=not hasattr(module, "parse") or any(column.info.get("headings") for column in declared.columns),
        extract=getattr(module, "extract", files),
        parse=getattr(module, "parse", partial(folder.read, columns=declared.columns)),
    )
    for problem in _problems(found):
        raise DeclarationError(f"source {name}: {problem}")
    return found


def _problems(found: Source) -> list[str]:
    """What in a declaration breaks the contract, as sentences."""
    names = [column.name for column in found.columns]
    problems = [f"column {column} is declared twice" for column in set(names) if names.count(column) > 1]
    problems += [f"column {column} is a reserved name" for column in set(names) & RESERVED]
    problems += [f"key column {column} is not declared" for column in found.key if column not in names]
    problems += [f"column {column.name} has no comment" for column in found.columns if not column.comment]
    problems += [
        f"column {column.name} has the privacy class {found.privacy_of(column)!r}; choose one of {get_args(Privacy)}"
        for column in found.columns
        if found.privacy_of(column) not in get_args(Privacy)
    ]
    problems += [f"column {column.name}: {said}" for column in found.columns for said in _info_problems(column)]
    if found.free_of_personal_data and found.is_redacted:
        problems.append("free_of_personal_data beside columns of personal data: one of them is wrong")
    if not found.summary:
        problems.append("the module has no docstring; it is the catalogue card")
    if (found.clash == "newest") != bool(found.clash_by) or (found.clash_by and found.clash_by not in names):
        problems.append('clash="newest" goes with clash_by, a declared column that says which record is newer')
    problems += [
        f"column {column.name} is retired; let it be nullable and take it out of the key"
        for column in found.columns
        if "retired" in column.info and (not column.nullable or column.name in found.key)
    ]
    if not found.key:
        problems.append("no key: a record must have a name within its window")
    if len(found.expectations) < 6:
        problems.append(f"{len(found.expectations)} expectations; a suite has at least six that mean something")
    for column in found.columns:
        problems += [f"column {column.name} has {said}" for said in _example_problems(found, column)]
    for check in found.expectations:
        problems += _wordless(found, check) if isinstance(check, Expectation) else []
    if found.kind == "snapshot" and (found.late_by is None or found.max_age is None):
        problems.append("a snapshot declares late_by and max_age")
    return problems


def _info_problems(column: Column[Any]) -> Iterator[str]:
    """A word of `info` that nobody reads: `privcy` would leave a name in clear."""
    for name in column.info.keys() - COLUMN_INFO:
        near = get_close_matches(name, COLUMN_INFO, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else f"; write one of {', '.join(sorted(COLUMN_INFO))}"
        yield f"info holds {name!r}, which nothing reads{meant}"
    known = column.info.get("code_list")
    if known is not None and known not in code_lists.LISTS:
        yield f"the code list {known!r} is none; write one of {', '.join(code_lists.LISTS)}"


def _example_problems(found: Source, column: Column[Any]) -> Iterator[str]:
    """A text that people type needs an example if it has a pattern, and each example must match one."""
    given, patterns = sentences.given_examples(column), examples.patterns(found, column)
    if found.is_register and patterns and not given:
        yield 'a pattern and no example; write info={"example": ("..",)}, a text that fits'
    for text in given:
        if not any(re.search(pattern, text) for pattern in patterns):
            yield f"the example {text!r}, which has no shape of {', '.join(patterns)}"


def _wordless(found: Source, check: Expectation) -> Iterator[str]:
    """What is missing to say this check in Indonesian to the people who fill in the form."""
    if check.words:
        return
    if check.name not in sentences.SENTENCES:
        yield f'check {check.name} has no sentence; write words="..", what it asks of the column, in Indonesian'
    condition = check.arguments.get("row_condition")
    if condition and not sentences.condition_in_words(found, condition, sentences.heading):
        yield f'the condition {condition!r} of {check.name} has no sentence; write words=".."'
