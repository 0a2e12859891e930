"""The bytes of a record, marked among those around it, whatever kind of file it stands in."""

import hashlib
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from iku_etl.model import KeptPayload
from iku_etl.stages.trace.excerpt import LINE, MARKED, WORKBOOK, Excerpt, excerpt
from iku_etl.stages.trace.pointers import spans


def kept(folder: Path, content: bytes, media_type: str) -> KeptPayload:
    digest = hashlib.sha256(content).hexdigest()
    path = folder / digest
    path.write_bytes(content)
    return KeptPayload(1, "contoh", media_type, digest, len(content), path)


def marked(found: Excerpt) -> str:
    return "\n".join(line.marked for line in found.lines if line.marked)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_record_of_a_table_is_marked_with_its_lines_and_the_headings(tmp_path: Path, codec: str) -> None:
    rows = ["periode;2026-01", "unit;nama", *(f"u{number};Kantor é {number}" for number in range(3, 40))]
    content = "\r\n".join(rows).encode(codec)
    own = rows[19].encode("utf-16-le" if codec == "utf-16" else "utf-8")
    begin = content.index(own)
    found = excerpt(kept(tmp_path, content, "text/csv"), f"baris 20, byte {begin}-{begin + len(own)}")
    assert [line.marked for line in found.lines if line.number == 20] == [rows[19]]
    assert [line.number for line in found.lines] == [1, 2, None, 17, 18, 19, 20, 21, 22, 23]
    assert [line.before for line in found.lines[:2]] == rows[:2]
    assert found.lines[-1].before == rows[22]


def test_a_record_of_several_lines_and_one_that_is_too_long(tmp_path: Path) -> None:
    content = b'a,b\n1,"dua\nbaris"\n2,' + b"x" * 9000 + b"\n"
    begin = content.index(b"1,")
    payload = kept(tmp_path, content, "text/csv")
    assert marked(excerpt(payload, f"baris 2, byte {begin}-{content.index(b'2,')}")) == '1,"dua\nbaris"'
    long = excerpt(payload, f"baris 4, byte {content.index(b'2,')}-{len(content) - 1}")
    assert long.is_cut
    assert len(marked(long)) == MARKED


def test_what_nobody_sees_is_written_out(tmp_path: Path) -> None:
    content = "a\x1b[31m\u202eb\x00".encode() + b"\xff,<script>"
    found = excerpt(kept(tmp_path, content, "text/csv"), f"baris 1, byte 0-{len(content)}")
    assert marked(found) == r"a\x1b[31m\u202eb\x00\xff,<script>"


def test_a_redacted_record_is_found_by_the_place_it_had(tmp_path: Path) -> None:
    lines = [json.dumps({"place": f"baris {number}, byte {number}-{number + 9}"}) for number in range(5, 60)]
    found = excerpt(kept(tmp_path, "\n".join(lines).encode(), "application/x-ndjson"), "baris 30, byte 30-39")
    (line,) = (one for one in found.lines if one.marked)
    assert (line.number, line.marked) == (26, lines[25])
    assert found.lines[0].number == 1


def test_lines_of_a_range_are_told_from_both_ends(tmp_path: Path) -> None:
    content = "\n".join(f'{{"t":{number}}}' for number in range(1, 500)).encode()
    found = excerpt(kept(tmp_path, content, "application/x-ndjson;profile=access-log"), "baris 2-499")
    assert [line.number for line in found.lines] == [1, 2, 3, 4, None, 497, 498, 499]
    assert found.end == len(content)


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("/a/1/b~1c", "é"), ("/a/0", {"x": [1, {}]}), ("/z~0", None), ("", ...), ("/a/1", {"b/c": "é"})],
)
def test_a_value_is_marked_by_its_pointer(tmp_path: Path, pointer: str, value: Any) -> None:
    body = {"a": [{"x": [1, {}]}, {"b/c": "é"}], "z~": None, "lain": "é" * 3000}
    text = json.dumps(body, ensure_ascii=False, indent=1)
    found = excerpt(kept(tmp_path, text.encode(), "application/json;profile=x"), pointer or "/")
    content = text.encode()[found.begin : found.end].decode()
    assert json.loads(content) == (body if value is ... else value)
    assert pointer == "" or marked(found).replace("\n", "") == content.replace("\n", "")


def test_what_a_far_value_lies_in_is_told(tmp_path: Path) -> None:
    body = {"data": {"result": [{"metric": {"situs": "a"}, "values": list(range(5000))}]}}
    found = excerpt(kept(tmp_path, json.dumps(body).encode(), "application/json"), "/data/result/0/values/4900")
    assert marked(found) == "4900"
    assert [pointer for pointer, _ in found.enclosing] == ["/", "/data", "/data/result", *(
        "/data/result/0", "/data/result/0/values")]  # fmt: skip
    assert '"situs": "a"' in dict(found.enclosing)["/data/result/0"]
    assert sum(len(line.before + line.after) for line in found.lines) < 2 * LINE


@pytest.mark.parametrize("pointer", ["/a/5", "/b", "/a/x", "/a/0/b", "/"])
def test_a_pointer_to_nothing_is_no_place(pointer: str) -> None:
    with pytest.raises(ValueError, match=r"not in|nothing lies"):
        spans('{"a": [1, 2]}', pointer)


@pytest.mark.parametrize("content", [b"{", b"", b"[" * 200_000, b'{"a": tru}'])
def test_bytes_that_are_no_json_are_shown_without_a_mark(tmp_path: Path, content: bytes) -> None:
    found = excerpt(kept(tmp_path, content, "application/json"), "/a")
    assert not found.is_found


def test_a_row_of_a_sheet_is_marked_among_its_neighbours(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Daftar"
    for number in range(1, 30):
        book.active.append([number, f"Kantor {number}"])
    book.save(tmp_path / "asal.xlsx")
    payload = kept(tmp_path, (tmp_path / "asal.xlsx").read_bytes(), WORKBOOK)
    for place in ("Daftar!14", "lembar 1!14"):
        found = excerpt(payload, place)
        assert [row.number for row in found.rows] == [1, 2, 3, 11, 12, 13, 14, 15, 16, 17]
        assert [row.cells for row in found.rows if row.is_marked] == [("14", "Kantor 14")]
    assert not excerpt(payload, "Lain!14").is_found
