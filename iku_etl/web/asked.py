"""What somebody asks to hand in, checked before anything is kept: a ticket, or sentences that say what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import BinaryIO

from starlette.datastructures import UploadFile

from iku_etl import indonesian
from iku_etl.connectors.registers import handed
from iku_etl.connectors.registers.opening import Opening, opening
from iku_etl.connectors.registers.sheets import is_workbook
from iku_etl.errors import ContractError
from iku_etl.model import Source
from iku_etl.pipeline import Lying
from iku_etl.records.nik import holds_nik
from iku_etl.web.tickets import HandedFile, How
from iku_etl.web.tongue import noted
from iku_etl.web.upload import FILES, Upload
from iku_etl.window import Window, window_at

LETTER, REMARK, CALLED = 100, 500, 80  # characters
HOWS: tuple[How, ...] = ("tambah", "ganti", "perbaiki")


@dataclass
class Asked:
    """A hand-in as asked for: `problems` are sentences; without any it may be kept."""

    source: Source
    window: Window
    problems: list[str] = field(default_factory=list)
    letter: str = ""
    remark: str = ""
    how: How = "tambah"
    replaces: tuple[str, ...] = ()
    position: date | None = None
    windows: set[Window] = field(default_factory=set)
    files: list[tuple[UploadFile, HandedFile]] = field(default_factory=list)

    def says(self, *sentences: str) -> None:
        self.problems += [sentence for sentence in sentences if sentence not in self.problems]


def checked(
    source: Source, window: Window, upload: Upload, lying: Sequence[Lying], ticket: str, now: datetime, *,
    is_trial: bool, may_mend: bool,
) -> Asked:  # fmt: skip
    """Check fields and files; only what the files say of themselves is read, never their rows."""
    asked = Asked(source, window, windows={window})
    if upload.problem:
        asked.says(upload.problem)
        return asked
    _check_fields(asked, upload, is_trial=is_trial)
    _check_window(asked, now)
    _check_how(asked, upload, lying, may_mend=may_mend)
    if not upload.files:
        asked.says(noted("Pilih dahulu berkasnya: .xlsx atau .csv."))
    if len(upload.files) > FILES:
        asked.says(noted("Paling banyak sepuluh berkas sekali serah."))
    for number, one in enumerate(upload.files[:FILES], 1):
        _check_file(asked, one, ticket, number, now)
    return asked


def _check_fields(asked: Asked, upload: Upload, *, is_trial: bool) -> None:
    asked.letter, asked.remark = upload.text("surat"), upload.text("keterangan")
    if not is_trial and len(asked.letter) < 3:
        asked.says(noted("Isi nomor surat pengantarnya; bila tidak ada, tulis: tanpa surat."))
    if len(asked.letter) > LETTER or len(asked.remark) > REMARK:
        asked.says(noted("Nomor surat paling panjang 100 huruf, keterangan 500 huruf."))
    if holds_nik(asked.letter) or holds_nik(asked.remark):
        asked.says(noted("Nomor surat atau keterangan menyerupai NIK. Data pribadi tidak boleh ada di sini; hapus."))
    if text := upload.text("posisi"):
        try:
            asked.position = date.fromisoformat(text)
        except ValueError:
            asked.says(noted("Tanggal posisi tidak dapat dibaca; tulis seperti 2026-01-31."))
    if asked.position and not asked.window.contains(asked.position):
        asked.says(noted("Tanggal posisi di luar bulan yang dipilih. Pilih bulannya dahulu, atau betulkan tanggalnya."))


def _check_window(asked: Asked, now: datetime) -> None:
    if asked.window.end > now:
        asked.says(noted("Bulan itu belum berakhir; registernya dapat diserahkan sesudahnya. Tidak ada yang disimpan."))
    elif asked.window.last_day < asked.source.since:
        asked.says(noted("Bulan itu sebelum data pertama register ini."))


def _check_how(asked: Asked, upload: Upload, lying: Sequence[Lying], *, may_mend: bool) -> None:
    said = upload.text("cara")
    if lying and said not in HOWS:
        asked.says(noted("Sudah ada berkas untuk bulan ini. Pilih: di samping yang ada, atau menggantikannya."))
        return
    asked.how = "ganti" if said == "ganti" else "perbaiki" if said == "perbaiki" else "tambah"
    if asked.how == "perbaiki" and not may_mend:
        asked.says(
            noted("Baris yang disisihkan itu tidak lagi ada di folder. Serahkan berkas lengkap yang sudah diperbaiki.")
        )
    if asked.how == "ganti":
        wanted = set(upload.texts.get("ganti", ()))
        asked.replaces = tuple(one.path.name for one in lying if one.key in wanted)
        if lying and not asked.replaces:
            asked.says(noted("Tandai berkas mana yang digantikan."))


def _check_file(asked: Asked, one: UploadFile, ticket: str, number: int, now: datetime) -> None:
    called = _called(asked.source, one.filename or "", number)
    try:
        ending, said = _opened(one.file)
        states = _states(asked, said, now)
    except ContractError as problem:
        asked.says(f"{called}: {problem}")
        return
    slug = "" if asked.source.is_redacted else one.filename or ""
    name = handed.name_of(ticket, number, ending, states=states, called=slug)
    asked.files.append((one, HandedFile(f"{number}{ending}", name, called, one.size or 0)))


def _called(source: Source, name: str, number: int) -> str:
    """What messages call a file: the last part of its name, unless that may be a person's."""
    if source.is_redacted:
        return f"berkas {number}"
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign if sign.isprintable() else "?" for sign in last)[:CALLED] or f"berkas {number}"


