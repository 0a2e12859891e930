"""How a year's numbers came about: members with their reasons, what does not count, and the kamus."""

from collections.abc import Iterator

from iku_etl import indonesian
from iku_etl.figures import wording
from iku_etl.figures.report.content import Content, member_sums
from iku_etl.figures.report.document import Block, Cell, Column, Facts, Heading, Table, Text, measured
from iku_etl.figures.report.words import worth


def worksheets(content: Content) -> Iterator[Block]:
    yield Heading("Lampiran A Kertas kerja tiap indikator", begins_page=True)
    yield Text("Anggota yang membentuk angka tahun ini. Pembilang dan penyebut adalah jumlah periode dasarnya.")
    for subject in content.subjects:
        yield Heading(f"{subject.code} {subject.title}", 2)
        row = subject.of(content.period)
        if row is None or not subject.members:
            yield Text("Tidak ada anggota yang terhitung untuk tahun ini.", "absent")
            continue
        yield Table(
            f"Anggota {subject.code}, Tahun {content.year}: {worth(row)}",
            (
                Column("Anggota", 27), Column("Pembilang" if subject.form == "persen" else "Jumlah", 11, True),
                Column("Penyebut", 10, True), Column("Teramati", 11, True), Column("Alasan", 41),
            ),
            tuple(
                (one.name, measured(one.numerator, indonesian.count(one.numerator)),
                 measured(one.denominator, indonesian.count(one.denominator)),
                 measured(100 * one.seen / one.due if one.due else None, one.observed), one.reason)
                for one in member_sums(subject.members)
            ),
        )  # fmt: skip


def asides(content: Content) -> Iterator[Block]:
    yield Heading("Lampiran B Yang tidak dihitung, dan mengapa", begins_page=True)
    yield Text(
        "Rekaman yang dikarantina tetap di penyebut sebagai belum terbukti. Yang ditinggalkan menurut aturan sumbernya"
        " bukan anggota: baris jumlah, salinan, bot. Anggota yang tidak teramati disebut pada alasannya di Lampiran A."
    )
    rows: list[tuple[Cell, ...]] = []
    for subject in content.subjects:
        unseen = sum(one.seen < one.due for one in member_sums(subject.members))
        rows.append((subject.code, "anggota", f"tidak teramati seluruhnya: {indonesian.count(unseen)} dari"
                     f" {indonesian.count(len({row['member'] for row in subject.members}))}"))  # fmt: skip
        for aside in subject.asides:
            if aside.quarantined:
                rows.append((subject.code, aside.title, f"dikarantina: {indonesian.count(aside.quarantined)} rekaman"))
            if aside.left_out:
                rows.append((subject.code, aside.title, wording.left_out(aside.left_out)))
    columns = (Column("Kode", 10), Column("Sumber", 30), Column("Yang tidak dihitung", 60))
    yield Table(f"Tabel B.1 Yang tidak dihitung dalam angka Tahun {content.year}", columns, tuple(rows))


def kamus(content: Content) -> Iterator[Block]:
    yield Heading("Lampiran C Kamus indikator", begins_page=True)
    for subject in content.subjects:
        yield Heading(f"{subject.code} {subject.title}", 2)
        yield Facts(subject.kamus)
