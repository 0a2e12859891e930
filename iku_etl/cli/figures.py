"""`iku figures`: the published figures, as officials read them. Reads as `iku_reader`, and starts fast."""

from datetime import datetime

import click

from iku_etl import indonesian
from iku_etl.cli import _reported
from iku_etl.cli._click import command
from iku_etl.cli._installation import check_known, installation
from iku_etl.cli._options import Moment, check_period, past, reading_options
from iku_etl.cli._terminal import say, show_json, table
from iku_etl.figures import approvals, publications, wording
from iku_etl.warehouse.database import Row


@command()
@click.option("--indicator", metavar="KODE", help="Misalnya IKU-05.")
@click.option("--period", "only", metavar="PERIODE", help="2026-03, 2026-TW1, 2026-S1, atau 2026.")
@click.option("--history", is_flag=True, help="Semua revisi, bukan hanya yang terbaru.")
@click.option("--as-reported", "reported", type=Moment(), callback=past,
              help="Yang resmi dilaporkan pada hari itu; berdiri sendiri.")  # fmt: skip
@click.option("--reported", "is_elsewhere", is_flag=True,
              help="Angka yang tercetak di LKjIP, LPPD, e-SAKIP, .., dibandingkan dengan yang terbit.")  # fmt: skip
@reading_options
def figures(
    indicator: str | None,
    only: str | None,
    history: bool,
    reported: datetime | None,
    is_elsewhere: bool,
    as_json: bool,
    as_of: int | None,
    as_of_time: datetime | None,
) -> int:
    """Angka yang diterbitkan. Realisasi, batas, cakupan, tahap, mutu, target, capaian.

    --as-of dan --as-of-time: apa kata data yang sudah dimuat saat itu. --as-reported: apa yang kantor laporkan pada
    hari itu, yaitu baris yang saat itu disahkan, kalau tidak ada yang terverifikasi, kalau tidak ada yang terbaru;
    yang terbit atau diputuskan sesudahnya tidak dilihat.

    Dengan --reported kode keluar 1 bila ada angka tercetak yang tidak pernah terbit.
    """
    if reported is not None and (history or as_of is not None or as_of_time is not None):
        raise click.UsageError("--as-reported berdiri sendiri: buang --history, --as-of, dan --as-of-time.")
    only = check_period(only) if only is not None else None
    if is_elsewhere:
        if any(asked is not None for asked in (reported, as_of, as_of_time)) or history:
            raise click.UsageError("--reported hanya dengan --indicator, --period, dan --json.")
        return _reported.show(indicator and indicator.upper(), only, as_json=as_json)
    with installation.warehouse.connect("reader") as connection:
        if indicator is not None:
            indicator = indicator.upper()
            check_known("indikator", indicator, publications.codes(connection))
        rows = publications.select(connection, indicator, only, as_of, as_of_time, history=history, companions=True,
                                   reported=reported)  # fmt: skip
    installation.dated(rows, as_of, as_of_time or reported)
    if as_json:
        show_json(rows)
    elif rows:
        show(rows)
    else:
        say(_nothing(is_earlier=any(asked is not None for asked in (as_of, as_of_time, reported))))
    return 0


def _nothing(*, is_earlier: bool) -> str:
    """Why there is nothing to show, and what to do: publishing today makes nothing known of an earlier time."""
    if is_earlier:
        return (
            "pada keadaan itu belum ada angka yang terbit untuk pilihan ini; menerbitkan sekarang tidak mengubahnya."
            " Kapan angka pertama terbit: iku figures --history."
        )
    return "belum ada angka yang diterbitkan untuk pilihan ini. Hitung dan terbitkan: iku publish."


COLUMNS = (
    "periode", "realisasi>", "pembilang>", "penyebut>", "cakupan>", "rendah>", "tinggi>", "tahap", "mutu", "target>",
    "capaian>", "predikat", "nomor>",
)  # fmt: skip
# where width is short; what a figure is, against what, and how good that is stay to the last
DROPPED = ("nomor>", "pembilang>", "penyebut>", "tahap", "rendah>", "tinggi>", "mutu", "cakupan>")
INDENT = 4  # of a companion below its indicator


