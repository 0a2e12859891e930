"""Redaction: what is personal in a register reaches neither what is kept nor any message."""

import hashlib
import hmac
import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import JANUARY, ZONE, kept, table
from sqlalchemy import Column, Text

from iku_etl import catalogue
from iku_etl.connectors.registers import folder
from iku_etl.connectors.visits import weblog
from iku_etl.errors import DeclarationError, TransientError
from iku_etl.model import Payload, Rows
from iku_etl.records.identity import TOKEN
from iku_etl.sources import persandian_message
from iku_etl.stages.land import redact, redactor
from iku_etl.stages.land.store import Store
from iku_etl.window import window_at

SOURCE = replace(persandian_message.SOURCE, name="persandian_message")
KEY = ("k1", bytes(range(32)))
NOW = datetime(2026, 2, 3, tzinfo=UTC)
PERSONAL = ("Budi Santoso", "Operasi Senyap", "1701010101800001", "0812-3456-7890", "Polres Bengkulu", "045/12/SETDA")
HEADER = "No agenda;Unit;Tanggal;Arah;Dari;Nomor berita;Klasifikasi;Disandikan;Sarana;Batal;Perihal;Petugas;NIK;Telepon"
ROW = (
    "1;setda;05/01/2026;Masuk;Polres Bengkulu;045/12/SETDA;Sangat Rahasia;ya;JKS;tidak;"
    "Operasi Senyap;Budi Santoso;1701010101800001;0812-3456-7890"
)
CSV = f"Agenda berita Setda, petugas Budi Santoso\nperiode;2026-01\n{HEADER}\n{ROW}\nJumlah;1{';' * 12}\n"


def received(body: bytes | Iterable[bytes], media_type: str = "text/csv") -> Payload:
    request = {"method": "read", "file": "agenda Budi Santoso.csv", "size_bytes": 1}
    chunks = [body] if isinstance(body, bytes) else body
    return Payload("agenda Budi Santoso.csv", media_type, request, NOW, NOW, None, chunks)


def lines(body: bytes) -> list[dict[str, object]]:
    found = redact.redact(SOURCE, received(body), KEY)
    assert found.payload is not None, found.error
    return [json.loads(line) for line in b"".join(found.payload.chunks).splitlines()]


def test_only_declared_columns_and_tokens_are_kept() -> None:
    record, out = lines(CSV.encode())
    begin = CSV.index(ROW)
    assert record == {
        "place": f"baris 4, byte {begin}-{begin + len(ROW)}",
        "unit": "setda",
        "recorded_on": "05/01/2026",
        "direction": "masuk",
        "sender": redactor._token(KEY[1], "persandian_message.sender:")("polres  BENGKULU"),
        "number": redactor._token(KEY[1], "persandian_message.number:")("045 / 12 / setda"),
        "class": "sangat_rahasia",
        "secured": "ya",
        "secured_by": "jks",
        "void": "tidak",
        "agenda_no": "1",
    }
    assert out == {"declared_out": {"baris jumlah": 1}}


def test_the_manifest_learns_size_and_keyed_hash_of_what_was_received() -> None:
    body = CSV.encode()
    found = redact.redact(SOURCE, received([body[:100], body[100:]]), KEY)
    assert found.payload is not None
    assert b"".join(found.payload.chunks).count(b"\n") == 2
    assert found.received_hmac == hmac.new(KEY[1], b"received:" + body, hashlib.sha256).hexdigest()
    assert (found.received_bytes, found.key_id, found.redactor_version) == (len(body), "k1", redactor.VERSION)
    assert found.described.request == {"method": "read", "size_bytes": 1}
    assert hashlib.sha256(body).hexdigest() not in repr(found)  # an unkeyed hash could be guessed


def test_the_same_file_gives_the_same_bytes() -> None:
    first, second = (redact.redact(SOURCE, received(CSV.encode()), KEY).payload for _ in range(2))
    assert first is not None
    assert second is not None
    assert b"".join(first.chunks) == b"".join(second.chunks)


SPOILT = {
    "2,02610E+17": "(nomor terpotong)", "2E+17": "(nomor terpotong)", "202610050000000000": "(nomor terpotong)",
    "2026-10-01": "(nomor menjadi tanggal)", "Okt-26": "(nomor menjadi tanggal)", "05-Okt": "(nomor menjadi tanggal)",
    "1,1": "(nomor menjadi pecahan)", "#N/A": "(galat)", "#REF!": "(galat)", "=A1": "(rumus)",
}  # fmt: skip


