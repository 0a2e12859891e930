"""Guards outside Great Expectations: times outside the window, and how many records there must be."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Column, Date, DateTime

from iku_etl.catalogue import sentences
from iku_etl.model import Problem, Source
from iku_etl.window import Window

CLOCK_SLACK = timedelta(minutes=5)  # clocks of probes run ahead


def event_column(source: Source) -> Column[Any] | None:
    """The column that says when an event happened: `info["event_time"]`, else the first time of the key,
    else the first required time. None for a snapshot, which may hold any date.
    """
    if source.kind != "events":
        return None
    marked = [column for column in source.columns if column.info.get("event_time")]
    times = [column for column in source.columns if isinstance(column.type, Date | DateTime) and not column.nullable]
    in_key = [column for column in times if column.name in source.key]
    return next(iter((*marked, *in_key, *times)), None)


def outside(source: Source, window: Window, table: pa.Table, now: datetime) -> list[Problem]:
    """Events that did not happen in the window, or have not happened yet."""
    column = event_column(source)
    if column is None or not len(table):
        return []
    values = table[column.name]
    if isinstance(column.type, Date):
        first, last = pa.scalar(window.first_day), pa.scalar(window.last_day)
        is_in = pc.and_(pc.greater_equal(values, first), pc.less_equal(values, last))
    else:
        end = min(window.end, now + CLOCK_SLACK)
        first, after = (pa.scalar(moment, values.type) for moment in (window.start, end))
        is_in = pc.and_(pc.greater_equal(values, first), pc.less(values, after))
    if pc.all(is_in, min_count=0).as_py():
        return []
    rows = np.flatnonzero(pc.invert(pc.fill_null(is_in, True)).to_numpy())
    is_public = source.privacy_of(column) == "public"
    about = f"kolom {sentences.called(column)}"
    return [
        Problem(
            row["record_no"],
            column.name,
            None,  # the cell was read; its value is in the record's hash
            f"{about}: {f'{row[column.name]} ' if is_public else ''}di luar jendela {window.label}."
            " Perbaiki tanggalnya, atau kirim pada periode yang benar.",
        )
        for row in table.select(["record_no", column.name]).take(pa.array(rows)).to_pylist()
    ]


def count_holds(arguments: Mapping[str, Any], count: int) -> bool:
    """Whether so many records satisfy a row count expectation's arguments."""
    if "value" in arguments:
        return count == int(arguments["value"])
    low, high = arguments.get("min_value"), arguments.get("max_value")
    above = low is None or count > low or (count == low and not arguments.get("strict_min"))
    below = high is None or count < high or (count == high and not arguments.get("strict_max"))
    return bool(above and below)


def count_wanted(arguments: Mapping[str, Any]) -> str:
    if "value" in arguments:
        return f"tepat {arguments['value']}"
    low, high = arguments.get("min_value"), arguments.get("max_value")
    parts = [f"paling sedikit {low}"] if low is not None else []
    return " dan ".join([*parts, *([f"paling banyak {high}"] if high is not None else [])])
