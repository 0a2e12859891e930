"""`iku new`: what a new source or indicator begins as. It runs at once; then it is made true."""

import keyword
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from string import Template
from typing import Any

from iku_etl import catalogue
from iku_etl.catalogue import scaffold_of_source
from iku_etl.errors import DeclarationError
from iku_etl.records.identity import record_hash

NAME = re.compile(r"[a-z][a-z0-9_]{2,39}")  # a module, a table and a folder; partitions add seven characters
CODE = re.compile(r"IKU-[0-9]{2}")
MONTH = date(2026, 1, 1)  # what all example files are about: the tests read them at its cut-off

SOURCE = Template('''\
"""$title: one row per ... (say what one row is). Who owns it, and by which way it comes.

Caveats: what the owner of the source would warn about.
"""

from datetime import $datetime_names

from sqlalchemy import $types

from iku_etl.model import Source, quarantine, stop, warn

SOURCE = Source(
    title="$title",
    owner="Seksi ...",
    kind="$kind",
    since=date($since),
    grid="$grid",
    schedule="30 5 * * *",
$timing
    version=1,  # a changed parse or column must change it
    privacy="public",  # of the columns below: public, internal, token or personal; a column may say its own in info
    # what is not declared below is stripped before a file is kept; only if no file can name a person:
    # free_of_personal_data="mengapa berkasnya boleh disimpan utuh",
    columns=(
        Column("id", Text, nullable=False, comment="stable id", info={"headings": ("kode",)}),
        Column("name", Text, nullable=False, comment="name", info={"headings": ("nama",)}),
        Column("value", Numeric, comment="what is measured, and its unit", info={"headings": ("nilai",)}),
$date_column    ),
    key=$key,
    expectations=(  # at least six that mean something; what lies outside the window is set aside anyway
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        quarantine("ExpectColumnValueLengthsToBeBetween", column="id", min_value=1, max_value=40),
        quarantine("ExpectColumnValuesToBeBetween", column="value", min_value=0, max_value=1_000_000),
        warn("ExpectColumnValueLengthsToBeBetween", column="name", min_value=3, max_value=120),
        $sixth,
        warn("ExpectTableRowCountToBeBetween", max_value=100_000),
    ),
)
''')

EXAMPLE_OF = "website"  # the source of an indicator that names none: every office has one


@dataclass(frozen=True)
class Made:
    """The files that were made, relative to the project, and what to do next, as sentences."""

    files: tuple[Path, ...]
    next_steps: tuple[str, ...]


def new_source(project: Path, name: str, kind: str, grid: str, drop: Path = Path(".iku", "drop")) -> Made:
    """Write the module of a source, an example file and the hashes of its records. Raises DeclarationError, writing
    nothing.

    `drop`: the drop folder that the next steps name.
    """
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise DeclarationError(f"{name!r} bukan nama sumber: huruf kecil, angka, garis bawah, 3 sampai 40 huruf.")
    module = Path("iku_etl", "sources", f"{name}.py")
    label = MONTH.strftime("%Y-%m") if grid == "month" else MONTH.isoformat()
    example = Path("tests", "sources", name, f"{label}.csv")
    text = _module(name, kind, grid)
    made = {module: text, example: _example(kind, label), example.with_name(f"{label}.csv.v1.txt"): _pin(name, text)}
    _write(project, made)
    folder = drop / name
    return Made(
        tuple(made),
        (
            f"Jalankan dulu apa adanya: iku migrate; mkdir -p {folder}; cp {example} {folder}/;"
            f" iku collect {name} --window {label}",
            f"Sunting {module}: isi titik-titik, kolom, kunci, dan sedikitnya enam pemeriksaan yang berarti.",
            f"Ganti isi {example} dengan contoh yang sebenarnya, tanpa baris yang salah (namanya tetap, ia jendelanya);"
            f" hapus {label}.csv.v1.txt. Tabel percobaan: pakai gudang yang baru.",
            "Bila bukan berkas register: tulis extract(window, endpoint) dengan salah satu iku_etl/connectors.",
            f"Periksa, dan tulis lagi sidik record contohnya: iku test {name}; make lint",
        ),
    )


