"""A year's realisasi beside earlier years, the RPJMD's end, and a national standard."""

from collections.abc import Iterator

from iku_etl import indonesian
from iku_etl.figures.report import known
from iku_etl.figures.report.content import Content, Subject
from iku_etl.figures.report.document import Block, Cell, Column, Heading, Number, Table, Text, measured
from iku_etl.figures.report.words import joined, realised, restated, set_aside
from iku_etl.indonesian import ABSENT
from iku_etl.warehouse.database import Row

EARLIER = 3  # years before this one
STANDARD = "standar nasional"  # a kind of narrative


def comparisons(content: Content) -> Iterator[Block]:
    yield from _against_years(content)
    yield from _against_horizon(content)
    yield from _against_standard(content)


def _against_years(content: Content) -> Iterator[Block]:
    years = [str(year) for year in range(content.year - EARLIER, content.year + 1)]
    yield Heading("3.2 Perbandingan dengan tahun-tahun sebelumnya", 2)
    yield Table(
        f"Tabel 3.2 Realisasi {years[0]} sampai {years[-1]}",
        (
            Column("Kode", 9), Column("Indikator", 27), Column("Satuan", 12),
            *(Column(year, 10, True) for year in years), Column("Perubahan", 12, True),
        ),
        tuple(
            (subject.code, subject.title, subject.unit, *(realised(subject.of(year)) for year in years),
             _change(subject, years))
            for subject in content.subjects
        ),
    )  # fmt: skip
    yield from restated(row for subject in content.subjects for year in years[:-1] if (row := subject.of(year)))
    empty = [year for year in years[:-1] if not any(subject.of(year) for subject in content.subjects)]
    yield Text(
        f"Perubahan adalah selisih realisasi {years[-1]} dengan {years[-2]}"
        + (f". Tidak ada angka terbit untuk {joined(empty)}; yang kosong bukan nol." if empty else "."),
        "note",
    )


def _change(subject: Subject, years: list[str]) -> Cell:
    before, now = (subject.of(year) for year in years[-2:])
    if before is None or now is None or before["value"] is None or now["value"] is None:
        return ABSENT
    moved = now["value"] - before["value"]
    return Number(moved, f"{'+' if moved > 0 else ''}{indonesian.measure(moved, subject.form)}")


def _against_horizon(content: Content) -> Iterator[Block]:
    yield Heading("3.3 Perbandingan dengan target akhir RPJMD", 2)
    yield from set_aside(content, "target", "register target")
    found = [(subject, _horizon(content, subject)) for subject in content.subjects]
    if not any(row for _, row in found):
        yield Text("Belum ada target akhir RPJMD dalam register target, jadi tidak ada yang dibandingkan.", "absent")
        return
    yield Table(
        f"Tabel 3.3 Realisasi {content.year} terhadap target akhir RPJMD",
        (
            Column("Kode", 9), Column("Indikator", 25), Column("Satuan", 11), Column("Tahun akhir", 8),
            Column("Target akhir", 10, True), Column(f"Realisasi {content.year}", 11, True),
            Column("Kemajuan", 12, True), Column("Menurut", 17),
        ),
        tuple(_against(content, subject, row, "year", "legal_basis") for subject, row in found),
    )  # fmt: skip
    yield Text(
        "Kemajuan dihitung seperti capaian, menurut polaritas indikator, dari realisasi terhadap target pada tahun"
        " terakhir RPJMD; ia bukan capaian tahun ini dan tidak berpredikat.",
        "note",
    )
    other = [
        f"{code} ({', '.join(row['unit'] for row in content.entered.horizons[code])})"
        for code in (subject.code for subject, row in found if row is None)
        if content.entered.horizons.get(code)
    ]
    if other:
        yield Text(f"Target akhirnya bersatuan lain, jadi tidak dibandingkan: {joined(other)}.", "note")


def _horizon(content: Content, subject: Subject) -> Row | None:
    """The RPJMD's last target of the same indicator and unit (U5)."""
    rows = content.entered.horizons.get(subject.code, ())
    return next((row for row in rows if row["unit"] == subject.unit), None)


def _against(content: Content, subject: Subject, aim: Row | None, year: str, basis: str) -> tuple[Cell, ...]:
    row = subject.of(content.period)
    value = row["value"] if row else None
    head = (subject.code, subject.title, subject.unit)
    if aim is None:
        return (*head, ABSENT, "belum ditetapkan", realised(row), ABSENT, ABSENT)
    high = aim.get("value_high")
    made = known.capaian(value, aim["value"], high, subject.polarity)
    told = indonesian.measure(aim["value"], subject.form)
    wanted: Cell = Number(aim["value"], told)
    if high is not None:
        wanted = f"{told} s.d. {indonesian.measure(high, subject.form)}"
    return (
        *head, str(aim[year]), wanted, realised(row), measured(made, indonesian.percent(made)), str(aim[basis]),
    )  # fmt: skip


def _against_standard(content: Content) -> Iterator[Block]:
    yield Heading("3.4 Perbandingan dengan standar nasional", 2)
    found = [
        (subject, row)
        for subject in content.subjects
        if (row := content.entered.text(subject.code, content.period, STANDARD)) is not None
    ]
    if not found:
        yield Text(f"Belum ada standar nasional dalam register narasi untuk Tahun {content.year}.", "absent")
        return
    same = [(subject, row) for subject, row in found if row["unit"] == subject.unit]
    if same:
        yield Table(
            f"Tabel 3.4 Realisasi {content.year} terhadap standar nasional",
            (
                Column("Kode", 9), Column("Indikator", 25), Column("Satuan", 11), Column("Tahun", 8),
                Column("Standar", 10, True), Column(f"Realisasi {content.year}", 11, True),
                Column("Terhadap standar", 12, True), Column("Standar menurut", 17),
            ),
            tuple(_against(content, subject, row, "period", "text") for subject, row in same),
        )  # fmt: skip
    for subject, row in found:
        if row["unit"] != subject.unit:
            yield Text(
                f"{subject.code}: standarnya {indonesian.count(row['value'])} {row['unit']}, indikatornya dalam"
                f" {subject.unit}; satuannya berbeda, jadi tidak dibandingkan. {row['text']}",
                "note",
            )
    rest = [subject.code for subject in content.subjects if subject not in [one for one, _ in found]]
    if rest:
        yield Text(f"Tanpa standar nasional dalam register narasi: {joined(rest)}.", "note")
