"""What the judge found in one batch, kept as Parquet: the records to load, and the verdict in its metadata.

A cache that is rebuilt from raw. Read without Great Expectations: `read(path)`.
"""

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from iku_etl.errors import NotFound
from iku_etl.model import Severity, Source

METADATA = b"iku"
PIECE_ROWS = 5_000
FOOTER_BYTES = 1024**3  # pyarrow's own limit is too small for a footer with 100,000 quarantined records


@dataclass(frozen=True)
class CheckResult:
    """The result of one check: counts and a sentence, never values of records."""

    expectation: str
    column_name: str | None
    severity: Severity
    evaluated: int
    unexpected: int
    success: bool
    detail: str = ""


@dataclass(frozen=True)
class Quarantined:
    """A record set aside, with the rules it broke; `public_values` holds no token and no personal value.

    `tokens` are its keyed tokens, as facts hold them: a view can tell which message it repeats; nothing shows them.
    """

    record_no: int
    payload_no: int
    place: str
    rules: tuple[str, ...]
    message: str
    record_key: Mapping[str, Any]
    record_hash: str
    public_values: Mapping[str, Any]
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Verdict:
    """The verdict on one batch. `rejected_because` None: its records may be loaded. `path` holds them."""

    source: str
    window: str
    rejected_because: str | None
    error_code: str | None
    read: int
    loaded: int
    quarantined: int
    declared_out: int
    declared_out_reasons: Mapping[str, int]
    fingerprint: str
    checks: tuple[CheckResult, ...]
    quarantine: tuple[Quarantined, ...]
    unknown_columns: tuple[str, ...]
    warnings: tuple[str, ...]
    suite_version: str
    missing_columns: tuple[str, ...] = ()
    path: Path = field(default=Path(), compare=False)

    @property
    def is_ok(self) -> bool:
        return self.rejected_because is None

    def pieces(self, rows: int = PIECE_ROWS) -> Iterator[pa.Table]:
        """The records to load in the order of their numbers, a piece at a time."""
        with pq.ParquetFile(self.path, **_limits()) as file:
            for batch in file.iter_batches(batch_size=rows):
                yield pa.Table.from_batches([batch])


def undeclared(source: Source, names: Iterable[str], personal: Collection[str]) -> tuple[str, ...]:
    """The columns that nobody declared, as messages call them; `personal`: those that hold a person's number."""
    mark = f" (memuat angka serupa NIK: {source.name} tidak bebas data pribadi, cabut free_of_personal_data)"
    return tuple(name + mark if name in personal else name for name in names)


def unloaded(source: Source, column: str) -> str:
    """That a column of a payload was not loaded, and that a register file was kept with it all the same."""
    kept = "; berkas aslinya tetap disimpan utuh" if source.is_register else ""
    return f"kolom {column} tidak dideklarasikan, tidak dimuat{kept}"


def _limits() -> dict[str, int]:
    # without pre_buffer=False the whole file is read ahead into memory
    return {
        "pre_buffer": False,
        "thrift_string_size_limit": FOOTER_BYTES,
        "thrift_container_size_limit": FOOTER_BYTES,
    }


def read(path: Path) -> Verdict:
    """The judged batch at `path`; NotFound if it was never judged or the cache was cleared."""
    try:
        with pq.ParquetFile(path, **_limits()) as file:
            kept = json.loads(file.metadata.metadata[METADATA])
    except FileNotFoundError:
        raise NotFound(f"{path} tidak ada: batch belum diperiksa. Jalankan: iku validate BATCH.") from None
    except (pa.ArrowException, KeyError, TypeError) as problem:
        why = f"bukan hasil pemeriksaan ({type(problem).__name__}). Hapus, lalu jalankan: iku validate BATCH"
        raise NotFound(f"{path} {why}.") from None
    for name in ("unknown_columns", "missing_columns", "warnings"):
        kept[name] = tuple(kept.get(name, ()))
    kept["checks"] = tuple(CheckResult(**row) for row in kept["checks"])
    kept["quarantine"] = tuple(Quarantined(**{**row, "rules": tuple(row["rules"])}) for row in kept["quarantine"])
    return Verdict(**kept, path=path)


class Writer:
    """Writes the records to load, a row group at a time, beside `path`; they appear there only with the verdict."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._schema = path, schema
        self._temporary = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
        self._file = self._open(self._temporary)

    def _open(self, path: Path) -> pq.ParquetWriter:
        texts = [column.name for column in self._schema if pa.types.is_string(column.type)]
        return pq.ParquetWriter(
            path, self._schema, compression="zstd", compression_level=1, use_dictionary=texts, write_statistics=False
        )  # nobody asks for statistics; of a thousand pieces they would weigh in the footer

    def write(self, table: pa.Table) -> None:
        """Append records; they come in the order of their numbers."""
        if len(table):
            self._file.write_table(table.select(self._schema.names))

    def finish(self, verdict: Verdict, dropped: Iterable[int] = ()) -> Verdict:
        """Put the file in its place, whole or not at all, without the records of `dropped`; fsynced."""
        gone = pa.array(sorted(dropped), pa.int32())
        if len(gone) or not verdict.is_ok:
            self._rewrite(gone, keep=verdict.is_ok)
        content = {name: value for name, value in asdict(verdict).items() if name != "path"}
        text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
        self._file.add_key_value_metadata({METADATA.decode(): text})
        self._file.close()
        _sync(self._temporary)
        os.replace(self._temporary, self._path)
        _sync(self._path.parent)
        return replace(verdict, path=self._path)

    def _rewrite(self, gone: pa.Array, *, keep: bool) -> None:
        self._file.close()
        before = self._temporary
        self._temporary = before.with_suffix(".rewritten")
        self._file = self._open(self._temporary)
        if keep:
            with pq.ParquetFile(before, pre_buffer=False) as file:
                for batch in file.iter_batches(batch_size=PIECE_ROWS):
                    table = pa.Table.from_batches([batch])
                    is_gone = pc.is_in(table["record_no"], value_set=gone)
                    self.write(table.filter(pc.invert(is_gone)))
        before.unlink()

    def abandon(self) -> None:
        """Remove what was written so far; nothing appears at the path."""
        self._file.close()
        self._temporary.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
