"""`iku trace`: from a figure down to a place in a file whose hash is known, and back."""

import shlex
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iku_etl import indonesian
from iku_etl.cli._click import command
from iku_etl.cli._installation import installation
from iku_etl.cli._options import check_period, reading_options
from iku_etl.cli._payload import file_of, show_compared, show_payload, show_saved
from iku_etl.cli._terminal import pairs, say, show_json, table
from iku_etl.figures import differences, publications, wording
from iku_etl.warehouse.database import Row

if TYPE_CHECKING:
    from iku_etl.stages.trace import BatchUse, EvidenceUse, MemberTrace, PayloadUse, Record, Trace

HASH_SHOWN = 12  # characters; --json has all 64


@command()
@click.argument("indicator", metavar="[INDIKATOR", required=False)
@click.argument("period", metavar="PERIODE]", required=False)
@click.option("--member", metavar="ANGGOTA", help="Telusuri satu anggota sampai ke berkasnya.")
@click.option("--revision", type=click.IntRange(min=0), help="Nomor itu; tanpa ini yang terbaru.")
@click.option("--limit", type=click.IntRange(min=0), default=10, show_default=True, help="Rekaman yang ditampilkan.")
@click.option("--payload", "payload_id", type=int, metavar="NOMOR", help="Arah balik: angka yang bertumpu padanya.")
@click.option("--save", type=click.Path(path_type=Path), metavar="FOLDER", help="Dengan --payload: salin bitanya.")
@click.option(
    "--original",
    type=click.Path(path_type=Path),
    metavar="BERKAS",
    help="Dengan --payload: apakah berkas itu yang diterima.",
)
@reading_options
def trace(
    indicator: str | None,
    period: str | None,
    member: str | None,
    revision: int | None,
    limit: int,
    payload_id: int | None,
    save: Path | None,
    original: Path | None,
    as_json: bool,
    as_of: int | None,
    as_of_time: datetime | None,
) -> int:
    """Dari mana sebuah angka. Anggota, rekaman, berkas mentah; dihitung ulang dan bitanya diperiksa.

    Kode keluar 1 bila angka TIDAK COCOK dengan anggotanya, bita mentah hilang atau rusak, atau BERKAS bukan yang
    diterima.
    """
    pipeline = installation.pipeline
    if payload_id is not None and indicator is None:
        return _trace_payload(payload_id, save, original, as_json)
    if indicator is None or period is None or payload_id is not None or save or original:
        raise click.UsageError("sebut INDIKATOR dan PERIODE, atau --payload NOMOR (dengan --save atau --original).")
    code, period = indicator.upper(), check_period(period)
    found = pipeline.trace(
        code, period, revision=revision, as_of=as_of, as_of_time=as_of_time, member=member, limit=limit
    )
    with installation.warehouse.connect("auditor") as connection:
        rows = publications.select(connection, code, period, as_of, as_of_time, history=True)
        publications.dated(rows, publications.spans(connection, as_of, as_of_time), installation.zone)
    if as_json:
        show_json({"agrees": found.agrees, "faults": found.faults, "trace": found})
    else:
        show_figure(found, publications.one_of(rows, found.figure))
        show_member(found.member) if found.member else show_members(found)
    return _warn(found.faults) or (0 if found.agrees else 1)


def _trace_payload(payload_id: int, save: Path | None, original: Path | None, as_json: bool) -> int:
    """One payload: a copy of it, a file beside it, or who rests on it; the exit code."""
    pipeline = installation.pipeline
    if save is None and original is None:
        back = pipeline.trace_payload(payload_id)
        show_json(back) if as_json else show_payload(back)
        return _warn([back.fault] if back.fault else [])
    saved = None if save is None else pipeline.save_payload(payload_id, save)
    compared = None if original is None else pipeline.compare_original(payload_id, original)
    if as_json:
        show_json({"saved": saved, "original": compared})
    elif saved is not None:
        show_saved(saved)
    if compared is not None and original is not None and not as_json:
        show_compared(payload_id, original, compared)
    return 0 if compared is None or compared.is_same else 1


def _warn(faults: Collection[str]) -> int:
    for fault in faults:
        click.echo(click.style("BITA RUSAK: ", fg="red", bold=True) + fault, err=True)
    return 1 if faults else 0


# ---------------------------------------------------------------- output


