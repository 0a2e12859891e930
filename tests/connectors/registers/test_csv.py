"""Register files as CSV: encodings, delimiters, places in the file's own bytes, and what is refused."""

import io
import time
from datetime import date
from pathlib import Path

import pytest
from loopback import table
from register_kit import pieces, read

from iku_etl.connectors.registers import encoding, opening, rows
from iku_etl.errors import ContractError


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_csv_file_with_titles_totals_and_quotes(tmp_path: Path, bom: bytes, delimiter: str, line_end: str) -> None:
    lines = (
        "posisi_per|2026-01-31",
        "Daftar situs, contoh".replace(delimiter, " "),
        "",
        "Nama\u00a0situs|JUMLAH_KUNJUNGAN|share|catatan|managed_from|is_open",
        f'"a{delimiter} ""b""{line_end}c"|1.234|-|x||',
        "",
        "d|2||||",
        "Nama\u00a0situs|JUMLAH_KUNJUNGAN|share|catatan|managed_from|is_open",
        "Jumlah|3||||",
    )
    body = bom + line_end.join(line.replace("|", delimiter) for line in lines).encode()
    found = pieces(tmp_path, body)
    assert table(iter(found)).select(["site", "count", "share", "catatan"]).to_pylist() == [
        {"site": f'a{delimiter} "b"{line_end}c', "count": "1.234", "share": "-", "catatan": "x"},  # not guessed
        {"site": "d", "count": "2", "share": None, "catatan": None},
    ]
    assert found[-1].declared_out == {rows.TOTAL_ROW: 1, rows.HEADER_AGAIN: 1}
    places = table(iter(found))["place"].to_pylist()
    assert places[0].startswith("baris 5, byte ")
    assert places[1].startswith("baris 8, byte ")
    begin, end = map(int, places[1].split("byte ")[1].split("-"))
    assert body[begin:end].decode() == delimiter.join(("d", "2", "", "", "", ""))


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("codec", "mark", "declared"),
    [
        ("utf-8", b"", False), ("utf-8", b"", True), ("utf-8", b"\xef\xbb\xbf", False),
        ("utf-8", b"\xef\xbb\xbf", True),  # the mark decides
        ("utf-16-le", b"\xff\xfe", False), ("utf-16-be", b"\xfe\xff", False), ("cp1252", b"", True),
    ],
)  # fmt: skip
def test_three_encodings_are_read_and_a_place_is_the_files_own_bytes(
    tmp_path: Path, codec: str, mark: bytes, declared: bool, line_end: str
) -> None:
    said = {"cp1252": "windows-1252"}.get(codec, "windows-1252" if mark else "UTF-8")
    lines = [f"encoding;{said}"] * declared
    lines += ["posisi_per;31 Januari 2026", "site;count", "Café\u00a0“A”;1", f'"x{line_end}–";2', ""]
    body = mark + line_end.join(lines).encode(codec)
    found = table(iter(pieces(tmp_path, body)))
    assert found["site"].to_pylist() == ["Café\u00a0“A”", f"x{line_end}–"]
    for place, record in zip(found["place"].to_pylist(), ("Café\u00a0“A”;1", f'"x{line_end}–";2'), strict=True):
        begin, end = map(int, place.split("byte ")[1].split("-"))
        assert body[begin:end].decode(codec) == record
    assert opening.opening(io.BytesIO(body)).positions == (date(2026, 1, 31),)


def test_in_utf_16_a_line_ends_only_at_a_whole_character(tmp_path: Path) -> None:
    ends = "\u0a00\u000a".encode("utf-16-be")  # GURMUKHI block: 0A 00, then the line feed 00 0A
    assert ends == b"\x0a\x00\x00\x0a"
    many = "".join(f"a\u0a05{number},{number}\n" for number in range(20_000))  # across many reads
    for name, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
        found = read(tmp_path, mark + f"site,count\n\u0a05\u0a0a,1\n{many}".encode(name))
        assert [found[0]["site"], found[-1]["site"], len(found)] == ["\u0a05\u0a0a", "a\u0a0519999", 20_001]


