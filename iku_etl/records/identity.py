"""What makes a record the same record: its key, its hash, and the fingerprint of a batch's records.

The fingerprint does not depend on the order of records, on payloads, chunks or library versions: columns of the
records, sorted by a 64-bit hash of their key, go through SHA-256 in a layout of our own.
"""

import hashlib
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from iku_etl.model import Problem, Source
from iku_etl.records.cells import whole

Hashes = npt.NDArray[np.uint64]
SPILL_BYTES = 8 * 1024**2  # records kept in memory before they go to disk; a day of 180 probed sites has 6 MiB
TOKEN = re.compile(r"[0-9a-f]{32}")
CLASHES = 100_000  # records kept to be shown because of their key
BUCKETS = 256  # of the spilled records, by the first byte of the key's hash


def plain(value: Any) -> Any:
    """A typed value as JSON says it, the way PostgreSQL's to_jsonb would."""
    match value:
        case datetime():
            text = value.astimezone(UTC).isoformat()
            head, dot, tail = text.partition(".")
            return text if not dot else f"{head}.{tail.removesuffix('+00:00').rstrip('0')}+00:00"
        case date():
            return value.isoformat()
        case Decimal():
            return int(value) if value == value.to_integral_value() else f"{value.normalize():f}"
        case _:
            return value


def record_key(source: Source, row: Mapping[str, Any]) -> dict[str, Any]:
    """The business key of a record, in the order of the declaration."""
    return {name: plain(row[name]) for name in source.key}


def record_hash(source: Source, row: Mapping[str, Any], raw: Mapping[str, str | None] | None = None) -> str:
    """SHA-256 (hex) over the typed declared columns; `raw` holds the text of cells that could not be read.

    Nulls are left out, so that a new nullable column leaves old hashes alone.
    """
    content: dict[str, Any] = {
        column.name: plain(row[column.name]) for column in source.columns if row.get(column.name) is not None
    }
    content |= {name: {"unread": text} for name, text in (raw or {}).items()}
    text = json.dumps([source.name, content], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def raw_texts(problems: Iterable[Problem]) -> dict[str, str | None]:
    """The texts that could not be read, by column, for `record_hash`; what is said of a whole record is under ``."""
    return {problem.column or "": problem.text for problem in problems if problem.text is not None}


def public_values(source: Source, row: Mapping[str, Any]) -> dict[str, Any]:
    """The values that may be shown of a record that was set aside."""
    return {
        column.name: plain(row[column.name])
        for column in source.columns
        if source.privacy_of(column) in ("public", "internal")
    }


def tokens(source: Source, row: Mapping[str, Any]) -> dict[str, str]:
    """The keyed tokens of a record; a value that a reader left in clear in such a column is dropped."""
    names = [column.name for column in source.columns if source.privacy_of(column) == "token"]
    return {name: row[name] for name in names if TOKEN.fullmatch(str(row[name]))}


# ---------------------------------------------------------------- keys


def _mix(numbers: Hashes) -> Hashes:
    """The finalizer of splitmix64: every bit of the number reaches every bit of the result."""
    mixed = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    result: Hashes = mixed ^ (mixed >> np.uint64(31))
    return result


def _column_hashes(column: pa.Array) -> Hashes:
    if _as_text(column.type):
        encoded = column.cast(pa.string()).dictionary_encode()
        digests = b"".join(
            hashlib.blake2b(text.encode(), digest_size=8).digest() for text in encoded.dictionary.to_pylist()
        )
        known = np.append(np.frombuffer(digests, dtype="<u8"), np.uint64(0))  # the last one is of null
        indices = pc.fill_null(encoded.indices.cast(pa.int64()), len(known) - 1).to_numpy()
        taken: Hashes = known[indices].astype(np.uint64)
        return taken
    numbers = _mix(pc.fill_null(_numbers(column), 0).to_numpy().astype(np.int64).view(np.uint64))
    if column.null_count:
        numbers[pc.is_null(column).to_numpy(zero_copy_only=False)] = 0
    return numbers


def _as_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_decimal(kind))


