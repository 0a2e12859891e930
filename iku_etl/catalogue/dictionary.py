"""The data dictionary, made from the declarations: rows for the pages, and docs/data-dictionary.md of the same rows.

What a source, a staging view and an indicator say of themselves stands there and nowhere else. `make docs` writes the
document, a test compares.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Column
from sqlalchemy.dialects import postgresql

from iku_etl import catalogue
from iku_etl.catalogue import sentences
from iku_etl.model import Source
from iku_etl.warehouse import sql_text

HEAD = """# Kamus data

Halaman ini dibuat dari deklarasi sumber dan kepala berkas SQL; jangan disunting.
Membuat ulang: `make docs`. Arti indikator menurut keputusan: `iku indicator KODE`.
"""
DIALECT: Any = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
KINDS = {"events": "kejadian dalam jendela", "snapshot": "keadaan pada suatu tanggal"}
GRIDS = {"hour": "jam", "day": "hari", "month": "bulan"}
HEADER_KEYS = (
    ("title", "judul"), ("unit", "satuan"), ("form", "bentuk"), ("roll_up", "periode panjang"),
    ("base_period", "periode dasar"), ("official_periods", "resmi pada"), ("polarity", "polaritas"),
    ("owner", "pemilik"), ("legal_basis", "dasar hukum"), ("in_force_from", "berlaku sejak"), ("evidence", "bukti"),
    ("parameters", "parameter"), ("note", "catatan"), ("reading", "pembacaan"),
)  # fmt: skip


@dataclass(frozen=True)
class ColumnEntry:
    """A column as its source declares it; `headings`: what files call it."""

    name: str
    type: str
    is_required: bool
    privacy: str
    headings: tuple[str, ...]
    meaning: str


@dataclass(frozen=True)
class ViewEntry:
    """A staging view: what a row of it is, what it is read from, and to whom a row belongs."""

    name: str
    grain: str
    read: tuple[str, ...]
    of: str
    parameters: str


def columns(source: Source) -> list[ColumnEntry]:
    return [
        ColumnEntry(
            column.name, str(column.type.compile(DIALECT)).lower(), not column.nullable,
            sentences.PRIVACY[source.privacy_of(column)], tuple(column.info.get("headings", ())), _meaning(column),
        )
        for column in source.columns
    ]  # fmt: skip


def views() -> list[ViewEntry]:
    """The staging views by name."""
    rows = []
    for path in sorted((catalogue.SQL / "staging").rglob("*.sql"), key=lambda path: path.stem):
        lines, code = catalogue.header(path), path.read_text(encoding="utf-8")
        read = sorted(sql_text.relations(code, "staging")) + sorted(_records_read(code))
        of = "semua anggota sama" if lines.get("member") == "none" else "per anggota"
        rows.append(ViewEntry(path.stem, lines.get("grain", ""), tuple(read), of, lines.get("parameters", "")))
    return rows


def text() -> str:
    """The document."""
    parts = ["\n## Sumber\n", *(line for source in catalogue.all_sources() for line in _source(source))]
    parts += ["\n## Tampilan staging\n\n", *_staging()]
    parts += ["\n## Indikator\n", *(line for path in catalogue.indicator_files() for line in _indicator(path))]
    return HEAD + "".join(parts)


def _plain(said: str) -> str:
    """A text that Markdown shows as it is, on one line."""
    return re.sub(r"([\\*<>|\[\]])", r"\\\1", re.sub(r"\s+", " ", said).strip())


def _table(names: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    heads = list(names)
    yield f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n"
    for row in rows:
        yield f"| {' | '.join(_plain(cell) for cell in row)} |\n"


# ---------------------------------------------------------------- sources


def _source(source: Source) -> Iterator[str]:
    yield f"\n### {source.name}: {_plain(source.title)}\n\n"
    yield "".join(f"> {line}".rstrip() + "\n" for line in map(_plain, source.summary.splitlines()))
    yield "\n"
    yield from (f"- {_plain(name)}: {_plain(said)}\n" for name, said in facts(source))
    yield "\n"
    yield from _table(
        ("kolom", "tipe", "wajib", "privasi", "judul di berkas", "keterangan"),
        (
            (
                entry.name, entry.type, "ya" if entry.is_required else "tidak", entry.privacy,
                "; ".join(entry.headings), entry.meaning,
            )
            for entry in columns(source)
        ),
    )  # fmt: skip
    yield "\n"
    checks = sentences.checks(source, lambda column: str(column.name), to_fill_in=False)
    yield from _table(("pemeriksaan", "bila tidak terpenuhi"), checks)


def _meaning(column: Column[Any]) -> str:
    retired = column.info.get("retired")
    return f"{column.comment or ''}{f'; tidak lagi diserahkan: {retired}' if retired else ''}"


def facts(source: Source) -> Iterator[tuple[str, str]]:
    """What a source declares of itself as a whole: name and text."""
    yield "pemilik", source.owner
    yield "jenis", f"{KINDS[source.kind]}; jendela {GRIDS[source.grid]}, sejak {source.since}"
    again = f"; {source.lookback} jendela sebelumnya diminta lagi" if source.lookback else ""
    yield "jadwal", f"{source.schedule} (cron, WIB){again}"
    if source.late_by is not None:
        yield "tanpa posisi_per", f"dihitung untuk jendela yang baru lewat sampai {_span(source.late_by)} sesudahnya"
    if source.max_age is not None:
        yield "kedaluwarsa", f"sesudah {_span(source.max_age)}"
    yield "kunci", ", ".join(source.key)
    yield "versi kontrak", str(source.version)
    yield "privasi", sentences.PRIVACY[source.privacy] + _kept(source)
    for roll_up in source.roll_ups:
        measures = ", ".join(f"{column.name} ({column.comment})" for column, _ in roll_up.measures)
        yield f"ringkasan {roll_up.name}", f"per {', '.join(roll_up.by)} dan jendela: {measures}"
    if source.is_register:
        yield "formulir", f"iku template {source.name}"


def _kept(source: Source) -> str:
    """What of a payload is kept."""
    if source.is_redacted:
        return "; disunting sebelum disimpan"
    if not source.is_register:
        return ""
    free = source.free_of_personal_data
    return f"; berkas disimpan utuh: {free}" if free else "; kolom yang tidak dideklarasikan dibuang sebelum disimpan"


def _span(span: timedelta) -> str:
    return f"{span.days} hari" if span >= timedelta(days=1) else f"{span.total_seconds() / 3600:g} jam"


# ---------------------------------------------------------------- sql


def _staging() -> Iterator[str]:
    return _table(
        ("tampilan", "butir (grain)", "dibaca dari", "berlaku", "parameter"),
        ((one.name, one.grain, ", ".join(one.read), one.of, one.parameters) for one in views()),
    )


def _records_read(code: str) -> set[str]:
    """The tables of records that a view reads: facts, and what was set aside."""
    plain = "".join(piece for kind, piece in sql_text.pieces(code) if kind == "code")
    return set(re.findall(r"\b(fact\.\w+|iku\.(?:newest_)?quarantine)\b", plain))


def _indicator(path: Path) -> Iterator[str]:
    lines = catalogue.header(path)
    yield f"\n### {lines.get('code') or lines.get('codes') or path.stem}\n\n"  # one file may compute many codes
    yield from (f"- {name}: {_plain(lines[key])}\n" for key, name in HEADER_KEYS if key in lines)


def renew(project: Path) -> Path | None:
    """Bring the page of a project to its declarations; its path where it was written, None where it is as it was."""
    page = Path("docs", "data-dictionary.md")
    if not (project / page).exists() or (project / page).read_text(encoding="utf-8") == (made := text()):
        return None
    (project / page).write_text(made, encoding="utf-8")
    return page


if __name__ == "__main__":
    sys.stdout.write(text())
