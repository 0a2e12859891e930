"""The registers of requests, one file a PPID and month, and the statement about each triwulan."""

from collections.abc import Iterator
from datetime import date

from iku_etl.sample.ppids import Request, handed_in_on, ppids, requests, triwulan_of
from iku_etl.sample.regency import World, last_day_of, month_after
from iku_etl.sample.sheets import Cells, table_bytes, yes

REGISTER = (  # the headings of the legal register; who asked what must never be kept
    "No. Pendaftaran", "Tanggal", "Nama", "Alamat", "Nomor Kontak", "NIK", "Pekerjaan", "Informasi yang Diminta",
    "Tujuan Penggunaan", "Status Informasi", "Bentuk Informasi", "Jenis Permohonan", "Keputusan", "Alasan Penolakan",
    "Tanggal Lengkap", "Perpanjangan", "Pemberitahuan Tertulis", "Biaya dan Cara Pembayaran",
)  # fmt: skip
HIDDEN = "isi contoh, tidak boleh tersimpan"


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """Every register that has come by the day and lists anything; a nihil is said in the statement alone."""
    for month in world.months(known_on):
        for one in ppids(world):
            came = handed_in_on(world, one.opd, month)
            listed = requests(world, one.opd, month)
            if came is not None and came <= known_on and listed:
                yield f"{month:%Y-%m}_{one.ppid}.csv", _register(world, one.ppid, one.name, month, listed)


def submissions(world: World, month: date, known_on: date) -> list[Cells]:
    """What is known by a day of the triwulan that ends with the month."""
    first, after = triwulan_of(month)
    if month_after(month) != after:
        return []
    label = f"{first.year}-TW{(first.month + 2) // 3}"
    found: list[Cells] = []
    for one in ppids(world):
        if one.ended_on is not None:
            continue
        came = handed_in_on(world, one.opd, month)
        stated: Cells = (None, "tidak", None, None, None)
        if came is not None and came <= known_on:
            count = sum(first <= request.received_on < after for request in requests(world, one.opd, month))
            stated = (came, yes(count == 0), count, None, f"Contoh {came:%d%m}/{one.opd.upper()}/{came.year}")
        name = f"PPID Pelaksana {one.name}"
        found.append((one.ppid, name, "ppid_request", label, after.replace(day=7), *stated, "wajib", None))
    return found


def _register(world: World, ppid: str, name: str, month: date, listed: list[Request]) -> bytes:
    title: list[Cells] = [
        (f"Register permohonan informasi publik {name} (contoh, dikarang)",),
        ("ID PPID", ppid),
        ("posisi_per", last_day_of(month)),
        (),
        REGISTER,
    ]
    rows = [_row(request, last_day_of(month), is_bad=request.is_bad and month == world.m0) for request in listed]
    return table_bytes([*title, *rows], width=len(REGISTER))


def _row(request: Request, day: date, *, is_bad: bool) -> Cells:
    """What the register says on a day; what came later is not in it yet."""
    answered, extended = (
        moment if moment is not None and moment <= day else None
        for moment in (request.answered_on, request.extension_notified_on)
    )
    begun = (
        f"31/02/{request.complete_on.year}" if is_bad else request.complete_on if request.complete_on <= day else None
    )
    personal = (HIDDEN,) * 7
    return (
        request.number, f"{request.received_on:%d/%m/%Y}", *personal, "di bawah penguasaan", "softcopy",
        "meminta salinan", "Dikabulkan" if answered else "-", "-", begun, extended, answered, HIDDEN,
    )  # fmt: skip
