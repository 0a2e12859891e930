"""The records of a batch as the ledger commits to them: one salted tree over the house's own record hashes.

A record's hash is `identity.record_hash` of its fact: SHA-256 over JSON of its source and its columns that hold
something. Here it is made of whole columns at a time, from the texts that PostgreSQL gives; a test holds both alike.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from psycopg import sql

from iku_etl.records import identity
from iku_etl.records.cells import whole
from iku_etl.warehouse.database import Connection, Row

PROVENANCE = ("batch_id", "record_no", "payload_no", "window_on")
PLAIN_JSON = r"^[\x20\x21\x23-\x5b\x5d-\x7e]*$"  # what json.dumps leaves as it is
BLOCK_BYTES = 4 * 1024**2  # of CSV, read at a time


def hashes(connection: Connection, batch: Row) -> Iterator[tuple[int, bytes]]:
    """(record_no, record hash) of each fact of a batch, in the order of the numbers; a few megabytes are held.

    `batch` has source, batch_id and window_on.
    """
    columns = _columns(connection, batch["source"])
    with tempfile.TemporaryFile() as stream:
        _copy(connection, batch, list(columns), stream)
        if stream.tell() == 0:
            return
        stream.seek(0)
        names = ["record_no", *columns]
        reader = pa.csv.open_csv(
            stream,
            read_options=pa.csv.ReadOptions(column_names=names, block_size=BLOCK_BYTES, use_threads=False),
            parse_options=pa.csv.ParseOptions(newlines_in_values=True),
            convert_options=pa.csv.ConvertOptions(
                column_types={"record_no": pa.int64()} | {name: pa.string() for name in columns},
                null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
            ),
        )  # fmt: skip
        for piece in reader:
            table = pa.Table.from_batches([piece])
            numbers = table.column("record_no").to_pylist()
            yield from zip(numbers, map(_sha256, contents(batch["source"], table, columns)), strict=True)


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _columns(connection: Connection, source: str) -> dict[str, str]:
    """Name -> type of the declared columns, retired ones among them, as facts have them."""
    rows = connection.execute(
        """
        select attname as name, format_type(atttypid, null) as type
        from pg_attribute
        where attrelid = %s::regclass and attnum > 0 and not attisdropped and not attname = any(%s)
        order by attname collate "C"
        """,
        [f"fact.{source}", list(PROVENANCE)],
    )
    return {row["name"]: row["type"] for row in rows}


def _copy(connection: Connection, batch: Row, names: list[str], stream: IO[bytes]) -> None:
    query = sql.SQL(
        "copy (select {} from {} where batch_id = {} and window_on = {} order by record_no) to stdout (format csv)"
    ).format(
        sql.SQL(", ").join(map(sql.Identifier, ["record_no", *names])),
        sql.Identifier("fact", batch["source"]),
        sql.Literal(batch["batch_id"]),
        sql.Literal(batch["window_on"]),
    )
    with connection.cursor().copy(query) as copy:
        for block in copy:
            stream.write(block)


def contents(source: str, table: pa.Table, columns: dict[str, str]) -> Iterator[bytes]:
    """What a record's hash is of, row by row; `columns` name the PostgreSQL type of each text column."""
    cells = [
        pc.fill_null(
            pc.binary_join_element_wise(f",{json.dumps(name)}:", _json(whole(table.column(name)), kind), ""), ""
        )
        for name, kind in sorted(columns.items())
    ]
    # not by Arrow's null_handling="skip": it drops a row that is null throughout
    rows = pc.binary_join_element_wise(*cells, "").cast(pa.binary()).to_pylist()
    begin, end = f"[{json.dumps(source)},{{".encode(), b"}]"
    return (begin + row[1:] + end for row in rows)


def _json(texts: pa.Array, kind: str) -> pa.Array:
    """Cells as `json.dumps(identity.plain(value))` says them, from the text of the value; nulls stay."""
    if kind in ("bigint", "integer", "smallint"):
        return texts
    if kind == "boolean":
        return pc.if_else(pc.equal(texts, "t"), "true", "false")
    if kind == "timestamp with time zone":  # '2026-01-01 00:00:00.5+00' in the session's UTC
        return pc.binary_join_element_wise('"', pc.replace_substring(texts, " ", "T"), ':00"', "")
    if kind == "numeric":
        return _each(texts, lambda text: json.dumps(identity.plain(Decimal(text))))
    if pc.all(pc.match_substring_regex(texts, PLAIN_JSON), skip_nulls=True).as_py() is not False:
        return pc.binary_join_element_wise('"', texts, '"', "")
    return _each(texts, json.dumps)


def _each(texts: pa.Array, said: Callable[[str], str]) -> pa.Array:
    """Each distinct text once."""
    encoded = texts.dictionary_encode()
    known = pa.array([said(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return known.take(encoded.indices)
