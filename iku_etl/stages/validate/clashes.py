"""Records that share a key and say different things: nobody can tell which of them holds."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa

from iku_etl.model import Source
from iku_etl.records.identity import record_key

RULE = "parse:key_twice"


def sentence(source: Source, places: Iterable[str]) -> str:
    """That a key came twice, and where."""
    where = " dan ".join(list(places)[:2])
    return (
        f"kunci ({', '.join(source.key)}) muncul dua kali dengan isi berbeda: {where}."
        " Hapus atau perbaiki salah satunya di sumber."
    )


def set_aside(source: Source, table: pa.Table, is_released: Callable[[int], bool]) -> dict[int, str]:
    """Of records that share keys, which can't be loaded, by number, and why.

    Of one key all, unless a person released exactly one of them.
    """
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in table.sort_by("record_no").to_pylist():
        groups[str(record_key(source, row))].append(row)
    aside = {}
    for rows in groups.values():
        released = [row["record_no"] for row in rows if is_released(row["record_no"])]
        kept = released if len(released) == 1 else []
        for row in rows:
            other = next(one for one in rows if one is not row)
            if row["record_no"] not in kept:
                aside[row["record_no"]] = sentence(source, (row["place"], other["place"]))
    return aside