@pytest.mark.parametrize("text", ["nihil", "–", "0", "x", "?", "n/a", "NA", "null", "belum ada", "Menyusul", *SPOILT])
def test_no_token_stands_for_nothing_or_for_what_a_spreadsheet_has_spoilt(text: str) -> None:
    record, _ = lines(CSV.replace(";Polres Bengkulu;", f";{text};").encode())
    assert record["sender"] == SPOILT.get(text)


@pytest.mark.parametrize("text", ["001", "1", "1.1", "01/10/2026", "2026100500000001", "1E5", "0/1", "Tidak 5"])
def test_what_may_be_a_number_as_the_office_wrote_it_becomes_a_token(text: str) -> None:
    record, _ = lines(CSV.replace(";Polres Bengkulu;", f";{text};").encode())
    assert TOKEN.fullmatch(str(record["sender"]))


@given(st.text(max_size=12) | st.text(st.characters(codec="ascii"), max_size=12))
def test_a_normalised_number_stays_as_it_is(text: str) -> None:
    once = redactor.normalised(text)
    assert redactor.normalised(once) == once
    if text.isascii():  # elsewhere some letters have no other case that comes back
        assert redactor.normalised(f" \u200b{text.swapcase()} ") == once


NUMBER = st.from_regex(r"[0-9A-Z]{1,5}([/.-][0-9A-Z]{1,5}){0,3}", fullmatch=True)


@given(NUMBER, NUMBER)
def test_two_different_numbers_have_two_tokens(one: str, other: str) -> None:
    turn = redactor._token(KEY[1], "persandian_message.number:")
    tokens = turn(one), turn(other)
    assert one == other or tokens[0] != tokens[1] or not TOKEN.fullmatch(str(tokens[0]))


@pytest.mark.parametrize("codec", ["utf-16", "cp1252"])
def test_the_child_reads_three_encodings(codec: str) -> None:
    said = "encoding;windows-1252\n" if codec == "cp1252" else ""
    record, _ = lines((said + CSV.replace("Polres", "Polrés")).encode(codec))
    assert record["sender"] == redactor._token(KEY[1], "persandian_message.sender:")("polrés bengkulu")


def test_another_key_gives_other_tokens() -> None:
    found = redact.redact(SOURCE, received(CSV.encode()), ("k2", bytes(32))).payload
    assert found is not None
    assert json.loads(next(iter(found.chunks)).splitlines()[0])["sender"] != lines(CSV.encode())[0]["sender"]


def test_what_is_kept_is_read_as_a_register(tmp_path: Path) -> None:
    payload = redact.redact(SOURCE, received(CSV.encode()), KEY).payload
    assert payload is not None
    pieces = list(folder.read(kept(tmp_path, payload), JANUARY, columns=SOURCE.columns))
    (row,) = table(iter(pieces)).to_pylist()
    assert (row["unit"], row["agenda_no"], row["class"]) == ("setda", "1", "sangat_rahasia")
    assert pieces[-1].declared_out == {"baris jumlah": 1}


SHIFTED = (
    "Budi Santoso;Budi Santoso;Budi Santoso;Operasi Senyap;;;0812-3456-7890;1701010101800001;Budi Santoso;"
    "Polres Bengkulu;;;;"
)


def test_a_value_in_the_wrong_column_is_hidden() -> None:
    record = lines(CSV.replace(ROW, SHIFTED).encode())[0]
    hidden = ("agenda_no", "unit", "recorded_on", "direction", "class", "secured", "secured_by", "void")
    assert {record[name] for name in hidden} == {redactor.HIDDEN}
    assert record["sender"] is record["number"] is None


@pytest.mark.parametrize("unit", ["1701010101800001", "unit_1701010", "Budi", "budi.santoso", "a" * 41, "budi santoso"])
def test_a_unit_is_an_id_and_nothing_else(unit: str) -> None:
    assert lines(CSV.replace(";setda;", f";{unit};").encode())[0]["unit"] == redactor.HIDDEN


def test_a_wrong_value_of_the_right_shape_stays_to_be_named() -> None:
    record = lines(CSV.replace("05/01/2026", "31/02/2026").encode())[0]
    assert record["recorded_on"] == "31/02/2026"


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Budi Santoso"
    for line in CSV.splitlines():
        sheet.append(line.split(";"))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


