"""The capped child: what fails leaves hash, size and code alone; nothing personal gets out of it."""

import io
import json
import logging
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from redact_kit import CSV, HEADER, KEY, PERSONAL, ROW, SHIFTED, SOURCE, lines, received
from sqlalchemy import Column, Text

from iku_etl import catalogue
from iku_etl.connectors.visits import weblog
from iku_etl.errors import DeclarationError, TransientError
from iku_etl.stages.land import redact, redactor
from iku_etl.stages.land.store import Store


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


def test_a_missing_column_is_said_as_the_form_calls_it() -> None:
    found = redact.redact(SOURCE, received(BAD["missing_column"]), KEY)
    assert found.error == "Kolom tidak ada: Batal (void)."


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
        return real(arguments, **options)

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


def test_a_child_that_never_began_is_no_fault_of_the_file() -> None:
    code, message = redact._why(b"ModuleNotFoundError: No module named 'Budi'", 1)
    assert code == "redact_broken"
    assert "Budi" not in message
    assert "pemasangan" in message


def test_the_child_finds_the_package_where_it_is_not_installed(tmp_path: Path) -> None:
    """In a container the checkout is on PYTHONPATH, of which `-I` hears nothing; `-S` reads no .pth of ours."""
    program = f"import sys; sys.path.append({sysconfig.get_path('purelib')!r}); {redact.START}"
    reading, writing = os.pipe()
    os.write(writing, redact._spec(SOURCE, KEY[1]))
    os.close(writing)
    (tmp_path / "received").write_text(CSV, encoding="utf-8")
    where = (redact.CHILD.parents[3], redact.CHILD, str(reading))
    with (tmp_path / "received").open("rb") as received_file:
        done = subprocess.run(
            [sys.executable, "-S", "-I", "-X", "utf8", "-c", program, *where],
            stdin=received_file, capture_output=True, pass_fds=(reading,), cwd=tmp_path, check=False,
        )  # fmt: skip
    os.close(reading)
    assert done.returncode == 0, done.stderr
    assert done.stdout


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
