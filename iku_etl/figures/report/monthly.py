"""A month on one page: each indicator's figure, what it was the period before, and what is missing and who owes it."""

from collections.abc import Iterator

from iku_etl import indonesian
from iku_etl.figures import wording
from iku_etl.figures.report.content import AGENCY, Content, Subject
from iku_etl.figures.report.document import Block, Cell, Column, Document, Facts, Heading, Table, Text, measured
from iku_etl.figures.report.words import marks, realised, restated
from iku_etl.indonesian import ABSENT
from iku_etl.reference import decree
from iku_etl.warehouse.database import Row

GAPS_SHOWN = 8  # more would not fit on the page; how many more there are is said
REASON = 100  # characters of a reason; the page of the figure has the rest


def document(content: Content) -> Document:
    """The report; `content.period` is the month."""
    month = indonesian.period(content.period)
    return Document(
        title=f"Laporan Bulanan Indikator Kinerja Utama, {month}",
        subtitle=AGENCY,
        head=content.head,
        foot=f"{month} · {decree.NAME} · {content.again(f'iku report monthly --month {content.period}')}",
        made_at=content.vintage.published_at,
        blocks=tuple(_blocks(content)),
        is_landscape=True,
    )


def _blocks(content: Content) -> Iterator[Block]:
    yield Facts((("Tahap", content.stage), ("Keadaan data", content.stands)))
    yield Heading("Indikator kinerja utama")
    shown = [(subject, content.row(subject)) for subject in content.subjects]
    yield Table(
        f"Angka {indonesian.period(content.period)}; indikator tanpa angka bulanan: periode yang memuat bulan itu",
        (
            Column("Kode", 7), Column("Indikator", 22), Column("Periode", 13), Column("Realisasi", 8, True),
            Column("Sebelumnya", 10, True), Column("Target", 8, True), Column("Capaian", 9, True),
            Column("Cakupan", 8, True), Column("Mutu", 9), Column("Keterangan", 30),
        ),
        tuple(_line(content, subject, row) for subject, row in shown),
    )  # fmt: skip
    yield from marks(content, content.shown)
    yield from restated(before for subject, row in shown if row and (before := _row_before(subject, row)))
    if content.gaps:
        yield Heading("Yang belum ada", 2)
        named = [f"{gap['title']}, {indonesian.window(gap['window_on'], gap['grid'])} ({gap['owner']})"
                 for gap in content.gaps[:GAPS_SHOWN]]  # fmt: skip
        more = len(content.gaps) - len(named)
        yield Text("; ".join(named) + (f"; dan {indonesian.count(more)} jendela lain." if more else "."), "note")


def _line(content: Content, subject: Subject, row: Row | None) -> tuple[Cell, ...]:
    if row is None:
        return (subject.code, subject.title, *[ABSENT] * 7, "tidak ada angka untuk bulan ini")
    aim = row["running_target"] or {"target": row["target"], "capaian": row["capaian"]}
    told = wording.reason(row)
    return (
        subject.code, subject.title, indonesian.period(row["period"]), realised(row), _before(subject, row),
        measured(aim["target"], wording.target_cell(row)),
        measured(content.scale.shown(aim["capaian"]), content.capaian(row)),
        measured(row["coverage"], indonesian.percent(row["coverage"])), wording.mutu(row),
        told if len(told) <= REASON else f"{told[:REASON].rpartition(' ')[0]} …",
    )  # fmt: skip


def _before(subject: Subject, row: Row) -> Cell:
    """The figure of the period before, of the same length."""
    return realised(_row_before(subject, row))


def _row_before(subject: Subject, row: Row) -> Row | None:
    grain = indonesian.grain(row["period"])
    earlier = [
        one for one in subject.rows if indonesian.grain(one["period"]) == grain and one["period"] < row["period"]
    ]
    return earlier[-1] if earlier else None
