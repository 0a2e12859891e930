"""Bab III of the LKjIP of a year: targets and realisasi, comparisons, each indicator, how every number came about."""

from collections.abc import Iterator, Sequence

from iku_etl import indonesian
from iku_etl.figures import chart, publications, wording
from iku_etl.figures.report.appendices import asides, kamus, worksheets
from iku_etl.figures.report.comparisons import comparisons
from iku_etl.figures.report.content import AGENCY, Content, Subject
from iku_etl.figures.report.document import (
    Block,
    Cell,
    Column,
    Document,
    Facts,
    Heading,
    Picture,
    Table,
    Text,
    measured,
)
from iku_etl.figures.report.words import joined, marks, realised, set_aside, worth
from iku_etl.indonesian import ABSENT
from iku_etl.reference import decree
from iku_etl.warehouse.database import Row

NOT_FILLED = "belum diisi"
TOLD = (("penyebab", "Penyebab keberhasilan atau kegagalan"), ("solusi", "Solusi yang dilakukan atau direncanakan"),
        ("efisiensi", "Efisiensi penggunaan sumber daya"))  # fmt: skip
WORDS = chart.Words("Realisasi", "Batas", "Target", "Direvisi", "Tanpa nilai")


def document(content: Content) -> Document:
    """The report; `content.period` is the year."""
    year = content.year
    return Document(
        title=f"Laporan Kinerja Instansi Pemerintah Tahun {year}",
        subtitle=f"Bab III Akuntabilitas Kinerja · {AGENCY}",
        head=content.head,
        foot=f"LKjIP {year}, Bab III · {decree.NAME}",
        made_at=content.vintage.published_at,
        blocks=(
            *_beginning(content), *comparisons(content), *_analyses(content), *_activities(content),
            *worksheets(content), *asides(content), *kamus(content),
        ),
    )  # fmt: skip


# ---------------------------------------------------------------- what it is, and the first table


def _beginning(content: Content) -> Iterator[Block]:
    year, rows = content.year, content.shown
    bases = dict.fromkeys(str(row["legal_basis"]) for row in content.entered.agreements.values())
    cut_off = next((row["cut_off_on"] for row in rows if row.get("cut_off_on")), None)
    yield Facts((
        ("Instansi", AGENCY),
        ("Tahap", content.stage),
        ("Batas data", f"{indonesian.day(cut_off)} untuk angka Tahun {year}"),
        ("Keadaan data", content.stands),
        ("Dasar hukum", f"{decree.NAME}, melayani periode yang berakhir {decree.LAST_YEAR}"),
        ("Target menurut", "; ".join(bases) or "belum ada target untuk tahun ini dalam register target"),
        ("Skala predikat", content.scale.told),
        ("Dibuat ulang", content.again(f"iku report lkjip --year {year}")),
    ))  # fmt: skip
    yield Heading("3.1 Capaian indikator kinerja utama")
    yield Text(
        "Realisasi dihitung atas semua anggota yang disebut register. Yang tidak teramati tidak dianggap nol: ia tidak"
        " membuktikan apa pun, melebarkan batas, dan menurunkan cakupan. Tanpa nilai berarti cakupannya di bawah"
        " ambang atau besarnya tidak diketahui; alasannya ada pada uraian tiap indikator."
    )
    yield Table(
        f"Tabel 3.1 Target dan realisasi Tahun {year}",
        (
            Column("Kode", 9), Column("Indikator", 23), Column("Satuan", 11), Column("Target", 10, True),
            Column("Realisasi", 11, True), Column("Capaian", 13, True), Column("Predikat", 11),
            Column("Tahap; mutu", 15),
        ),
        tuple(_achieved(content, subject) for subject in content.subjects),
    )  # fmt: skip
    yield from marks(content, rows)


def _achieved(content: Content, subject: Subject) -> tuple[Cell, ...]:
    row = subject.of(content.period)
    head: tuple[Cell, ...] = (subject.code, subject.title, subject.unit)
    if row is None:
        return (*head, ABSENT, ABSENT, ABSENT, ABSENT, f"tidak ada angka Tahun {content.year}")
    aim = row["running_target"] or {"target": row["target"], "capaian": row["capaian"]}
    return (
        *head,
        measured(aim["target"], wording.target_cell(row)),
        measured(row["value"], indonesian.measure(row["value"], row["form"])),
        measured(content.scale.shown(aim["capaian"]), content.capaian(row)),
        row["predikat"] or ABSENT,
        f"{wording.tahap(row)}; {wording.mutu(row)}",
    )


# ---------------------------------------------------------------- each indicator


def _analyses(content: Content) -> Iterator[Block]:
    yield Heading("3.5 Uraian tiap indikator")
    yield from set_aside(content, "narrative", "register narasi")
    yield from _homeless(content)
    for subject in content.subjects:
        yield Heading(f"{subject.code} {subject.title}", 2)
        yield from _analysis(content, subject)


