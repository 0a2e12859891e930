"""The declared checks of a source, as Great Expectations runs them.

Great Expectations answers success for an empty frame or suite, an all-null column against a set or regex, a
`row_condition` that selects nothing and a `mostly` under 1; and a check that raised looks like any failed
one. So: no `mostly` under 1; every answer is counted and looked at for exceptions; the caller of `run`
compares how many were evaluated.
"""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Date

from iku_etl.catalogue import conditions
from iku_etl.catalogue.checks import columns_of, structure
from iku_etl.errors import DeclarationError
from iku_etl.model import Expectation, Severity, Source, Unregistered

RowNumbers = npt.NDArray[np.int64]
# records: judged one by one, so pieces and windows may share a run. table: the same of every piece.
# count: of the whole window, by us. whole: of the whole window, by Great Expectations.
Reach = Literal["records", "table", "count", "whole"]

AT_LEAST = 6  # declared checks, else the source is not known well enough to be loaded
COUNTS = ("ExpectTableRowCountToBeBetween", "ExpectTableRowCountToEqual")
TABLE = (
    "ExpectColumnToExist",
    "ExpectTableColumnCountToBeBetween",
    "ExpectTableColumnCountToEqual",
    "ExpectTableColumnsToMatchOrderedList",
    "ExpectTableColumnsToMatchSet",
)
WHOLE = (  # Great Expectations calls them map expectations, but a record's verdict depends on other records
    "ExpectColumnValuesToBeUnique",
    "ExpectCompoundColumnsToBeUnique",
    "ExpectColumnValuesToBeIncreasing",
    "ExpectColumnValuesToBeDecreasing",
    "ExpectColumnValueZScoresToBeLessThan",
    "ExpectColumnValuesToNotBeOutliers",
)
EXACT = 2**53  # up to here every whole number is a float64
ABOUT_NULLS = ("ExpectColumnValuesToBeNull", "ExpectColumnValuesToNotBeNull")


class NotEvaluated(Exception):
    """A check gave no answer; the message names it and holds no value."""


@dataclass(frozen=True, eq=False)  # compared by identity: two checks may be declared alike
class Check:
    """One check, ready to run. `columns`: those it looks at."""

    name: str
    severity: Severity
    reach: Reach
    columns: tuple[str, ...]
    arguments: Mapping[str, Any]
    ready: Any  # the Great Expectations object
    words: str = ""  # as declared

    @property
    def column_name(self) -> str | None:
        return ", ".join(self.columns) or None

    @property
    def condition(self) -> str | None:
        condition: str | None = self.arguments.get("row_condition")
        return condition

    @property
    def is_mute_on_nothing(self) -> bool:
        """Whether a success proves nothing if no record was looked at (all null, or none selected)."""
        looks_at_values = len(self.columns) == 1 and self.name not in ABOUT_NULLS
        return self.reach == "records" and (looks_at_values or self.condition is not None)

    @property
    def may_be_idle(self) -> bool:
        """Whether it may find no record to look at: a warning about some records only (closed ones, say)."""
        return self.severity == "warn" and self.condition is not None


@dataclass(frozen=True)
class Answer:
    """What a check found in one frame: the rows that break it; for a check of the whole, only whether it holds."""

    failing: RowNumbers
    holds: bool


NOTHING: RowNumbers = np.empty(0, dtype=np.int64)


def checks_of(source: Source) -> tuple[Check, ...]:
    """The declared suite and the structure of the columns. Raises DeclarationError for a check that can't be run."""
    declared = [check for check in source.expectations if isinstance(check, Expectation)]
    if len(source.expectations) < AT_LEAST:
        raise DeclarationError(
            f"source {source.name}: {len(source.expectations)} expectations; a suite has at least {AT_LEAST} that mean"
            " something. A batch without a suite is never loaded."
        )
    made = [_check(source, one) for one in (*structure(source), *declared)]
    unknown = [one for one in source.expectations if not isinstance(one, Expectation | Unregistered)]
    if unknown:
        raise DeclarationError(f"source {source.name}: {unknown[0]!r} is no expectation; use stop, quarantine or warn.")
    return tuple(made)