def show_figure(found: "Trace", row: Row) -> None:
    """Print the figure, under what it was computed, and whether computing again gives it."""
    header, zone = found.header, installation.zone
    form = header["form"]
    say(f"{row['indicator']}  {header['title']}", style="bold")
    pairs([
        ("periode", f"{indonesian.period(row['period'])}, {wording.revision(row)}, {wording.tahap(row)}"),
        ("realisasi", f"{indonesian.measure(row['value'], form)} {header['unit']}"
            f" ({indonesian.count(row['numerator'])} / {indonesian.count(row['denominator'])})"),
        ("batas", wording.bounds(row, form)),
        ("cakupan", indonesian.percent(row["coverage"])),
        ("mutu", wording.mutu(row)),
        ("keterangan", wording.reason(row) or indonesian.ABSENT),
        ("definisi", f"{row['definition']}, {header['legal_basis']}"),
        ("keadaan", f"muatan {row['as_of']}, {indonesian.moment(row['as_of_time'], zone)}"),
        ("terbit", indonesian.moment(row["published_at"], zone)),
    ])  # fmt: skip
    if found.confirmation is not None:
        when = indonesian.moment(found.confirmation.published_at, zone)
        say(f"Definisi yang berlaku kini: {found.confirmation.definition}, terbit {when}; angkanya sama.")
        for name, (then, now) in found.confirmation.differences.items():
            say(f"Menurut definisi itu: TIDAK COCOK: {name} terbit {then}, sekarang {now}", style="bold red")
    if found.agrees:
        say("Dihitung ulang dari anggota: cocok", style="green")
    for name, (then, now) in found.differences.items():
        told = differences.sentence(name, then, now, form)
        say(f"Dihitung ulang dari anggota: TIDAK COCOK: {told}", style="bold red")
    say()


def show_members(found: "Trace") -> None:
    """Print all members, the state of the bytes beneath, and what to type next."""
    several = len(found.base_periods) > 1
    columns: tuple[str, ...] = (
        "anggota",
        "nama",
        "pembilang>",
        "penyebut>",
        "rendah>",
        "tinggi>",
        "teramati>",
        "alasan",
    )
    rows: list[tuple[str, ...]] = [
        (
            row["member"], row["member_name"], indonesian.count(row["numerator"]), indonesian.count(row["denominator"]),
            indonesian.count(row["numerator_low"]), indonesian.count(row["numerator_high"]),
            indonesian.share(row["seen"], row["due"]), wording.told(row["reason"]),
        )
        for row in found.members
    ]  # fmt: skip
    if several:
        columns = ("periode", *columns)
        rows = [(indonesian.period(row["period"]), *cells) for row, cells in zip(found.members, rows, strict=True)]
    table(columns, rows, dropped=("nama", "teramati>", "rendah>", "tinggi>"))
    payloads = {part.row["payload_id"]: part.fault for use in found.batches for part in use.payloads}
    torn = sum(1 for fault in payloads.values() if fault)
    say(
        f"Bita mentah: {len(payloads)} payload dari {len(found.batches)} batch,"
        f" {f'{torn} HILANG ATAU RUSAK' if torn else 'semua utuh (SHA-256 dihitung ulang)'}",
        style="bold red" if torn else "green",
    )
    _show_left_out(found)
    if found.members:
        example = next((row for row in found.members if row["reason"]), found.members[0])["member"]
        figure = found.figure
        older = "" if figure["is_newest"] else f" --revision {figure['revision']}"
        name = f"{figure['indicator']} {figure['period']}"
        say(f"Telusuri satu anggota: iku trace {name} --member {shlex.quote(example)}{older}")


def show_member(found: "MemberTrace") -> None:
    """Print one member's rows, then its evidence down to places in files."""
    for row in found.rows:
        say(f"{row['member']}  {row['member_name']}, {indonesian.period(row['period'])}", style="bold")
        say(
            f"pembilang {indonesian.count(row['numerator'])}, penyebut {indonesian.count(row['denominator'])},"
            f" teramati {indonesian.share(row['seen'], row['due'])}"
            + (f"; {wording.told(row['reason'])}" if row["reason"] else "")
        )
    for part in found.evidence:
        _show_evidence(part)
    if found.quarantined:
        rows = [
            (row["source"], str(row["batch_id"]), str(row["record_no"]), row["place"], row["message"])
            for row in found.quarantined
        ]
        table(("sumber", "batch>", "rekaman>", "tempat", "masalah"), rows, title="Karantina anggota ini")