def new_indicator(project: Path, code: str, title: str, source: str = EXAMPLE_OF, member: str | None = None) -> Made:
    """Write the SQL file of an indicator and example files; over `source` with its staging views, if it has none.

    `member`: the source's column that names its members; without it the first of the key. Raises DeclarationError,
    writing nothing.
    """
    code = code.upper()
    if not CODE.fullmatch(code):
        raise DeclarationError(f"{code!r} bukan kode indikator: tulis seperti IKU-10.")
    words = re.findall(r"[a-z0-9]+", title.lower())
    if not words or "\n" in title:
        raise DeclarationError("judul indikator kosong: tulis seperti 'Persentase situs media informasi'.")
    prefix = f"iku_{code.removeprefix('IKU-')}_"
    taken = sorted((project / "sql" / "indicators").glob(f"{prefix}*.sql"))
    if taken:
        raise DeclarationError(f"{code} sudah ada: {taken[0].relative_to(project)}. Pilih kode lain.")
    name = prefix + "_".join(words[:4])[:40].rstrip("_")
    folder = Path("tests", "indicators", name)
    made = scaffold_of_source.files(project, catalogue.source(source), member, name, code, title, MONTH)
    _write(project, made)
    return Made(
        tuple(made),
        (
            f"Jalankan dulu apa adanya: iku migrate; iku publish; iku figures --indicator {code}",
            f"Sunting sql/indicators/{name}.sql: kepala berkas, bukti, dan satu select pada tingkat anggota.",
            f"Ganti berkas contoh di {folder}: given_<sumber>.csv dan expected.csv, dihitung dengan tangan.",
            f"Periksa: iku test {code}; make lint",
        ),
    )


def _write(project: Path, files: dict[Path, str]) -> None:
    for path in files:
        if (project / path).exists():
            raise DeclarationError(f"{path} sudah ada; tidak ada yang ditimpa. Pilih nama lain.")
    for path, text in files.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        with (project / path).open("x", encoding="utf-8") as stream:
            stream.write(text)


def _module(name: str, kind: str, grid: str) -> str:
    is_events = kind == "events"
    date_column = (
        '        Column("happened_on", Date, nullable=False, comment="day", info={"headings": ("tanggal",)}),\n'
    )
    late = "    late_by=timedelta(days=14),  # a file without posisi_per counts for the window just ended until then\n"
    age = 62 if grid == "month" else 7
    return SOURCE.substitute(
        title=name.replace("_", " ").capitalize(),
        kind=kind,
        grid=grid,
        since=f"{MONTH.year}, {MONTH.month}, {MONTH.day}",
        datetime_names="date" if is_events else "date, timedelta",
        types="Column, Date, Numeric, Text" if is_events else "Column, Numeric, Text",
        timing="    lookback=2,  # files come late, and are corrected"
        if is_events
        else f"{late}    max_age=timedelta(days={age}),  # an older register proves nothing",
        date_column=date_column if is_events else "",
        key='("id", "happened_on")' if is_events else '("id",)',
        sixth='warn("ExpectColumnProportionOfNonNullValuesToBeBetween", column="value", min_value=0.5)'
        if is_events
        else 'warn("ExpectColumnValuesToBeUnique", column="name")',
    )


def _pin(name: str, text: str) -> str:
    """The hashes of the two example records, as `iku test` writes them."""
    made: dict[str, Any] = {"__name__": name}
    exec(compile(text, f"{name}.py", "exec"), made)  # our own text of above
    source = replace(made["SOURCE"], name=name)
    rows = ({"id": "A-1", "name": "Contoh pertama", "value": Decimal(10)}, {"id": "A-2", "name": "Contoh kedua"})
    when = {"happened_on": MONTH} if source.kind == "events" else {}
    return "".join(record_hash(source, row | when) + "\n" for row in rows)


def _example(kind: str, label: str) -> str:
    if kind == "events":
        return f"periode,{label}\nkode,nama,nilai,tanggal\nA-1,Contoh pertama,10,{MONTH}\nA-2,Contoh kedua,,{MONTH}\n"
    position = label if len(label) > len("2026-01") else _last_day(MONTH).isoformat()
    return f"posisi_per,{position}\nkode,nama,nilai\nA-1,Contoh pertama,10\nA-2,Contoh kedua,\n"


def _last_day(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
