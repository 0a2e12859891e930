"""What a report is made of, gathered at one vintage: figures, members by a trace, kamus, what the office entered."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from iku_etl import catalogue, indonesian
from iku_etl.catalogue import kamus
from iku_etl.errors import NotFound
from iku_etl.figures import differences, keeping, publications, wording
from iku_etl.figures.report import known, lkjip, monthly
from iku_etl.figures.report.content import Aside, Content, Subject, subjects_of
from iku_etl.figures.report.document import Document
from iku_etl.figures.report.known import Vintage
from iku_etl.pipeline.handing import Handing
from iku_etl.reference import decree
from iku_etl.stages import trace
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Row


@dataclass(frozen=True)
class _Read:
    """Published rows at a vintage, with the days of their states."""

    vintage: Vintage
    rows: Sequence[Row]

    def of(self, period: str) -> list[Row]:
        return [row for row in self.rows if row["period"] == period]


class Reporting(Handing):
    """Documents of what was published; `figures/report` writes them down as files."""

    def lkjip(self, year: int, as_of: int | None = None, as_of_time: datetime | None = None) -> Document:
        """Bab III of a year; NotFound if nothing of that year was published by then."""
        with self.warehouse.connect("auditor") as connection:
            read = self._read(connection, as_of, as_of_time)
            _refuse_empty(read, str(year), f"Tahun {year}")
            subjects = [
                self._subject(connection, read, code, rows, str(year)) for code, rows in subjects_of(read.rows).items()
            ]
            content = self._content(connection, read, str(year), subjects)
        return lkjip.document(content)

    def monthly(self, month: str, as_of: int | None = None, as_of_time: datetime | None = None) -> Document:
        """One page of a month (`2026-03`); NotFound if nothing of it was published by then."""
        with self.warehouse.connect("auditor") as connection:
            read = self._read(connection, as_of, as_of_time)
            _refuse_empty(read, month, indonesian.period(month))
            subjects = [_plain(code, rows) for code, rows in subjects_of(read.rows).items()]
            at = read.vintage
            titles = {source.name: source for source in catalogue.importable()[0]}
            gaps = [
                row | {"title": titles[row["source"]].title, "owner": titles[row["source"]].owner}
                for row in self.gaps(as_of=at.as_of, as_of_time=at.as_of_time)
                if row["untold"] is None and row["source"] in titles
            ]
            content = self._content(connection, read, month, subjects, gaps)
        return monthly.document(content)

    def vintage(self, as_of: int | None = None, as_of_time: datetime | None = None) -> Vintage:
        """The vintage that a report of now, or of then, would be of."""
        with self.warehouse.connect("auditor") as connection:
            return known.vintage(connection, as_of, as_of_time)

    def edition(self, at: Vintage, report: str) -> str:
        """The name of what `report` says at a vintage, in hexadecimal: the same name is the same document.

        It holds all that a document is made of: the report, the vintage, the definitions of today (the kamus tells
        them), the zone and the code.
        """
        with self.warehouse.connect("auditor") as connection:
            defined = sorted(kamus.current(connection).items())
        told = (report, at, defined, self.settings.zone.key, keeping.release())
        return hashlib.sha256(repr(told).encode()).hexdigest()[:24]

    def _read(self, connection: Connection, as_of: int | None, as_of_time: datetime | None) -> _Read:
        at = known.vintage(connection, as_of, as_of_time)
        rows = publications.select(connection, as_of=at.as_of, as_of_time=at.as_of_time)
        spans = publications.spans(connection, at.as_of, at.as_of_time)
        return _Read(at, publications.dated(rows, spans, self.settings.zone))

    def _content(
        self, connection: Connection, read: _Read, period: str, subjects: Sequence[Subject], gaps: Sequence[Row] = ()
    ) -> Content:
        at, year = read.vintage, int(period[:4])
        with database.reading(connection, at.as_of, at.as_of_time):
            scale, entered = known.scale(connection, period), known.entered(connection, year)
        return Content(
            period, at, self.settings.zone, scale, entered, tuple(subjects),
            activities=tuple(lkjip.of_year(read.rows, year)), gaps=tuple(gaps),
        )  # fmt: skip

    def _subject(self, connection: Connection, read: _Read, code: str, rows: Sequence[Row], period: str) -> Subject:
        at = read.vintage
        with database.reading(connection, at.as_of, at.as_of_time):
            told = tuple(_kamus(kamus.entry(connection, code)))
        made = _plain(code, rows, told, [row for row in read.of(period) if _is_beside(row, code)])
        if made.of(period) is None:
            return made
        found = trace.figure(connection, code, period, as_of=at.as_of, as_of_time=at.as_of_time)
        return _plain(code, rows, told, made.companions, found)


def _is_beside(row: Row, code: str) -> bool:
    return publications.is_companion(row["indicator"]) and publications.main_code(row["indicator"]) == code


def _refuse_empty(read: _Read, period: str, named: str) -> None:
    """Whether a main indicator has a figure of the period, or, of a month, of one around it."""
    periods = {period} if len(period) == 4 else {period, *indonesian.containing(period)}
    if not any(row["period"] in periods for rows in subjects_of(read.rows).values() for row in rows):
        years = sorted({row["period"][:4] for row in read.rows})
        raise NotFound(
            f"Tidak ada angka yang terbit untuk {named}, jadi tidak ada yang dilaporkan. Yang ada: {', '.join(years)}."
        )


def _plain(
    code: str, rows: Sequence[Row], told: Sequence[tuple[str, str]] = (), companions: Sequence[Row] = (),
    found: trace.Trace | None = None,
) -> Subject:  # fmt: skip
    head = rows[-1]
    polarity = next((one.polarity for one in catalogue.all_indicators() if one.code == code), "naik")
    return Subject(
        code, head["title"], head["unit"], head["form"], polarity, tuple(rows),
        members=found.members if found else (), asides=tuple(_asides(found)) if found else (),
        kamus=tuple(told), companions=tuple(companions),
        differences=tuple(
            differences.sentence(name, then, now, head["form"]) for name, (then, now) in found.differences.items()
        ) if found else (),
    )  # fmt: skip


def _asides(found: trace.Trace) -> Iterator[Aside]:
    """What the batches beneath a figure set aside and leave out, a source at a time."""
    left_out = found.left_out
    quarantined: dict[str, int] = {}
    for use in found.batches:
        quarantined[use.row["source"]] = quarantined.get(use.row["source"], 0) + (use.row["quarantined"] or 0)
    titles = {source.name: source.title for source in catalogue.importable()[0]}
    for source in sorted(quarantined):
        if quarantined[source] or left_out.get(source):
            yield Aside(titles.get(source, source), quarantined[source], left_out.get(source, {}))


def _kamus(entry: kamus.KamusEntry) -> Iterator[tuple[str, str]]:
    """An entry as names and texts: the decree's own words, what is doubtful, how it is read and computed."""
    printed, ours = entry.decree, entry.indicator
    if printed:
        yield "Bunyi indikator", printed["sasaran_indicator"] or "tidak tercetak"
        formula = printed["formula_text"]
        yield "Rumus tercetak", kamus.plain_formula(formula) if formula else "tidak tercetak"
    if entry.doubt:
        yield "Keraguan", entry.doubt
    if entry.reading:
        yield "Dibaca sebagai", entry.reading
    if entry.note:
        yield "Catatan", entry.note
    if ours is not None:
        sums = {"sum": "pembilang dan penyebut dijumlahkan", "last": "keadaan pada akhir periode"}
        yield "Satuan; polaritas", f"{ours.unit}; {ours.polarity}"
        yield "Periode dasar", f"{indonesian.GRAINS[ours.base_period]}; periode lebih panjang: {sums[ours.roll_up]}"
        yield "Resmi pada", ", ".join(indonesian.GRAINS[name] for name in ours.official_periods)
        yield "Pemilik", ours.owner
        yield "Dasar hukum", ours.legal_basis
        definition = entry.definition or "belum dibuat"
        yield "Berlaku", wording.told(decree.in_force(ours.legal_basis, definition, ours.in_force_from.isoformat()))
    rules = [f"{row['name']} {indonesian.count(row['value'])} {row['unit'] or ''}".rstrip() for row in entry.parameters]
    if rules:
        yield "Parameter", "; ".join(rules)
    if entry.sources:
        yield (
            "Sumber data",
            "; ".join(
                f"{row['title']}, "
                + (f"sampai {indonesian.day(row['known_to'])}" if row["known_to"] else "belum ada data")
                for row in entry.sources
            ),
        )
