"""Records that share a key and say different things: nobody can tell which of them holds."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import Any

import pyarrow as pa

from iku_etl.catalogue import sentences
from iku_etl.model import Source
from iku_etl.records.identity import Twins, record_hash, record_key

RULE = "parse:key_twice"
OLDER = "ada rekaman lebih baru dengan kunci yang sama"


def sentence(source: Source, places: Iterable[str]) -> str:
    """That a key came twice, and where."""
    where = " dan ".join(list(places)[:2])
    key = ", ".join(sentences.called(source.column(name)) for name in source.key)
    return f"kunci {key} muncul dua kali dengan isi berbeda: {where}. Hapus atau perbaiki salah satunya di sumber."


def settle(
    source: Source, table: pa.Table, is_released: Callable[[int], bool]
) -> tuple[dict[int, str], frozenset[int]]:
    """Of records that share keys: those to set aside, by number, and why; those that a newer one takes the place of.

    Of one key all are set aside, unless a person released exactly one of them, or the source declares that the newest
    counts: then nothing is unknown, and the others are left out.
    """
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in table.sort_by("record_no").to_pylist():
        groups[str(record_key(source, row))].append(row)
    aside, older = {}, set()
    for rows in groups.values():
        released = [row["record_no"] for row in rows if is_released(row["record_no"])]
        if not released and (newest := _newest(source, rows)):
            older |= {row["record_no"] for row in rows} - {newest}
            continue
        for row in rows:
            if [row["record_no"]] != released:
                other = next(one for one in rows if one is not row)
                aside[row["record_no"]] = sentence(source, (row["place"], other["place"]))
    return aside, frozenset(older)


def with_kept(source: Source, fingerprint: str, twins: Twins, gone: Collection[int]) -> str:
    """The fingerprint with the records that were kept as the newest; it was made without any of a clash."""
    if source.on_clash != "newest" or not twins.clashing or not gone:
        return fingerprint
    rows = [row for row in pa.concat_tables(twins.clashing).to_pylist() if row["record_no"] not in gone]
    kept = sorted(record_hash(source, row) for row in rows)
    return hashlib.sha256(";".join([fingerprint, *kept]).encode()).hexdigest() if kept else fingerprint


def _newest(source: Source, rows: list[dict[str, Any]]) -> int | None:
    """The one record that is newer than all others by the declared column; none where that can't be told."""
    if source.on_clash != "newest" or any(row[source.clash_by] is None for row in rows):
        return None
    last = max(row[source.clash_by] for row in rows)
    newest = [row["record_no"] for row in rows if row[source.clash_by] == last]
    return newest[0] if len(newest) == 1 else None