def _check(source: Source, declared: Expectation) -> Check:
    gx = _library()
    made = getattr(gx.expectations, declared.name, None)
    if not (isinstance(made, type) and issubclass(made, gx.expectations.Expectation)):
        raise DeclarationError(
            f"source {source.name}: Great Expectations has no {declared.name!r}. The names are those of the classes in"
            " great_expectations.expectations, say ExpectColumnValuesToBeBetween."
        )
    arguments = dict(declared.arguments)
    where = f"source {source.name}: {declared.name}"
    if arguments.get("mostly", 1) != 1:
        raise DeclarationError(f"{where} has mostly={arguments['mostly']}; a tolerance is not allowed, choose warn.")
    if not isinstance(arguments.get("row_condition", ""), str):
        raise DeclarationError(f"{where}: row_condition must be text in pandas' query syntax, say 'up == False'.")
    columns = columns_of(arguments)
    if strange := [name for name in columns if name not in {column.name for column in source.columns}]:
        raise DeclarationError(f"{where} looks at column {', '.join(strange)}, which is not declared.")
    reach = _reach(made)
    if reach != "records" and declared.severity == "quarantine":
        raise DeclarationError(f"{where} can't tell which record is wrong; choose stop or warn.")
    is_day = any(isinstance(source.column(name).type, Date) for name in columns)
    try:
        with _quietly():
            given = {name: _argument(value, is_day) for name, value in arguments.items()}
            if condition := arguments.get("row_condition"):
                given["row_condition"] = _row_condition(condition)
            ready = made(**given)
    except (ValueError, TypeError) as problem:
        raise DeclarationError(f"{where} has wrong arguments: {problem}") from problem
    return Check(declared.name, declared.severity, reach, columns, arguments, ready, declared.words)


def _row_condition(text: str) -> Any:
    """A declared condition as Great Expectations wants it; what has no object there goes to pandas as it is."""
    objects = _library().expectations.row_conditions
    about = conditions.parse(text)
    if about is None or about.kind == "like":
        return objects.PassThroughCondition(pass_through_filter=text)
    column = objects.Column(about.column)
    if about.kind == "is":
        return column == about.value
    if about.kind == "in":
        return column.is_in(about.value)
    return column.is_null() if about.kind == "empty" else column.is_not_null()


def _reach(made: type) -> Reach:
    expectation = _library().expectations.expectation
    if made.__name__ in COUNTS:
        return "count"
    if made.__name__ in TABLE:
        return "table"
    maps = (
        expectation.ColumnMapExpectation,
        expectation.ColumnPairMapExpectation,
        expectation.MulticolumnMapExpectation,
    )
    return "records" if issubclass(made, maps) and made.__name__ not in WHOLE else "whole"


def _argument(value: Any, is_day: bool) -> Any:
    """pandas compares a day column with datetimes only."""
    if isinstance(value, list | tuple | set | frozenset):
        return [_argument(one, is_day) for one in value]
    if is_day and isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001  # a day has no zone
    return value


# ---------------------------------------------------------------- frames


def frame_of(table: pa.Table, names: Iterable[str]) -> pd.DataFrame:
    """The columns as pandas holds them exactly and Great Expectations reads them fast.

    Not pd.ArrowDtype: a run over 1.6 M rows takes 23 s with it and 0.3 s without, for the frame's own hash.
    """
    return pd.DataFrame({name: _series(table.column(name)) for name in names})


def _series(column: pa.ChunkedArray) -> Any:
    """Great Expectations compares whole columns of int64, float64 and datetime64[ns]; others value by value."""
    if pa.types.is_integer(column.type):
        if not column.null_count:
            return column.cast(pa.int64()).to_pandas()
        bounds = pc.min_max(column).as_py()
        if bounds["min"] is None or -EXACT <= bounds["min"] <= bounds["max"] <= EXACT:
            return column.cast(pa.float64()).to_pandas()
        return column.to_pandas(types_mapper={column.type: pd.Int64Dtype()}.get)
    if pa.types.is_boolean(column.type) and column.null_count:
        return column.to_pandas(types_mapper={column.type: pd.BooleanDtype()}.get)
    if pa.types.is_date(column.type):
        try:
            return column.cast(pa.timestamp("ns")).to_pandas()
        except pa.ArrowInvalid:  # before 1677 or after 2262
            return column.to_pandas(date_as_object=False)
    return column.to_pandas()


