"""Redaction: what is personal in a register reaches neither what is kept nor any message."""

import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import JANUARY, kept, table
from redact_kit import CSV, KEY, ROW, SHIFTED, SOURCE, lines, received

from iku_etl import catalogue
from iku_etl.connectors.registers import folder
from iku_etl.records.identity import TOKEN
from iku_etl.stages.land import redact, redactor


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