def test_a_line_without_an_end_is_refused_in_utf_16_too(tmp_path: Path) -> None:
    with pytest.raises(ContractError) as caught:
        read(tmp_path, "site,count\n".encode("utf-16") + "x".encode("utf-16-le") * encoding.LINE_BYTES)
    assert caught.value.code == "long_line"


def test_a_column_may_stand_before_the_header(tmp_path: Path) -> None:
    assert read(tmp_path, b"Nama situs:,dinkes\nis_open,ya\ncount,share,managed_from\n1,2,2026-01-01\n") == [
        {
            "place": "baris 4, byte 55-69",
            "count": "1",
            "share": "2",
            "managed_from": "2026-01-01",
            "site": "dinkes",
            "is_open": "ya",
        }
    ]


def test_a_file_with_a_header_alone_has_its_columns_and_no_rows(tmp_path: Path) -> None:
    found = table(iter(pieces(tmp_path, b"site,count\n")))
    assert (found.num_rows, found.column_names) == (0, ["place", "site", "count"])


HEADER = b"site,count\na,1\n"


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"", "empty", "kosong"),
        (b"\xef\xbb\xbf \r\n", "empty", "kosong"),
        (b"<!DOCTYPE html><html>login</html>", "html", "halaman web"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old_or_locked", "kata sandi"),
        (HEADER + b"caf\xe9,2\n", "encoding", "baris 3, byte 18:"),
        (HEADER + b"caf\xc3", "encoding", "byte 18:"),
        ("site,count\na,1\n".encode("utf-16-le"), "encoding", "byte 1: tampaknya UTF-16"),  # but never guessed
        ("site,count\na,1\nb".encode("utf-16") + b"c", "encoding", "baris 3, byte 34: bukan UTF-16"),
        ("site,count\n\ud83d,1\n".encode("utf-16", "surrogatepass"), "encoding", "baris 2, byte 24"),
        (b"\xff\xfe", "empty", "kosong"),
        (b"encoding,windows-1252\nsite,count\ncaf\x81,2\n", "encoding", "baris 3, byte 36: bukan windows-1252"),
        (b"encoding,windows-1252\nsite,count\ncaf\xc3\xa9,2\n", "encoding", "isinya UTF-8"),
        (b"encoding,latin-9\nsite,count\na,2\n", "encoding", "tidak dikenal"),
        (HEADER + b"b\0,2\n", "nul", "byte 16:"),
        (HEADER + b'"b,2\n', "truncated", "baris 3, byte 15:"),
        (HEADER + b'"b"x,2\n', "csv", "baris 3, byte 15:"),
        (HEADER + b"b", "truncated", "baris 3, byte 15-16: 1 sel"),
        (HEADER + b"b,2,3\n", "ragged", "3 sel, seharusnya 2"),
        (b"satu,dua\n1,2\n", "no_header", "Nama Situs (site), Jumlah kunjungan (count)"),
        (b"site,count,Nama situs\n", "header_twice", "dua judul untuk kolom Nama Situs (site)"),
        (HEADER + b"x" * (encoding.LINE_BYTES + 1), "long_line", "baris 3"),
        ("site,count\na,1\n".encode("utf-32"), "encoding", "UTF-32"),
        (b"site,count" + b",x" * 1100 + b"\n", "long_row", "baris 1, byte 0: lebih dari 1024 kolom berisi"),
        (b'"site,count"\n"a,1\n', "truncated", "baris 2"),
        (b"\x1f\x8b\x08\0site,count", "file_type", "arsip gzip"),
        (b"%PDF-1.7", "file_type", "PDF"),
        (b"<?xml?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>", "html", "XML Spreadsheet 2003"),
    ],
)
def test_what_is_no_register_is_refused_by_place(tmp_path: Path, body: bytes, code: str, words: str) -> None:
    with pytest.raises(ContractError) as caught:
        read(tmp_path, body)
    assert caught.value.code == code
    assert words in str(caught.value)


