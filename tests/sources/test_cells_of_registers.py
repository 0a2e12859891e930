"""What offices write in cells, through whole registers: read rightly, or set aside with a sentence that helps."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from kit import judge
from loopback import ZONE, kept
from register_kit import CSV, XLSX, workbook
from sqlalchemy import Text

from iku_etl import catalogue
from iku_etl.model import Payload
from iku_etl.records.verdict import Verdict
from iku_etl.stages.land import redact
from iku_etl.window import window_named

NOW = datetime(2026, 11, 3, tzinfo=UTC)
KEY = ("k1", bytes(range(32)))
REQUESTS = (["ID PPID", "ppid_dinkes"], ["posisi_per", "2026-10-31"])
REQUEST = ["No. Pendaftaran", "Tanggal", "Nama", "Keputusan", "Tanggal Lengkap", "Perpanjangan",
           "Pemberitahuan Tertulis"]  # fmt: skip
INTEGRATION = ["ID integrasi", "Dari", "Ke", "Metode", "Aktif sejak", "Aktif sampai", "Terakhir berhasil", "Bukti"]
USE = ["ID OPD", "ID aplikasi", "Peran", "Tanggal", "Bukti"]

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Great Expectations' own imports


def verdict(state: Path, name: str, label: str, *bodies: bytes) -> Verdict:
    """The verdict on register files of one window, through the redactor where the source asks for it."""
    source, payloads = catalogue.source(name), []
    for number, body in enumerate(bodies, 1):
        kind = XLSX if body.startswith(b"PK") else CSV
        payload = Payload(f"berkas{number}", kind, {}, NOW, NOW, None, [body])
        if source.is_redacted:
            found = redact.redact(source, payload, KEY)
            assert found.payload is not None, found.error
            payload = found.payload
        payloads.append(kept(state, payload, number))
    return judge(source, window_named(source.grid, label, ZONE), payloads, state / "judged" / "x.parquet", now=NOW)


def csv(*rows: Sequence[str]) -> bytes:
    return "".join(";".join(row) + "\n" for row in rows).encode()


def loaded(found: Verdict) -> list[dict[str, Any]]:
    return [row for piece in found.pieces() for row in piece.to_pylist()]


def said(found: Verdict) -> str:
    """All that a person is told: why the file was refused, and why each record was set aside."""
    return " ".join([found.rejected_because or "", *(one.message for one in found.quarantine)])


# ---------------------------------------------------------------- numbers


def test_a_thousand_of_an_english_export_is_never_one(tmp_path: Path) -> None:
    counts = {"1,000": None, "12,000": None, "250,000": None, "1,234": None, "1.234": 1234, "12.500.000": 12_500_000}
    rows = [[f"ch-{number}", "views", "2026-10-01", "2026-10-01", text, ""] for number, text in enumerate(counts)]
    found = verdict(
        tmp_path, "social_visits", "2026-10",
        csv(["periode", "2026-10"], ["Kanal", "Metrik", "Dari", "Sampai", "Tayangan", "Penghitung"], *rows),
    )  # fmt: skip
    assert [row["visits"] for row in loaded(found)] == [number for number in counts.values() if number]
    unread = [text for text, number in counts.items() if number is None]
    assert [any(f'"{text}"' in one.message for one in found.quarantine) for text in unread] == [True] * len(unread)


# ---------------------------------------------------------------- dates


def uses(*dates: Any) -> list[list[Any]]:
    return [
        ["periode", "2026-10"],
        USE,
        *(["dinkes", f"app{n}", "pengguna", day, "Log"] for n, day in enumerate(dates)),
    ]


def test_a_weekday_before_a_date_is_read_and_held_against_it(tmp_path: Path) -> None:
    found = verdict(tmp_path, "app_usage", "2026-10", csv(*uses("Jum'at, 9 Oktober 2026", "Senin, 12 Oktober 2026")))
    assert [row["used_on"] for row in loaded(found)] == [date(2026, 10, 9), date(2026, 10, 12)]
    found = verdict(tmp_path, "app_usage", "2026-10", csv(*uses("Jumat, 9 Oktober 2026", "Senin, 13 Oktober 2026")))
    assert (found.loaded, found.quarantined) == (1, 1)
    assert '"Senin, 13 Oktober 2026": 2026-10-13 bukan hari itu' in said(found)


DATES = {
    "12-Okt-26": None, "1 Okt 2026": 1, "05.10.2026": 5, "2026/10/05": 5, "5/10/26": None, "05/10/2026 08:30": None,
    "2026-10-05T08:30:00": None, "5 October 2026": 5, "12 Oct 2026": 12, "6 Agst 2026": None, "05 - 10 - 2026": 5,
    "tgl 5 Oktober 2026": None, "5-10-2026": 5, "5 Oktober  2026": 5, "05102026": None,
}  # fmt: skip


def test_dates_of_many_kinds_are_each_read_or_set_aside_and_none_is_wrong(tmp_path: Path) -> None:
    found = verdict(tmp_path, "app_usage", "2026-10", csv(*uses(*DATES)))
    assert [row["used_on"].day for row in loaded(found)] == [day for day in DATES.values() if day]
    assert {row["used_on"].month for row in loaded(found)} == {10}
    for text in (text for text, day in DATES.items() if day is None and "Agst" not in text):
        assert any(f'"{text}"' in one.message and "Tulis" in one.message for one in found.quarantine), text
    assert "2026-08-06 di luar jendela 2026-10" in said(found)  # read, and of another month


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_column_of_clock_times_alone_is_told_how_to_write_a_day(tmp_path: Path, kind: str) -> None:
    moments = [datetime(2026, 10, day, 8, 30) for day in (5, 6, 7)]  # noqa: DTZ001  # a workbook has no zones
    body = workbook(uses(*moments)) if kind == "xlsx" else csv(*uses(*(f"{day:%d/%m/%Y %H:%M}" for day in moments)))
    found = verdict(tmp_path, "app_usage", "2026-10", body)
    assert found.error_code == "retyped_column"
    assert "memuat jam. Tulis harinya saja, seperti 2026-10-05" in said(found)


def integrations(*rows: tuple[Any, Any], position: str = "2026-01-31") -> list[list[Any]]:
    """Integrations with these days of beginning and of last success."""
    said = enumerate(rows)
    links = [[f"INT-{n}", f"a{n}", f"b{n}", "data", begun, None, last, f"Log {n}"] for n, (begun, last) in said]
    return [["posisi_per", position], INTEGRATION, *links]


def as_text(rows: list[list[Any]]) -> bytes:
    return csv(*([str(cell or "") for cell in row] for row in rows))


def test_one_date_that_is_only_one_month_first_doubts_the_others_of_its_column(tmp_path: Path) -> None:
    rows = (("01/05/2024", "01/13/2026"), ("02/03/2024", "01/09/2026"), ("02/25/2024", "01/10/2026"))
    found = verdict(tmp_path, "app_integration", "2026-01", as_text(integrations(*rows)))
    assert (found.is_ok, found.loaded) == (False, 0)
    more = integrations(*rows, ("2024-02-01", "5 Januari 2026"), ("03/03/2024", "20 Januari 2026"))
    found = verdict(tmp_path, "app_integration", "2026-01", as_text(more))
    assert [row["integration"] for row in loaded(found)] == ["INT-3", "INT-4"]  # clear however the order is
    assert '"01/05/2024" bisa berarti 2024-05-01 atau 2024-01-05: berkas ini menulis bulan lebih dulu' in said(found)
    assert '("02/25/2024" di baris 5)' in said(found)
    assert "Tulis semua tanggal kolom ini seperti 2026-01-31" in said(found)


def test_a_column_that_shows_no_order_follows_another_of_its_file(tmp_path: Path) -> None:
    rows = (("01/05/2024", "2026-01-29"), ("04/05/2024", "01/13/2026"), ("2024-02-01", "2026-01-28"))
    found = verdict(tmp_path, "app_integration", "2026-01", as_text(integrations(*rows)))
    assert [row["integration"] for row in loaded(found)] == ["INT-2"]
    rows = (("01/05/2024", "2026-01-29"), ("14/05/2024", "2026-01-13"), ("2024-02-01", "01/13/2026"))
    found = verdict(tmp_path, "app_integration", "2026-01", as_text(integrations(*rows)))
    assert [row["integration"] for row in loaded(found)] == ["INT-0", "INT-1"]  # its own 14/05 tells


def test_a_file_of_many_pieces_is_doubted_for_a_cell_at_its_end(tmp_path: Path) -> None:
    rows = [("01/05/2024", "2026-01-30")] * 12_000 + [("12/25/2024", "2026-01-30")]
    found = verdict(tmp_path, "app_integration", "2026-01", as_text(integrations(*rows)))
    assert found.loaded == 0
    assert '("12/25/2024" di baris 12003)' in said(found)


def test_days_that_excel_has_exchanged_on_typing_are_doubted(tmp_path: Path) -> None:
    rows = ((date(2026, 5, 1), date(2026, 9, 10)), ("13/01/2026", "25/10/2026"), (date(2026, 5, 5), "26/10/2026"))
    found = verdict(tmp_path, "app_integration", "2026-10", workbook(integrations(*rows, position="2026-10-31")))
    assert [row["integration"] for row in loaded(found)] == ["INT-1", "INT-2"]  # 5 May is the same either way
    assert (
        '"2026-05-01" bisa berarti 2026-05-01 atau 2026-01-05: Excel yang membaca bulan lebih dulu meninggalkan'
        ' "13/01/2026" di Lembar1!4 sebagai teks dan menukar sel ini' in said(found)
    )
    sound = ((date(2026, 5, 1), "25/10/2026"), ("13/01/2026", date(2026, 10, 20)), (date(2026, 5, 14), "26/10/2026"))
    found = verdict(tmp_path, "app_integration", "2026-10", workbook(integrations(*sound, position="2026-10-31")))
    assert found.loaded == 3, said(found)  # a date cell after the twelfth: nothing was exchanged


# ---------------------------------------------------------------- words for nothing

WORDS = (
    "tidak ada", "Belum ada", "n/a", "N/A", "NA", "null", "None", "?", "...", "kosong", "TBA", "menyusul", "-", "nihil",
    "0", "x", "SK menyusul", "belum ada bukti", "(kosong)", "T.B.D.", "masih proses", "tdk ada", "not available",
)  # fmt: skip
ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "####", "Err:508")


def test_words_for_nothing_are_no_evidence_and_an_error_is_set_aside(tmp_path: Path) -> None:
    made = integrations(*[("2024-02-01", "2026-01-30")] * (len(WORDS) + len(ERRORS) + 1))
    for row, word in zip(made[2:], (*WORDS, *ERRORS, "Log"), strict=True):
        row[-1] = word
    found = verdict(tmp_path, "app_integration", "2026-01", as_text(made))
    assert [row["evidence"] for row in loaded(found)] == [None] * len(WORDS) + ["Log"]
    assert [f'"{word}" adalah galat' in one.message for word, one in zip(ERRORS, found.quarantine, strict=True)] == (
        [True] * len(ERRORS)
    )


def test_an_error_cell_of_a_workbook_is_no_evidence(tmp_path: Path) -> None:
    made = integrations(*[("2024-02-01", "2026-10-30")] * 2, position="2026-10-31")
    made[2][-1] = made[3][-1] = "#N/A"
    body = workbook(made)
    assert b't="e"' in unpacked(body)  # openpyxl writes it as an error
    found = verdict(tmp_path, "app_integration", "2026-10", body)
    assert (found.loaded, found.quarantined) == (0, 2)
    assert '"#N/A" adalah galat lembar kerja. Perbaiki rumusnya' in said(found)


def unpacked(body: bytes) -> bytes:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return archive.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("word", ["tidak ada", "belum ada", "menyusul"])
def test_an_activity_whose_proof_is_a_word_for_nothing_is_set_aside(tmp_path: Path, word: str) -> None:
    head = ["Kode kegiatan", "Nomor", "Tanggal pelaksanaan", "Volume", "Satuan", "Seksi", "Bukti dukung"]
    rows = [["KEG-19", n, "12 Oktober 2026", "25", "orang", "seksi_persandian", proof]
            for n, proof in (("1", word), ("2", "Daftar hadir 12/X"))]  # fmt: skip
    found = verdict(tmp_path, "activity", "2026-10", csv(["periode", "2026-10"], head, *rows))
    assert [row["number"] for row in loaded(found)] == [2]
    assert f'"{word}" bukan bukti, padahal wajib diisi' in said(found)


def test_a_ppid_without_a_letter_is_set_aside(tmp_path: Path) -> None:
    head = ["ID PPID", "Nama PPID", "ID OPD", "Nomor SK", "Ditunjuk sejak", "Berakhir"]
    rows = [[f"ppid_{n}", "PPID", "dinkes", letter, "04/01/2021", "-"]
            for n, letter in enumerate(("belum ada", "SK 12/2021"))]  # fmt: skip
    found = verdict(tmp_path, "ppid", "2026-10", csv(["posisi_per", "2026-10-31"], head, *rows))
    assert [row["ppid"] for row in loaded(found)] == ["ppid_1"]
    assert '"belum ada" bukan bukti' in said(found)


PROOFS = "evidence letter decree basis published"


@pytest.mark.parametrize("name", catalogue.source_names())
def test_every_column_that_names_a_document_is_marked_as_a_proof(name: str) -> None:
    source = catalogue.source(name)
    named = [column for column in source.columns if any(word in column.name for word in PROOFS.split())]
    assert all(column.info.get("proof") for column in named if isinstance(column.type, Text))


# ---------------------------------------------------------------- numbers that a spreadsheet has spoilt


def request(number: Any, day: str, outcome: str = "Dikabulkan", answered: str = "12/10/2026") -> list[Any]:
    return [number, day, "x", outcome, None, None, answered]


def requests(*rows: list[Any]) -> list[list[Any]]:
    return [*REQUESTS, REQUEST, *rows]


def test_numbers_that_excel_has_cut_cost_only_themselves(tmp_path: Path) -> None:
    cut = 202610050000000100  # of 18 digits a number cell keeps 15
    body = workbook(requests(request(cut, "05/10/2026"), request(cut, "06/10/2026"), request("003/X", "07/10/2026")))
    found = verdict(tmp_path, "ppid_request", "2026-10", body)
    assert (found.is_ok, found.loaded, found.quarantined) == (True, 1, 2), said(found)
    assert [one.tokens for one in found.quarantine] == [{}, {}]
    assert "kolom No. pendaftaran (request_no): angkanya lebih panjang daripada yang disimpan Excel" in said(found)
    assert "202610050000000100" not in said(found)


@pytest.mark.parametrize("text", ["2,02610E+17", "2.0261e+17", "202610050000000000"])
def test_a_number_in_scientific_form_is_never_tokenised(tmp_path: Path, text: str) -> None:
    rows = requests(request(text, "05/10/2026"), request(text, "06/10/2026"))
    found = verdict(tmp_path, "ppid_request", "2026-10", csv(*([cell or "" for cell in row] for row in rows)))
    assert (found.loaded, found.quarantined) == (0, 2)
    assert "ujungnya hilang" in said(found)
    other = requests(request("7", "07/10/2026"))
    both = [csv(*([cell or "" for cell in row] for row in one)) for one in (rows, other)]
    found = verdict(tmp_path, "ppid_request", "2026-10", *both)
    assert (found.is_ok, found.loaded, found.quarantined) == (True, 1, 2)  # and costs the other file nothing


def test_a_number_that_became_a_date_is_set_aside_and_the_same_text_is_a_number(tmp_path: Path) -> None:
    rows = requests(request(date(2026, 10, 1), "05/10/2026"), request("01/10/2026", "06/10/2026"))
    found = verdict(tmp_path, "ppid_request", "2026-10", workbook(rows))
    assert (found.loaded, found.quarantined) == (1, 1)
    assert "nomornya diubah Excel menjadi tanggal atau jam. Beri kolomnya format Teks" in said(found)


def test_a_number_that_became_a_fraction_is_set_aside(tmp_path: Path) -> None:
    rows = requests(request(1.1, "05/10/2026"), request("1.1", "06/10/2026"), request("1.10", "06/10/2026"))
    found = verdict(tmp_path, "ppid_request", "2026-10", workbook(rows))
    assert (found.loaded, found.quarantined) == (2, 1)


def test_noughts_before_a_number_make_another_number(tmp_path: Path) -> None:
    rows = requests(request(1, "05/10/2026"), request("001", "06/10/2026"))
    found = verdict(tmp_path, "ppid_request", "2026-10", workbook(rows))
    assert len({row["request_no"] for row in loaded(found)}) == 2


def test_a_number_that_begins_anew_names_another_request(tmp_path: Path) -> None:
    rows = requests(request("001", "05/09/2026"), request("001", "06/10/2026"), request("002", "06/10/2026"))
    found = verdict(tmp_path, "ppid_request", "2026-10", workbook(rows))
    assert (found.is_ok, found.loaded) == (True, 3)
    assert catalogue.source("ppid_request").key == ("ppid", "request_no", "received_on")


def test_two_requests_of_one_number_and_day_cost_only_themselves(tmp_path: Path) -> None:
    rows = requests(request("001", "06/10/2026"), request("001", "06/10/2026", "Ditolak"), request("2", "06/10/2026"))
    found = verdict(tmp_path, "ppid_request", "2026-10", workbook(rows))
    assert (found.is_ok, found.loaded, found.quarantined) == (True, 1, 2)
    assert "No. pendaftaran (request_no), Tanggal (received_on) muncul dua kali dengan isi berbeda" in said(found)


@pytest.mark.parametrize(
    ("period", "why"), [(date(2026, 1, 1), "tanggal"), ("Jan-26", "tanggal"), (0.2026, "pecahan"), ("#REF!", "galat")]
)
def test_an_id_that_a_spreadsheet_has_turned_is_said_to_be(tmp_path: Path, period: Any, why: str) -> None:
    head = ["Kode", "Periode target", "Tahun", "Target", "Satuan", "Dasar hukum", "Berlaku sejak"]
    rows = [["IKU-05", one, 2026, 95, "persen", "SK 12/2026", "2026-01-02"] for one in (period, "2026")]
    found = verdict(tmp_path, "target", "2026-01", workbook([["posisi_per", "2026-01-31"], head, *rows]))
    assert (found.loaded, found.quarantined) == (1, 1)
    assert why in found.quarantine[0].message
