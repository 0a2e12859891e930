"""Records that share a key and say different things: nobody can tell which of them holds."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import Any

import pyarrow as pa

from iku_etl.model import Source
from iku_etl.records.identity import Twins, record_hash, record_key

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

    Of one key all, unless a person released exactly one of them, or the source declares that the newest counts.
    """
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in table.sort_by("record_no").to_pylist():
        groups[str(record_key(source, row))].append(row)
    aside = {}
    for rows in groups.values():
        released = [row["record_no"] for row in rows if is_released(row["record_no"])]
        kept = released if len(released) == 1 else [] if released else _newest(source, rows)
        for row in rows:
            other = next(one for one in rows if one is not row)
            if row["record_no"] not in kept:
                aside[row["record_no"]] = (
                    _older(source, row, next(one for one in rows if one["record_no"] in kept))
                    if kept and not released
                    else sentence(source, (row["place"], other["place"]))
                )
    return aside


def with_kept(source: Source, fingerprint: str, twins: Twins, aside: Collection[int]) -> str:
    """The fingerprint with the records that were kept as the newest; it was made without any of a clash."""
    if source.on_clash != "newest" or not twins.clashing or not aside:
        return fingerprint
    rows = [row for row in pa.concat_tables(twins.clashing).to_pylist() if row["record_no"] not in aside]
    kept = sorted(record_hash(source, row) for row in rows)
    return hashlib.sha256(";".join([fingerprint, *kept]).encode()).hexdigest() if kept else fingerprint


def _newest(source: Source, rows: list[dict[str, Any]]) -> list[int]:
    """The one record that is newer than all others by the declared column; none where that can't be told."""
    if source.on_clash != "newest" or any(row[source.clash_by] is None for row in rows):
        return []
    last = max(row[source.clash_by] for row in rows)
    newest = [row["record_no"] for row in rows if row[source.clash_by] == last]
    return newest if len(newest) == 1 else []


def _older(source: Source, row: dict[str, Any], newest: dict[str, Any]) -> str:
    return (
        f"kunci ({', '.join(source.key)}) muncul lagi dengan {source.clash_by} yang lebih baru: yang berlaku"
        f" {newest['place']}, bukan {row['place']}."
    )