def test_a_large_file_is_read_in_bounded_pieces(tmp_path: Path) -> None:
    body = b"site,count\n" + b"".join(b"situs-%07d,%d\n" % (number, number) for number in range(120_000))
    found = pieces(tmp_path, body)
    assert [piece.table.num_rows for piece in found] == [*[10_000] * 12, 0]
    assert found[-2].table["site"][-1].as_py() == "situs-0119999"


@pytest.mark.parametrize("mark", ["", "\ufeff", "\ufeff\ufeff"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le"])
def test_marks_before_the_first_heading_are_no_part_of_it(tmp_path: Path, mark: str, codec: str) -> None:
    mark = mark or ("" if codec == "utf-8" else "\ufeff")
    for heading in ("site", '"site"'):
        (row,) = read(tmp_path, (mark + f"{heading},count\na,1\n").encode(codec))
        assert (row["site"], row["count"]) == ("a", "1")


@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_line_ends_of_old_macintosh_programs(tmp_path: Path, codec: str) -> None:
    body = 'posisi_per,31 Januari 2026\rsite,count\r"a\nb",1\rc,2'.encode(codec)
    found = read(tmp_path, body)
    assert [(row["site"], row["count"]) for row in found] == [("a\nb", "1"), ("c", "2")]
    begin, end = map(int, found[1]["place"].split("byte ")[1].split("-"))
    text = body[begin:end].decode("utf-8" if codec == "utf-8" else "utf-16-le")
    assert text == "c,2"
    assert opening.opening(io.BytesIO(body)).positions == (date(2026, 1, 31),)


def test_a_carriage_return_within_a_long_first_line_ends_no_line(tmp_path: Path) -> None:
    head = b'site,count,"' + b"x" * (encoding.PIECE_BYTES - 14) + b'"'  # the piece that is looked at ends within \r\n
    body = head + b"\r\na,1,\r\nb,2,\r\n"
    assert body[encoding.PIECE_BYTES - 1 : encoding.PIECE_BYTES + 1] == b"\r\n"
    with pytest.raises(ContractError, match=r"tidak dikenal"):
        read(tmp_path, body.replace(b"a,1,", b"a,1,y"))
    assert [row["site"] for row in read(tmp_path, body)] == ["a", "b"]


def test_each_record_may_be_one_quoted_cell(tmp_path: Path) -> None:
    for delimiter in ",;|":
        lines = ("Daftar situs", "site,count", 'a,"1,5"', "", "b,2")
        cells = (line.replace(",", delimiter).replace('"', '""') for line in lines)
        body = "\n".join(f'"{cell}"' if cell else "" for cell in cells).encode()
        found = [(row["site"], row["count"]) for row in read(tmp_path, body)]
        assert found == [("a", f"1{delimiter}5"), ("b", "2")]


LINES = {
    "commas": b"site,count" + b"," * 80_000 + b"\na,1\n",
    "a line of commas": b"," * (encoding.LINE_BYTES - 1) + b"\nsite,count\na,1\n",
    "headings": b"site,count" + b",b" * 1000 + b"\na,1" + b"," * 1000 + b"\n",
    "a position": b"posisi_per " + b"-" * 30_000 + b"x" + b"-" * 60_000 + b"\nsite,count\na,1\n",
    "returns": "site,count\na,1\n".encode("utf-16") + ("\r" * 500_000 + "\n").encode("utf-16-le"),
    "short lines": "site,count\na,1\n".encode("utf-16") + ("\n" * 500_000).encode("utf-16-le"),
}


@pytest.mark.parametrize("kind", LINES)
def test_no_line_takes_longer_than_its_length(tmp_path: Path, kind: str) -> None:
    """A header of 78 kB took 83 seconds: each of these takes one of them on a loaded machine."""
    began = time.process_time()
    assert [row["site"] for row in read(tmp_path, LINES[kind])] == ["a"]
    opening.opening(io.BytesIO(LINES[kind]))
    assert time.process_time() - began < 10