def _opened(stream: BinaryIO) -> tuple[str, Opening]:
    """The ending by content, whatever the file is called, and what it says of itself."""
    ending = ".xlsx" if is_workbook(stream) else ".csv"
    said = opening(stream)
    if said.problem:
        raise ContractError(said.problem, code=said.code)
    return ending, said


def _states(asked: Asked, said: Opening, now: datetime) -> str:
    """What the file's name must state since the file doesn't; ContractError where it says another month."""
    month = indonesian.period(asked.window.label)
    if said.unread:
        raise ContractError(f"{said.unread} tidak dapat dibaca. Tulis yang benar sebelum judul kolom, lalu kirim lagi.")
    if asked.source.kind == "events":
        labels = {text[: len(asked.window.label)] for text in said.periods}
        if not said.periods and said.positions:
            raise ContractError(
                "menyebut posisi_per; register ini per periode. Tulis periode,2026-01 di baris pertama."
            )
        if labels and asked.window.label not in labels:
            raise ContractError(f"menyebut periode {said.periods[0]}, sedangkan bulan yang dipilih {month}.")
        return "" if labels else asked.window.label
    if said.positions:
        _check_positions(asked, said, month, now)
        return ""
    if said.periods:
        raise ContractError("menyebut periode tanpa posisi_per. Tulis posisi_per dengan tanggalnya di baris pertama.")
    if asked.position is None:
        raise ContractError("tidak menyebut posisi_per. Isi tanggal posisinya di formulir ini.")
    return f"posisi_{asked.position.isoformat()}"


def _check_positions(asked: Asked, said: Opening, month: str, now: datetime) -> None:
    days = ", ".join(indonesian.day(day) for day in said.positions[:3])
    zone = asked.window.start.tzinfo
    if max(said.positions) > now.astimezone(zone).date():
        raise ContractError(f"menyebut posisi per {indonesian.day(max(said.positions))}, yang belum tiba.")
    if not any(asked.window.contains(day) for day in said.positions):
        raise ContractError(f"menyebut posisi per {days}, sedangkan bulan yang dipilih {month}.")
    if asked.position and asked.position not in said.positions:
        raise ContractError(f"menyebut posisi per {days}, sedangkan formulir {indonesian.day(asked.position)}.")
    for day in said.positions:  # a workbook may hold several months
        cell = window_at(asked.window.grid, day, zone)  # type: ignore[arg-type]  # windows are made in a ZoneInfo
        if cell.end <= now and day >= asked.source.since:
            asked.windows.add(cell)