def _numbers(column: pa.Array) -> pa.Array:
    """Dates, moments and booleans as the integers that stand for them."""
    if pa.types.is_date32(column.type):
        return column.view(pa.int32()).cast(pa.int64())
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("us", "UTC")).view(pa.int64())
    return column.cast(pa.int64())


def key_hashes(table: pa.Table, key: Iterable[str]) -> Hashes:
    """A 64-bit hash per row over its key columns, the same for ever."""
    hashes: Hashes = np.zeros(len(table), dtype=np.uint64)
    for name in key:
        hashes = _mix(hashes * np.uint64(0x9E3779B97F4A7C15) + _column_hashes(whole(table.column(name))) + np.uint64(1))
    return hashes


# ---------------------------------------------------------------- records in the order of their keys


class _Digest:
    """SHA-256 over one column, fed in pieces: one over the lengths or the nulls, one over the values."""

    def __init__(self) -> None:
        self.shape, self.values = hashlib.sha256(), hashlib.sha256()

    def feed(self, column: pa.Array) -> None:
        if _as_text(column.type):
            text = column.cast(pa.string())
            self.shape.update(pc.fill_null(pc.binary_length(text), -1).to_numpy().astype("<i4").tobytes())
            self.values.update(_bytes(pc.fill_null(text, "")))
        else:
            self.shape.update(pc.is_valid(column).to_numpy(zero_copy_only=False).astype(np.uint8).tobytes())
            self.values.update(pc.fill_null(_numbers(column), 0).to_numpy().astype("<i8").tobytes())


def _bytes(texts: pa.Array) -> "pa.Buffer | bytes":
    """The characters of all texts, one after the other."""
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return b""
    bounds = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return data.slice(int(bounds[0]), int(bounds[-1] - bounds[0]))


@dataclass
class Twins:
    """Records that share a key: `same` are identical to one that came before, `clashing` are all those that differ."""

    same: list[int] = field(default_factory=list)  # record_no
    clashing: list[pa.Table] = field(default_factory=list)  # whole records, at most CLASHES of them
    clash_count: int = 0