def show(rows: list[Row]) -> None:
    """Print one table per indicator with its companions below it, and the activities in one table at the end."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["indicator"], []).append(row)
    activities = {code: own for code, own in groups.items() if publications.is_activity(code)}
    for code in sorted(groups.keys() - activities.keys(), key=lambda code: (publications.main_code(code), code)):
        _show_one(code, groups[code])
    if activities:
        _show_activities(activities)


def overview(rows: list[Row]) -> list[Row]:
    """Print all indicators in one table, each with its newest base period and newest official figure; these rows."""
    chosen: list[Row] = []
    for code in dict.fromkeys(row["indicator"] for row in rows):
        own = [row for row in rows if row["indicator"] == code and row["coverage"] is not None]
        if publications.is_companion(code) or publications.is_activity(code) or not own:
            continue
        base = [row for row in own if indonesian.grain(row["period"]) == row["base_period"]]
        newest = [*base[-1:], *[row for row in own if row["is_official"]][-1:]]
        chosen += [row for number, row in enumerate(newest) if row not in newest[:number]]
    titled = [(row["indicator"], row["title"], *_cells(row)) for row in chosen]
    table(("kode", "indikator", *COLUMNS), titled, dropped=("indikator", *DROPPED))
    say("* belum atau bukan angka resmi indikator ini")
    _say_marks(chosen)
    for state, named in _by_state(chosen).items():
        say(f"{', '.join(named)}: {state}", style="dim")
    for row in chosen:
        if row["mutu"] != "cukup" or approvals.is_restated(row):
            say(f"{row['indicator']} {indonesian.period(row['period'])}: {wording.reason(row)}", style="dim")
    return chosen


def _by_state(rows: list[Row]) -> dict[str, list[str]]:
    """The figures of periods that are over, named by what their state is called."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if not row["is_running"]:
            found.setdefault(wording.revision(row), []).append(f"{row['indicator']} {indonesian.period(row['period'])}")
    return found


def _show_one(code: str, own: list[Row]) -> None:
    newest, is_companion = own[-1], publications.is_companion(code)
    label = f"pendamping {publications.main_code(code)}, tidak pernah resmi: " if is_companion else ""
    title = f"{label}{code}  {newest['title']} ({newest['unit']})"
    indent = INDENT if is_companion else 0
    table(COLUMNS, [_cells(row) for row in own], title=title, dropped=DROPPED, indent=indent)
    if not is_companion:
        if not all(row["is_official"] for row in own):
            say("* belum atau bukan angka resmi indikator ini")
        _say_marks(own)
        say(f"{wording.told(newest['in_force'])}.", style="dim")
    if newest["note"]:
        say(f"Catatan: {newest['note']}", indent=indent)
    for row in own:
        said = "; ".join(filter(None, ("" if row["is_running"] else wording.revision(row), wording.reason(row))))
        say(f"{indonesian.period(row['period'])}: {said}", style="dim", indent=indent)
    say(f"Semua anggota dan alasannya: iku trace {code} {newest['period']}", indent=indent)
    say()


def _show_activities(groups: dict[str, list[Row]]) -> None:
    """The longest and latest period of each activity: they are counted, not graded month by month."""
    newest = [own[-1] for _, own in sorted(groups.items())]
    table(
        ("kode", "kegiatan", "satuan", "periode", "realisasi>", "target>", "capaian>", "tahap", "mutu", "definisi"),
        [
            (
                row["indicator"], row["title"], row["unit"], indonesian.period(row["period"]),
                indonesian.measure(row["value"], row["form"]), wording.target_cell(row),
                wording.capaian_cell(row), wording.tahap(row), wording.mutu(row), row["definition"],
            )
            for row in newest
        ],
        title="Kegiatan (KEG), tiap kegiatan periode terpanjangnya yang terakhir",
        dropped=("definisi", "capaian>", "target>"),
    )  # fmt: skip
    _say_marks(newest)
    for row in newest:
        if told := approvals.sentence(row):
            say(f"{row['indicator']} {indonesian.period(row['period'])}: {told}", style="dim")
    for sentence in publications.activities_in_force(newest):
        say(f"{wording.told(sentence)}.", style="dim")


def _say_marks(rows: list[Row]) -> None:
    if any("~" in cell for row in rows for cell in (wording.target_cell(row), wording.capaian_cell(row))):
        say(wording.PROVISIONAL)


def _cells(row: Row) -> tuple[str, ...]:
    form = row["form"]
    return (
        indonesian.period(row["period"]) + ("" if row["is_official"] else " *"),
        indonesian.measure(row["value"], form),
        indonesian.count(row["numerator"]),
        indonesian.count(row["denominator"]),
        indonesian.percent(row["coverage"]),
        wording.bound(row["low"], row, form),
        wording.bound(row["high"], row, form),
        wording.tahap(row),
        wording.mutu(row),
        wording.target_cell(row),
        wording.capaian_cell(row),
        row["predikat"] or indonesian.ABSENT,
        str(row["revision"]),
    )