def _homeless(content: Content) -> Iterator[Block]:
    """Texts of the year about what the report has no place for: nothing that was written vanishes in silence."""
    known = {subject.code for subject in content.subjects} | {row["indicator"] for row in content.activities}
    lost = sorted({code for code, period, _ in content.entered.texts if period == content.period} - known)
    if lost:
        yield Text(f"Narasi tanpa tempat, sebab tidak ada angkanya tahun ini: {joined(lost)}.", "absent")


def _analysis(content: Content, subject: Subject) -> Iterator[Block]:
    row = subject.of(content.period)
    if row is None:
        yield Text(f"Tidak ada angka Tahun {content.year} untuk indikator ini.", "absent")
    else:
        yield Facts((
            ("Realisasi", f"{worth(row)} ({indonesian.count(row['numerator'])} dari"
                          f" {indonesian.count(row['denominator'])})" if row["form"] == "persen" else worth(row)),
            ("Batas", wording.bounds(row, row["form"])),
            ("Cakupan", indonesian.percent(row["coverage"])),
            ("Target", wording.target(row)),
            ("Capaian", wording.attainment(row) + (f", {row['predikat']}" if row["predikat"] else "")),
            ("Tahap", f"{wording.tahap(row)}, {wording.revision(row)}"),
            ("Bukti", f"iku trace {subject.code} {content.period}"),
        ))  # fmt: skip
        for sentence in subject.differences:
            yield Text(f"Dihitung ulang dari anggotanya: TIDAK COCOK: {sentence}. Tanyakan sebelum dipakai.", "absent")
        if said := wording.reason(row):
            yield Text(f"Keterangan: {said}.", "note")
    own = [one for one in subject.rows if one["period"].startswith(f"{content.year}-")]
    base = [one for one in own if indonesian.grain(one["period"]) == one["base_period"]]
    if len(base) > 1:
        unit = "%" if subject.form == "persen" else subject.unit
        yield Picture(
            chart.chart([(indonesian.period(one["period"]), one) for one in base], unit, WORDS),
            f"Realisasi, batas, dan target {subject.code} menurut {indonesian.GRAINS[base[0]['base_period']]}"
            f" {content.year}",
        )
    if own:
        yield _periods(content, subject, own)
        yield Text("* belum atau bukan angka resmi indikator ini", "note")
        yield from marks(content, own)
    if subject.companions:
        yield _companions(content, subject)
    for kind, name in TOLD:
        told = content.entered.text(subject.code, content.period, kind)
        yield Text(f"{name}: {told['text'] if told else NOT_FILLED}", "body" if told else "absent")


def _periods(content: Content, subject: Subject, own: list[Row]) -> Table:
    return Table(
        f"{subject.code} menurut periode, {content.year}",
        (
            Column("Periode", 20), Column("Realisasi", 12, True), Column("Batas", 20), Column("Cakupan", 12, True),
            Column("Target", 12, True), Column("Capaian", 14, True), Column("Tahap", 14),
        ),
        tuple(
            (
                indonesian.period(row["period"]) + ("" if row["is_official"] else " *"),
                realised(row), wording.bounds(row, row["form"]),
                measured(row["coverage"], indonesian.percent(row["coverage"])),
                measured(row["target"], wording.target_cell(row)), content.capaian(row), wording.tahap(row),
            )
            for row in own
        ),
    )  # fmt: skip


def _companions(content: Content, subject: Subject) -> Table:
    return Table(
        f"Pendamping {subject.code}, tidak pernah resmi, Tahun {content.year}",
        (Column("Kode", 24), Column("Pendamping", 38), Column("Satuan", 12), Column("Realisasi", 14, True),
         Column("Cakupan", 14, True)),
        tuple(
            (row["indicator"], row["title"], row["unit"], realised(row),
             measured(row["coverage"], indonesian.percent(row["coverage"])))
            for row in subject.companions
        ),
    )  # fmt: skip


def _activities(content: Content) -> Iterator[Block]:
    if not content.activities:
        return
    yield Heading("3.6 Realisasi kegiatan", 2)
    yield Table(
        f"Tabel 3.6 Kegiatan yang satuannya dapat dihitung, periode terpanjang yang terakhir dalam {content.year}",
        (
            Column("Kode", 9), Column("Kegiatan", 36), Column("Satuan", 12), Column("Periode", 15),
            Column("Target", 10, True), Column("Realisasi", 10, True), Column("Capaian", 11, True),
        ),
        tuple(
            (row["indicator"], row["title"], row["unit"], indonesian.period(row["period"]),
             measured(row["target"], wording.target_cell(row)), realised(row), content.capaian(row))
            for row in content.activities
        ),
    )  # fmt: skip
    yield from marks(content, list(content.activities))
    for row in content.activities:
        for kind, name in TOLD:
            if told := content.entered.text(row["indicator"], content.period, kind):
                yield Text(f"{row['indicator']}, {name[0].lower()}{name[1:]}: {told['text']}")


def of_year(rows: Sequence[Row], year: int) -> list[Row]:
    """Of each activity the row of its longest and latest period in the year."""
    newest: dict[str, Row] = {}
    for row in rows:
        if publications.is_activity(row["indicator"]) and row["period"][:4] == str(year):
            newest[row["indicator"]] = row  # periods come from the shortest to the longest
    return list(newest.values())