BAD = {
    "encoding": CSV.encode() + b"2;setda;Budi Santoso\xff;",
    "truncated": CSV.encode() + b'2;setda;"Budi Santoso',
    "ragged": CSV.encode() + (ROW + ";Budi Santoso\n").encode(),
    "no_header": b"Budi Santoso;Operasi Senyap\n",
    "missing_column": CSV.replace("Batal", "Budi Santoso").encode(),
    "html": b"<html>Budi Santoso</html>",
    "empty": b"",
    "broken_workbook": workbook()[:-100],
}


@pytest.mark.parametrize(("code", "body"), BAD.items())
def test_a_failure_keeps_hash_size_and_code_alone(code: str, body: bytes) -> None:
    found = redact.redact(SOURCE, received(body), KEY)
    assert found.payload is None
    assert found.error_code == code
    assert found.received_bytes == len(body)
    assert not [word for word in PERSONAL if word in repr(found)]


def test_a_hung_or_killed_child_is_a_failure_without_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redact, "WALL_SECONDS", 0.001)
    found = redact.redact(SOURCE, received(CSV.encode() * 1000), KEY)
    assert (found.payload, found.error_code) == (None, "redact_killed")


def test_the_child_is_capped() -> None:
    program = (
        "import resource; from iku_etl.stages.land import redactor; hard = resource.getrlimit(resource.RLIMIT_CORE)[1];"
        "resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)); redactor._cap();"  # as where dumps are allowed
        "print(*[resource.getrlimit(x)[0] for x in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.split() == [str(redactor.MEMORY_BYTES), str(redactor.CPU_SECONDS), "0"]


def test_memory_over_the_cap_is_named() -> None:
    """One quoted cell after another makes a record that does not fit."""
    program = (
        "import sys; from iku_etl.stages.land import redactor; from iku_etl.connectors.registers import rows\n"
        "redactor.redact = lambda *_: bytearray(2**30)\n"
        "import os; r, w = os.pipe(); os.write(w, b'{\"columns\": []}'); os.close(w); sys.argv[1:] = [str(r)]\n"
        "sys.exit(redactor.main())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert json.loads(done.stderr)["code"] == "redact_memory"


def test_nothing_personal_is_anywhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    store = Store(tmp_path / "raw", 10**9, 0)
    store.folder.mkdir()
    said = ""
    for number, body in enumerate((CSV.encode(), workbook(), CSV.replace(ROW, SHIFTED).encode(), *BAD.values()), 1):
        found = redact.redact(SOURCE, received(body), KEY)
        said += repr(found)
        if found.payload is not None:
            store.land(found.payload, number)
    said += caplog.text + "".join(capfd.readouterr())
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 3
    for text in (said, *(path.read_text() for path in files), *(path.name for path in files)):
        assert not [word for word in (*PERSONAL, "Budi", "Senyap", KEY[1].hex()) if word in text]


def test_the_key_is_neither_argument_nor_environment_of_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    started = {}
    real = subprocess.Popen

    def watch(arguments: list[str], **options: object) -> object:
        started.update(arguments=arguments, env=options["env"])
        return real(arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(redact.subprocess, "Popen", watch)
    lines(CSV.encode())
    assert started["arguments"][-2] == str(redact.CHILD)
    assert KEY[1].hex() not in str(started)


def test_trouble_of_the_payloads_own_stream_passes_through() -> None:
    def chunks() -> Iterable[bytes]:
        yield b"a"
        raise TransientError("berubah saat dibaca")

    with pytest.raises(TransientError):
        redact.redact(SOURCE, received(chunks()), KEY)


@pytest.mark.parametrize(
    "column",
    [
        Column("sender", Text, comment="x"),  # the source's own class: personal
        Column("note", Text, comment="x", info={"privacy": "public"}),  # any text would pass
    ],
)
def test_a_declaration_that_would_keep_clear_text_is_refused(column: Column[str]) -> None:
    with pytest.raises(DeclarationError):
        redact.redact(replace(SOURCE, columns=(column,)), received(CSV.encode()), KEY)


def test_a_long_register_is_stripped_in_bounded_memory(tmp_path: Path) -> None:
    rows = 30_000
    body = (HEADER + "\n" + (ROW + "\n") * rows).encode()
    payload = redact.redact(SOURCE, received(body), KEY).payload
    assert payload is not None
    assert sum(chunk.count(b"\n") for chunk in payload.chunks) == rows
    assert os.listdir(tmp_path) == []


def test_a_hidden_sheet_is_counted() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    other = book.create_sheet("Operasi Senyap")
    other.append(["Budi Santoso"])
    other.sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    *_, out = lines(stream.getvalue())
    assert out == {"declared_out": {"baris jumlah": 1, "lembar tersembunyi": 1}}


CRASH = (
    "import sys; from iku_etl.stages.land import redactor\n"
    "def crash(*_): raise {kind}('Budi Santoso 1701010101800001')\n"
    "redactor.redact = crash\n"
    "import os; r, w = os.pipe(); os.write(w, b'{{\"columns\": []}}'); os.close(w); sys.argv[1:] = [str(r)]\n"
    "sys.exit(redactor.main())"
)


@pytest.mark.parametrize("kind", ["ValueError", "KeyError", "UnicodeDecodeErrorLike", "SystemExit"])
def test_of_a_crash_only_its_kind_leaves_the_child(kind: str) -> None:
    """What an exception says may hold a cell: neither its text nor a traceback is told."""
    program = "class UnicodeDecodeErrorLike(BaseException): pass\n" + CRASH.format(kind=kind)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert json.loads(done.stderr) == {"code": "redact_crash", "message": f"Peredaksi gagal ({kind})."}


@pytest.mark.parametrize(
    "said", [b"Traceback: Budi Santoso", b'"Budi Santoso"', b'{"code": "Budi Santoso"}', b"", b"\xff"]
)
def test_what_else_the_child_wrote_is_told_to_nobody(said: bytes) -> None:
    code, message = redact._why(said, -9)
    assert code == "redact_killed"
    assert "Budi" not in message
    assert "-9" in message


@pytest.mark.parametrize(
    ("number", "is_kept"),
    [("1", True), ("999999999", True), ("1234567890", False), ("1701010101800001", False), ("0812345678901", False)],
)
def test_a_number_as_long_as_a_persons_is_hidden(number: str, is_kept: bool) -> None:
    """An agenda has no ten digits; a NIK has 16, a telephone 10 to 13."""
    record = lines(CSV.replace("\n1;", f"\n{number};").encode())[0]
    assert record["agenda_no"] == (number if is_kept else redactor.HIDDEN)


def test_an_access_log_is_stripped_before_it_lands_though_its_source_has_no_personal_column() -> None:
    visits = catalogue.source("web_visits")
    assert not visits.is_redacted
    assert redact.is_due(visits, received(b"", weblog.MEDIA_TYPE))
    assert not redact.is_due(visits, received(b"", "application/json"))
    assert redact.is_due(SOURCE, received(b"", "text/csv"))


# ---------------------------------------------------------------- several tables, hidden and merged


def typed(*sheets: tuple[str, str, list[str]], hidden: int | None = None, merged: str | None = None) -> bytes:
    """A workbook with a sheet per title, month and rows; row `hidden` of the first is hidden."""
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for title, month, records in sheets:
        sheet = book.create_sheet(title)
        for line in (f"periode;{month}", HEADER, *records):
            sheet.append(line.split(";"))
    if hidden:
        book.worksheets[0].row_dimensions[hidden].hidden = True
    if merged:
        book.worksheets[0].merge_cells(merged)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def read_as(tmp_path: Path, body: bytes, month: int = 1) -> list[Rows]:
    found = redact.redact(SOURCE, received(body), KEY)
    assert found.payload is not None, found.error
    payload = kept(tmp_path, found.payload)
    assert not [word for word in PERSONAL if word in payload.path.read_text()]
    window = window_at("month", date(2026, month, 1), ZONE)
    return list(folder.read(payload, window, columns=SOURCE.columns))


def test_of_several_months_in_one_workbook_only_the_windows_own_counts(tmp_path: Path) -> None:
    other = ROW.replace("05/01/2026", "05/02/2026").replace("1;setda", "7;setda")
    january = [ROW, "Jumlah;1" + ";" * 12]
    body = typed(("Budi Santoso", "2026-01", january), ("Operasi Senyap", "2026-02", [other, other]))
    for month, numbers, left in ((1, ["1"], 2), (2, ["7", "7"], 1)):
        found = read_as(tmp_path, body, month)
        assert table(iter(found))["agenda_no"].to_pylist() == numbers
        assert sum(piece.declared_out.get(folder.OTHER_MONTH, 0) for piece in found) == left
    assert sum(piece.declared_out.get("baris jumlah", 0) for piece in found) == 1


def test_a_hidden_row_of_a_personal_register_is_not_observed(tmp_path: Path) -> None:
    found = read_as(tmp_path, typed(("Agenda", "2026-01", [ROW, ROW]), hidden=4))
    assert table(iter(found))["agenda_no"].to_pylist() == ["1"]
    assert [one.place for piece in found for one in piece.unobserved] == ["lembar 1!4"]


def test_a_merged_number_of_a_personal_register_is_hidden_and_a_merged_text_stands_for_all(tmp_path: Path) -> None:
    rest = ROW.replace("1;setda", ";", 1)
    found = read_as(tmp_path, typed(("Agenda", "2026-01", [ROW, rest]), merged="B3:B4"))
    assert table(iter(found))["unit"].to_pylist() == ["setda", "setda"]
    found = read_as(tmp_path, typed(("Agenda", "2026-01", [ROW, rest.replace(";;", ";setda;", 1)]), merged="A3:A4"))
    assert table(iter(found))["agenda_no"].to_pylist() == [redactor.HIDDEN, redactor.HIDDEN]


@pytest.mark.parametrize(("value", "is_refused"), [("email_sandi", True), ("0812-3456-7890", False), ("-", False)])
def test_a_column_that_nobody_declared_stops_the_file_only_if_it_could_be_one_that_is_missing(
    value: str, is_refused: bool
) -> None:
    body = CSV.replace("Sarana", "Budi Santoso").replace("JKS", value).encode()
    found = redact.redact(SOURCE, received(body), KEY)
    assert (found.payload is None) is is_refused
    if found.payload is not None:
        assert b"".join(found.payload.chunks).count(b"\n") == 2
    else:
        assert found.error_code == "unknown_heading"
        assert "judul pada kolom ke-9 tidak dikenal dan berisi" in str(found.error)
        assert not [word for word in (*PERSONAL, value) if word in repr(found)]


def test_the_file_is_named_by_the_hash_of_its_name_alone() -> None:
    for name, shown in (("berkas #ab12cd", {"file": "berkas #ab12cd"}), ("berkas #ab12cd Budi Santoso", {})):
        payload = replace(received(b""), request={"file": name, "size_bytes": 1})
        assert redact.redact(SOURCE, payload, KEY).described.request == {**shown, "size_bytes": 1}


def test_what_openpyxl_warns_of_hides_no_cause() -> None:
    book = openpyxl.load_workbook(io.BytesIO(typed(("Agenda", "2026-01", [ROW]))))
    sheet = book.worksheets[0]
    sheet["C3"] = 10**9
    sheet["C3"].number_format = "yyyy-mm-dd"  # outside the calendar: a warning that shows the value
    sheet.append(["x"] * 20)
    stream = io.BytesIO()
    book.save(stream)
    assert redact.redact(SOURCE, received(stream.getvalue()), KEY).error_code == "ragged"


# ---------------------------------------------------------------- a register that names no person by its declaration

OPEN = replace(catalogue.source("public_area"), free_of_personal_data="")
AREAS = (
    b"posisi_per;2026-01-31\n"
    b"ID lokasi;Nama lokasi;ID titik;Dikelola dinas;Dalam pemantauan;Terakhir terlihat;"
    b"Pengendali terakhir melapor;NIK;Budi Santoso;Nomor HP\n"
    b"a1;Taman Budi;t1;ya;mungkin;;;1701010101800001;x;0812-3456-7890\n"
    b"a2;1701010101800001;t1;ya;ya;;;1701010101800001;x;0812-3456-7890\n"
)


def test_what_a_register_does_not_declare_is_stripped_and_its_safe_headings_are_said() -> None:
    payload = received(AREAS)
    assert redact.is_due(OPEN, payload)
    found = redact.redact(OPEN, payload, KEY)
    assert found.payload is not None, found.error
    content = b"".join(found.payload.chunks)
    for gone in (b"1701010101800001", b"0812", b"Santoso"):
        assert gone not in content
    first, second, said = (json.loads(line) for line in content.splitlines())
    assert (first["area_name"], first["in_monitoring"]) == ("Taman Budi", "mungkin")  # as it stands, to be quoted
    assert second["area_name"] == "(serupa NIK)"
    assert said == {"stripped": ["NIK", "Nomor HP", "1 kolom lain"]}
    assert found.described.name == payload.name  # its file is named in messages as ever


def test_an_owner_who_declares_a_register_free_of_persons_keeps_it_whole() -> None:
    assert not redact.is_due(replace(OPEN, free_of_personal_data="tempat saja"), received(AREAS))
    assert not redact.is_due(OPEN, received(b"[]", "application/json"))  # what a system answers was asked for
    assert redact.is_due(replace(SOURCE, free_of_personal_data="tidak benar"), received(AREAS))
