"""Public figures as open data: CSV and JSON described by a Data Package, and SDMX-CSV with its structure.

The files are made of nothing but the figures, so the same publication gives the same bytes. Numbers have every digit:
in CSV with a decimal point, in JSON as text, so that no reader rounds them. What each column means is said once, in
`open_columns`; the data package says it from there.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from iku_etl import indonesian
from iku_etl.figures import approvals, export
from iku_etl.figures.open_columns import (
    ATTRIBUTES,
    COLUMNS,
    DIMENSIONS,
    FREQUENCY,
    MEASURE,
    STAGES,
    STRUCTURE_ID,
    TITLE,
    Column,
)
from iku_etl.figures.public import Public, evidence
from iku_etl.warehouse.database import Row

NAME = "iku-dinas-kominfo-bengkulu-selatan"
MEDIA_TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "xml": "application/vnd.sdmx.structure+xml;version=2.1",
}

Value = str | int | bool | date | datetime | Decimal | None


def files(public: Public, license: str | None) -> dict[str, bytes]:
    """The content of every file by its name; `datapackage.json` describes the others.

    `license`: what the office chose, an id or an address; the package says in words that none was chosen.
    """
    from iku_etl.figures import open_structure  # imports pandas, which no other page needs

    rows = [values(row, public) for row in public.rows]
    made = {
        "iku.csv": _csv(rows),
        "iku.json": _json(rows, public),
        "iku_sdmx.csv": _sdmx(public),
        "iku_sdmx.xml": open_structure.written(public),
    }
    return {**made, "datapackage.json": _described(made, public, license)}


def media_type(name: str) -> str:
    return MEDIA_TYPES[name.rpartition(".")[2]]


def values(row: Row, public: Public) -> dict[str, Value]:
    """A public row in the names of COLUMNS."""
    span = public.spans.get(row["period"])
    found = (
        row["indicator"], row["title"], export.kind(row["indicator"]), row["unit"], row["period"],
        span and span.first_day, span and span.last_day, row["value"], row["numerator"], row["denominator"],
        row["low"], row["high"], row["coverage"], row["target"], row["capaian"], row["predikat"], row["tahap"],
        row["mutu"], row["is_official"], row["revision"], row["is_closed"], row["definition"], row["legal_basis"],
        row["as_of"], row["as_of_time"], row["published_at"], evidence(row), *_approved(row),
    )  # fmt: skip
    return dict(zip((column.name for column in COLUMNS), found, strict=True))


def _approved(row: Row) -> tuple[Value, ...]:
    """What stands approved of the figure, and why this row is another."""
    approved = row.get("approved")
    if approved is None:
        return (None,) * 6
    why = row["restated_because_publicly"] if approvals.is_restated(row) else None
    return (
        approved["revision"], approved["value"], approved["approved_on"], approved["approved_official"],
        approved["approved_letter"], why,
    )  # fmt: skip


def text(value: Value) -> str:
    """A value as a machine reads it in a text: every digit, ISO days, UTC times, nothing for none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return indonesian.exact(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def _csv(rows: Sequence[dict[str, Value]]) -> bytes:
    names = [column.name for column in COLUMNS]
    return _written([names, *([_cell(row[name]) for name in names] for row in rows)])


def _cell(value: Value) -> str:
    return export.safe(value) if isinstance(value, str) else text(value)  # a number below zero is no formula


def _written(lines: Iterable[Sequence[str]]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows(lines)
    return stream.getvalue().encode()


def _json(rows: Sequence[dict[str, Value]], public: Public) -> bytes:
    told = [
        {name: value if value is None or isinstance(value, bool | int) else text(value) for name, value in row.items()}
        for row in rows
    ]
    return _dumped({"judul": TITLE, "hitungan_terkecil": public.least, "angka": told})


def _dumped(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"


# ---------------------------------------------------------------- SDMX-CSV


def _sdmx(public: Public) -> bytes:
    """SDMX-CSV 2.0: one observation a figure; periods as SDMX writes them (2026-03, 2026-Q1, 2026-S1, 2026)."""
    head = ("STRUCTURE", "STRUCTURE_ID", "ACTION", *DIMENSIONS, MEASURE, *ATTRIBUTES)
    return _written([head, *(_observation(row) for row in public.rows)])


def _observation(row: Row) -> list[str]:
    grain = indonesian.grain(row["period"])
    found = (
        "dataflow", STRUCTURE_ID, "I", FREQUENCY[grain], row["indicator"], row["period"].replace("-TW", "-Q"),
        row["value"], "M" if row["value"] is None else STAGES[row["tahap"]], "C" if row["is_closed"] else "F",
        row["unit"], row["numerator"], row["denominator"], row["low"], row["high"], row["coverage"], row["target"],
        row["capaian"], row["tahap"], row["mutu"], row["revision"], row["definition"], evidence(row),
        *_approved(row)[:2],
    )  # fmt: skip
    return [text(value) for value in found]


# ---------------------------------------------------------------- the package


def about(public: Public, license: str | None) -> str:
    """What the data are, what was closed, and how they may be used, in sentences."""
    return (
        "Angka periode yang sudah berakhir, seperti pada halaman Publik. Realisasi kosong berarti tidak ada nilai,"
        f" bukan nol. Angka bidang persandian yang memuat hitungan di bawah {public.least} ditutup, beserta jumlah"
        f" yang memuatnya; kolom ditutup menyebutnya. {licensed(license)}"
    )


def licensed(license: str | None) -> str:
    """The licence in a sentence, or that there is none: nobody but the office may choose one."""
    return f"Lisensi: {license}." if license else "Dinas belum memilih lisensi untuk data ini."


def version(public: Public) -> str:
    """The newest load that a figure was computed at; `0` without figures."""
    return str(max((row["as_of"] for row in public.rows), default=0))


def _described(made: dict[str, bytes], public: Public, license: str | None) -> bytes:
    newest = max((row["published_at"] for row in public.rows), default=None)
    described = {
        "profile": "data-package",
        "name": NAME,
        "title": TITLE,
        "description": about(public, license),
        "contributors": [{"title": "Dinas Kominfo Kabupaten Bengkulu Selatan", "role": "publisher"}],
        "keywords": ["IKU", "kinerja", "Bengkulu Selatan"],
        "resources": [_resource(name, content) for name, content in made.items()],
    }
    if license:
        described["licenses"] = [{"path" if "://" in license else "name": license}]
    if newest is not None:
        described |= {"created": text(newest), "version": version(public)}
    return _dumped(described)


_SAID = {
    "iku.csv": ("angka", "Angka, satu baris satu indikator dan periode."),
    "iku.json": ("angka-json", "Angka yang sama sebagai JSON; bilangan ditulis sebagai teks, semua angkanya."),
    "iku_sdmx.csv": ("angka-sdmx", f"Angka yang sama sebagai SDMX-CSV 2.0, struktur {STRUCTURE_ID}."),
    "iku_sdmx.xml": (
        "struktur-sdmx",
        "Struktur SDMX-CSV itu sebagai SDMX-ML 2.1: konsep, daftar kode, dan kolomnya.",
    ),
}


def _resource(name: str, content: bytes) -> dict[str, Any]:
    called, said = _SAID[name]
    ending = name.rpartition(".")[2]
    common = {
        "name": called, "path": name, "description": said, "format": ending, "mediatype": media_type(name),
        "encoding": "utf-8", "bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }  # fmt: skip
    if name != "iku.csv":
        return common
    fields = [_field(column) for column in COLUMNS]
    schema = {"fields": fields, "primaryKey": ["kode", "periode"], "missingValues": [""]}
    return {"profile": "tabular-data-resource", **common, "dialect": {"lineTerminator": "\r\n"}, "schema": schema}


def _field(column: Column) -> dict[str, Any]:
    needed = {"constraints": {"required": True}} if column.name in ("kode", "periode", "bukti", "tahap") else {}
    return {"name": column.name, "type": column.kind, "description": column.means, **needed}