def _show_left_out(found: "Trace | EvidenceUse") -> None:
    """What the rules of the sources leave out of the batches beneath, by name and count."""
    for source, reasons in found.left_out.items():
        say(f"{source}: {wording.left_out(reasons)}", style="dim")


def _show_files(payloads: "Iterable[PayloadUse]") -> None:
    """The kept files, one a line, whole: to be pasted."""
    numbers: dict[str, list[str]] = {}
    for part in payloads:
        if part.row["sha256"] is not None:
            numbers.setdefault(part.row["sha256"], []).append(str(part.row["payload_id"]))
    for sha256, ids in numbers.items():
        say(f"berkas {file_of(sha256)}  (payload {', '.join(ids)})", whole=True)


def _show_evidence(part: "EvidenceUse") -> None:
    say()
    kind = " di balik ringkasan" if part.is_roll_up else ", sama untuk semua anggota" if part.is_common else ""
    number = indonesian.count(part.record_count) if part.batches else "tidak ada"
    say(f"Bukti {part.relation}: {number} rekaman{kind}", style="bold")
    if not part.batches:
        return
    rows = [cells for use in part.batches for cells in _batch_rows(use)]
    columns = (
        "jendela", "batch>", "muatan>", "rev>", "rekaman>", "payload>", "sha256", "ukuran>", "diminta", "status>",
        "bita",
    )  # fmt: skip
    table(columns, rows, dropped=("sha256", "diminta", "status>", "ukuran>", "rev>", "muatan>"))
    _show_files(one for use in part.batches for one in use.payloads)
    _show_left_out(part)
    _show_records(part)


def _batch_rows(use: "BatchUse") -> list[tuple[str, ...]]:
    row = use.row
    head = (
        indonesian.window(row["window_on"], row["grid"]), str(row["batch_id"]), indonesian.plain(row["load_no"]),
        indonesian.plain(row["revision"]), indonesian.count(use.record_count),
    )  # fmt: skip
    return [
        (
            *(head if index == 0 else ("",) * len(head)),
            str(part.row["payload_id"]), (part.row["sha256"] or indonesian.ABSENT)[:HASH_SHOWN],
            indonesian.size(part.row["size_bytes"]), indonesian.moment(part.row["asked_at"], installation.zone),
            indonesian.plain(part.row["status"]), "RUSAK" if part.fault else "utuh",
        )
        for index, part in enumerate(use.payloads)
    ]  # fmt: skip


def _show_records(part: "EvidenceUse") -> None:
    """The records that were loaded as one table, those set aside as another: they have other columns."""
    loaded = [record for record in part.records if record.set_aside is None]
    set_aside = [record for record in part.records if record.set_aside is not None]
    if loaded:
        _show_table(loaded)
    if set_aside:
        _show_table(set_aside, title="Di antaranya disisihkan, tidak dimuat" if loaded else "Disisihkan, tidak dimuat")
    more = part.record_count - len(part.records)
    if more > 0:
        say(f"dan {indonesian.count(more)} rekaman lagi; lihat dengan --limit {part.record_count}", style="dim")
    for record in part.records:
        _show_decisions(record)


def _show_table(own: "Sequence[Record]", title: str = "") -> None:
    names = list(dict.fromkeys(name for record in own for name in record.values))
    made = list(dict.fromkeys(name for record in own for name in record.derived))
    is_loaded = own[0].set_aside is None
    rows = [
        (
            f"{record.batch_id}/{record.record_no}", str(record.payload_no), record.place or "tidak terbaca",
            *(() if is_loaded else (str(record.set_aside),)),
            *(_value(record.values.get(name)) for name in names), *(_value(record.derived.get(name)) for name in made),
        )
        for record in own
    ]  # fmt: skip
    problem = () if is_loaded else ("masalah",)
    table(("batch/rekaman>", "payload ke>", "tempat", *problem, *names, *made), rows, title=title)


def _value(value: Any) -> str:
    return indonesian.moment(value, installation.zone) if isinstance(value, datetime) else indonesian.plain(value)


def _show_decisions(record: "Record") -> None:
    for decision in record.decisions:
        say(
            f"Keputusan {decision['decision_id']} ({indonesian.DECISIONS[decision['kind']]}) atas"
            f" {record.batch_id}/{record.record_no}: {decision['reason']} ({decision['decided_by']},"
            f" {indonesian.moment(datetime.fromisoformat(decision['decided_at']), installation.zone)})"
        )