class KeyOrder:
    """Collects records (record_no, place, declared columns) and reads them back in the order of their keys.

    Holds at most SPILL_BYTES in memory; the rest waits in files beside the result. Use as a context manager.
    """

    def __init__(self, source: Source, folder: Path | None = None) -> None:
        self._source, self._folder = source, folder
        self._pieces: list[pa.Table] = []
        self._bytes = 0
        self._spill: tempfile.TemporaryDirectory[str] | None = None
        self._files: dict[int, pa.ipc.RecordBatchStreamWriter] = {}

    def __enter__(self) -> "KeyOrder":
        return self

    def __exit__(self, *error: object) -> None:
        self._close_files()
        if self._spill is not None:
            self._spill.cleanup()

    def add(self, table: pa.Table) -> None:
        """Take a piece of the batch; pieces come in the order of their record numbers."""
        hashes = pa.array(key_hashes(table, self._source.key))
        self._pieces.append(table.append_column("iku_key", hashes))
        self._bytes += table.nbytes
        if self._bytes > SPILL_BYTES:
            self._write_out()

    def _write_out(self) -> None:
        """Sort what is in memory into the files of its buckets."""
        if self._spill is None:
            self._spill = tempfile.TemporaryDirectory(prefix=".keys-", dir=self._folder)
        table = pa.concat_tables(self._pieces).combine_chunks()
        self._pieces, self._bytes = [], 0
        buckets = (table.column("iku_key").to_numpy() >> np.uint64(56)).astype(np.int64)
        order = np.argsort(buckets, kind="stable")
        ends = np.searchsorted(buckets[order], np.arange(BUCKETS + 1))
        for bucket in range(BUCKETS):
            rows = order[ends[bucket] : ends[bucket + 1]]
            if len(rows):
                if bucket not in self._files:
                    path = Path(self._spill.name) / f"{bucket:03}"
                    self._files[bucket] = pa.ipc.new_stream(str(path), table.schema)
                self._files[bucket].write_table(table.take(pa.array(rows)))

    def _close_files(self) -> None:
        for stream in self._files.values():
            stream.close()

    def _buckets(self) -> Iterator[pa.Table]:
        if self._spill is None:
            if self._pieces:
                yield pa.concat_tables(self._pieces)
            return
        self._write_out_rest()
        for bucket in sorted(self._files):
            with pa.OSFile(str(Path(self._spill.name) / f"{bucket:03}")) as stream:
                yield pa.ipc.open_stream(stream).read_all()

    def _write_out_rest(self) -> None:
        if self._pieces:
            self._write_out()
        self._close_files()

    def finish(self) -> tuple[str, Twins]:
        """The fingerprint over the records without identical twins and without those that clash, and the twins."""
        digests = {column.name: _Digest() for column in self._source.columns}
        twins = Twins()
        for table in self._buckets():
            hashes = table.column("iku_key").to_numpy()
            order = np.argsort(hashes, kind="stable")  # record_no rises in it, so the first of twins stays
            table = table.take(pa.array(order)).combine_chunks()
            table = self._without_twins(table, hashes[order], twins)
            for name, digest in digests.items():
                digest.feed(whole(table.column(name)))
        summary = hashlib.sha256(json.dumps([self._source.name, list(digests)]).encode())
        for digest in digests.values():
            summary.update(digest.shape.digest() + digest.values.digest())
        return summary.hexdigest(), twins

    def _without_twins(self, table: pa.Table, hashes: Hashes, twins: Twins) -> pa.Table:
        first = np.flatnonzero(hashes[1:] == hashes[:-1])
        if not len(first):
            return table
        left, right = table.take(pa.array(first)), table.take(pa.array(first + 1))
        same = _equal(left, right, [column.name for column in self._source.columns])
        twins.same += right["record_no"].filter(pa.array(same)).to_pylist()
        keep = np.ones(len(table), dtype=bool)
        keep[first[same] + 1] = False
        return self._without_clashes(table.filter(pa.array(keep)), hashes[keep], twins)

    def _without_clashes(self, table: pa.Table, hashes: Hashes, twins: Twins) -> pa.Table:
        first = np.flatnonzero(hashes[1:] == hashes[:-1])
        first = first[_equal(table.take(pa.array(first)), table.take(pa.array(first + 1)), self._source.key)]
        if not len(first):
            return table
        clashes = np.zeros(len(table), dtype=bool)
        clashes[first] = clashes[first + 1] = True
        twins.clash_count += int(clashes.sum())
        if twins.clash_count <= CLASHES or not twins.clashing:
            twins.clashing.append(table.filter(pa.array(clashes)).slice(0, CLASHES))
        return table.filter(pa.array(~clashes))


def _equal(left: pa.Table, right: pa.Table, names: Iterable[str]) -> "npt.NDArray[np.bool_]":
    equal = np.ones(len(left), dtype=bool)
    for name in names:
        one, other = whole(left.column(name)), whole(right.column(name))
        both_null = pc.and_(pc.is_null(one), pc.is_null(other))
        found = pc.or_(both_null, pc.fill_null(pc.equal(one, other), False))
        equal &= found.to_numpy(zero_copy_only=False)
    return equal


def fingerprint(source: Source, tables: Iterable[pa.Table]) -> str:
    """The fingerprint of records: tables with the declared columns, in any order and split."""
    with KeyOrder(source) as order:
        for table in tables:
            numbers = pa.array(np.arange(len(table), dtype=np.int32))
            columns = table.select([column.name for column in source.columns])
            order.add(
                columns.append_column("record_no", numbers).append_column("place", pa.nulls(len(table), pa.string()))
            )
        return order.finish()[0]