def selected(frame: pd.DataFrame, condition: str) -> "npt.NDArray[np.bool_]":
    chosen = np.zeros(len(frame), dtype=bool)
    chosen[frame.query(condition).index.to_numpy()] = True
    return chosen


# ---------------------------------------------------------------- a run


@cache
def _library() -> Any:
    """Great Expectations, imported when first needed: 4 to 13 CPU seconds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 1.24 imports sre_parse for what we don't use
        import great_expectations
        import great_expectations.expectations
    return great_expectations


def warm() -> None:
    """Import Great Expectations now, for whoever forks the judges from this process."""
    _library()


@contextmanager
def _quietly() -> Iterator[None]:
    """Silence those warnings of Great Expectations that don't concern us."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This pattern is interpreted as a regular", UserWarning)  # groups are fine
        yield


@cache
def _batches() -> Any:
    gx = _library()
    base = gx.data_context.types.base
    config = base.DataContextConfig(
        store_backend_defaults=base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=base.ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    asset = context.data_sources.add_pandas("judge").add_dataframe_asset("records")
    return asset.add_batch_definition_whole_dataframe("all")


def run(checks: Sequence[Check], frame: pd.DataFrame) -> list[Answer]:
    """One answer per check. The frame's index is 0, 1, ..: failing rows are named by it.

    The first run tells which checks hold; the others are run again for their rows. Raises NotEvaluated when a
    check is left out or raised.
    """
    if not checks:
        return []
    answers = [Answer(NOTHING, bool(result.success)) for result in _results(checks, frame, "BOOLEAN_ONLY")]
    again = [number for number, check in enumerate(checks) if not answers[number].holds and check.reach == "records"]
    if again:
        results = _results([checks[number] for number in again], frame, "COMPLETE")
        for number, result in zip(again, results, strict=True):
            rows = np.unique(np.array(result.result.get("unexpected_index_list") or [], dtype=np.int64))
            if not len(rows):
                raise NotEvaluated(f"{checks[number].name} ({checks[number].column_name}) gagal tanpa menyebut record")
            answers[number] = Answer(rows, False)
    return answers


def _results(checks: Sequence[Check], frame: pd.DataFrame, result_format: str) -> list[Any]:
    suite = _library().ExpectationSuite(name="declared")
    # by position: an equal check declared twice is evaluated twice
    suite.expectations = [check.ready for check in checks]
    batch = _batches().get_batch(batch_parameters={"dataframe": frame})
    with _quietly():
        results = list(batch.validate(suite, result_format=result_format).results)
    if len(results) != len(checks):
        raise NotEvaluated(f"{len(results)} dari {len(checks)} pemeriksaan dijalankan")
    ordered: list[Any] = []
    for check in checks:
        wanted = check.ready.configuration
        position = next((n for n, result in enumerate(results) if _is_of(result, wanted)), None)
        if position is None:
            raise NotEvaluated(f"{check.name} ({check.column_name}) tidak dijalankan")
        result = results.pop(position)
        if raised := _raised(result.exception_info):
            raise NotEvaluated(f"{check.name} ({check.column_name}) tidak dapat dijalankan: {raised}")
        ordered.append(result)
    return ordered


def _is_of(result: Any, wanted: Any) -> bool:
    given = result.expectation_config
    kwargs = {name: value for name, value in given.kwargs.items() if name != "batch_id"}
    return bool(given.type == wanted.type and kwargs == wanted.kwargs)


def _raised(info: Mapping[str, Any]) -> str | None:
    """The kind of exception in an answer, in either of the two shapes that they come in."""
    if "raised_exception" in info:
        return str(info.get("exception_message") or "exception").split(":", 1)[0] if info["raised_exception"] else None
    for one in info.values():
        if isinstance(one, Mapping) and (raised := _raised(one)):
            return raised
    return None


def version() -> str:
    return f"great_expectations {_library().__version__}"


def evaluated(check: Check, table: pa.Table, selected: "npt.NDArray[np.bool_] | None") -> int:
    """How many records the check really looked at: nulls are passed over, a condition selects."""
    if len(check.columns) != 1 or check.name in ABOUT_NULLS:
        return len(table) if selected is None else int(selected.sum())
    column = table[check.columns[0]]
    if selected is None:
        return len(column) - int(column.null_count)
    return int((selected & pc.is_valid(column).to_numpy()).sum())
