"""Who asked a PPID for what is kept nowhere: not in the raw store, not in a table, not in a message."""

from pathlib import Path

import openpyxl
import pytest
from install_kit import everything

from iku_etl import catalogue
from iku_etl.pipeline import Pipeline

PERSONAL = {
    "Nama": "Budi Santoso", "Alamat": "Jalan Merdeka 17 Manna", "Nomor Kontak": "0812-3456-7890",
    "NIK": "1701010101800001", "Pekerjaan": "Wartawan Harian Contoh",
    "Informasi yang Diminta": "Daftar penerima hibah 2025", "Tujuan Penggunaan": "Liputan khusus",
    "Alasan Penolakan": "Rahasia jabatan", "Biaya dan Cara Pembayaran": "Tunai Rp20.000",
}  # fmt: skip
KEPT = {
    "No. Pendaftaran": "017/PPID-RAHASIA/2026", "Tanggal": "05/01/2026", "Keputusan": "Dikabulkan sebagian",
    "Tanggal Lengkap": "6 Januari 2026", "Perpanjangan": "-", "Pemberitahuan Tertulis": "2026-01-15",
}  # fmt: skip
COLUMNS = [*list(KEPT)[:2], *PERSONAL, *list(KEPT)[2:]]
TITLE = [["Register permohonan, petugas Budi Santoso"], ["ID PPID", "ppid_dinkes"], ["posisi_per", "31 Januari 2026"]]
SHIFTED = {"Tanggal": "Budi Santoso", "Tanggal Lengkap": "1701010101800001", "Keputusan": "Liputan khusus"}


def register(folder: Path, kind: str, *records: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = [*TITLE, COLUMNS, *([record[name] for name in COLUMNS] for record in records)]
    if kind == "csv":
        text = "\n".join(";".join(line + [""] * (len(COLUMNS) - len(line))) for line in lines)
        (folder / "Register Budi Santoso.csv").write_text(text + "\n", encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        for line in lines:
            book.active.append(line)
        book.active.title = "Budi Santoso"
        book.save(folder / "Register Budi Santoso.xlsx")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Great Expectations' own imports
def test_nobody_who_asked_is_kept(pipeline: Pipeline, kind: str) -> None:
    good = KEPT | PERSONAL
    second = good | {"No. Pendaftaran": "018/PPID-RAHASIA/2026"}
    shifted = good | SHIFTED | {"No. Pendaftaran": "019/PPID-RAHASIA/2026"}
    register(pipeline.settings.drop_dir / "ppid_request", kind, good, second, shifted)
    source = catalogue.source("ppid_request")
    (ended,) = pipeline.collect(source, pipeline.due(source)).batches
    assert (ended.ending, ended.loaded, ended.quarantined) == ("in_force", 2, 1), ended.reason
    kept = everything(pipeline)
    raw = [path.read_text() for path in pipeline.settings.raw_dir.rglob("*") if path.is_file()]
    assert any('"ppid":"ppid_dinkes"' in text for text in raw)  # as it stands: what is there can be found
    assert "dikabulkan_sebagian" in kept
    for text in (*PERSONAL.values(), KEPT["No. Pendaftaran"], "PPID-RAHASIA", "Budi"):
        assert text.casefold() not in kept.casefold(), text
