"""Files as the world sends them: each is a small copy of one that somebody reported, with what is right about it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from loopback import ZONE, kept_bytes, table

from iku_etl import catalogue
from iku_etl.connectors.registers import folder, opening
from iku_etl.connectors.registers.folder import Rows
from iku_etl.errors import ContractError
from iku_etl.window import window_named

CASES = Path(__file__).parent / "cases"
LINK = {"integration": "INT-01", "end_a": "a1", "end_b": "b1", "method": "data", "active_from": "2024-02-01"}


def pieces(tmp_path: Path, case: str, source: str, label: str) -> Iterator[Rows]:
    (path,) = CASES.glob(f"{case}.*")
    payload = kept_bytes(tmp_path, path.read_bytes(), folder.MEDIA_TYPES[path.suffix])
    window = window_named("month", label, ZONE)
    return folder.read(payload, window, columns=catalogue.source(source).columns)


def records(tmp_path: Path, case: str, source: str = "app_integration", label: str = "2026-10") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table(pieces(tmp_path, case, source, label)).to_pylist()
    return rows


def opened(case: str) -> opening.Opening:
    (path,) = CASES.glob(f"{case}.*")
    with path.open("rb") as stream:
        return opening.opening(stream)


@pytest.mark.parametrize(
    ("case", "label", "ended", "evidence"),
    [
        ("r03", "2026-01", "2025-12-31", "Log 1"),  # a zero-width space in an optional heading
        ("r04", "2026-01", None, "Log 1"),  # and in a required one
        ("r06", "2026-10", "2026-10-31", "Log 1"),  # two byte order marks
        ("r07", "2026-01", "2025-12-31", "Log 1"),  # a soft hyphen
        ("r08", "2026-01", None, "Log 1"),  # line ends of old Macintosh programs
        ("r09", "2026-01", None, "Log 1"),  # separated by |
        ("r10", "2026-10", "2026-10-31", "Log 1"),  # "Unicode Text" of Excel, .txt
        ("r12", "2026-10", "2026-10-31", "Log 1"),  # sep=;
        ("r13", "2026-10", "2026-10-31", "Log 1"),  # each record is one quoted cell
        ("r14", "2026-10", None, "Log\u2028lanjutan"),
        ("x02", "2026-10", "2026-10-31", "Log 1"),  # a prefix before each element
        ("x03", "2026-10", "2026-10-31", "Log 1"),  # cells and rows without their places
        ("x04", "2026-10", "2026-10-31", "Log 1"),  # parts named with backslashes
        ("x09", "2026-10", "2026-10-31", "Log 1"),  # dates as ISO texts
        ("x10", "2026-10", "2026-10-31", "Log 1"),  # days counted from 1904
    ],
)
def test_it_is_read(tmp_path: Path, case: str, label: str, ended: str | None, evidence: str) -> None:
    (row,) = records(tmp_path, case, label=label)
    days = {name: text and text.removesuffix("T00:00:00") for name, text in row.items()}  # of a date cell
    assert {name: days[name] for name in LINK} == LINK
    assert (days["active_to"], row["evidence"]) == (ended, evidence)
    assert opened(case).positions


def test_two_marks_before_the_period(tmp_path: Path) -> None:
    (row,) = records(tmp_path, "r06b", "app_usage")
    assert (row["opd"], row["used_on"], opened("r06b").periods) == ("dinkes", "05/10/2026", ("2026-10",))


@pytest.mark.parametrize(
    ("case", "code", "words"),
    [
        ("r05", "unknown_heading", 'judul "Aktif s.d." pada kolom ke-6 tidak dikenal dan berisi, padahal kolom "aktif'),
        ("r16", "encoding", "tampaknya UTF-16 tanpa tanda urutan byte"),
        ("x01", "strict_workbook", "Strict Open XML"),
        ("x08", "broken_workbook", "teks sel (sharedStrings) tidak ada"),
        ("x11", "html", "halaman web"),
        ("x12", "old_or_locked", ".xls lama atau bersandi"),
        ("x13", "broken_workbook", "rusak atau terpotong"),
    ],
)
def test_it_is_refused_with_its_cause(tmp_path: Path, case: str, code: str, words: str) -> None:
    with pytest.raises(ContractError) as caught:
        records(tmp_path, case, label="2026-01" if case == "r05" else "2026-10")
    assert caught.value.code == code
    assert words in str(caught.value)
    said = opened(case)
    assert code in ("unknown_heading", "encoding") or (said.problem, said.code) == (str(caught.value), code)


def test_a_hidden_row_is_not_observed_and_named(tmp_path: Path) -> None:
    *_, last = found = list(pieces(tmp_path, "x06", "app_integration", "2026-10"))
    assert table(iter(found))["integration"].to_pylist() == ["INT-01"]
    (said,) = last.unobserved
    assert (said.place, said.sentence.startswith("Sheet1!4: baris tersembunyi")) == ("Sheet1!4", True)


def test_the_sheet_of_another_month_is_left_out_and_counted(tmp_path: Path) -> None:
    for label, integration in (("2026-10", "INT-01"), ("2026-09", "INT-99")):
        found = list(pieces(tmp_path, "x15", "app_integration", label))
        assert table(iter(found))["integration"].to_pylist() == [integration]
        assert [dict(piece.declared_out) for piece in found if piece.declared_out] == [{folder.OTHER_MONTH: 1}]


def test_a_merged_cell_stands_for_all_its_rows(tmp_path: Path) -> None:
    rows = records(tmp_path, "x17", "app_usage")
    assert [(row["opd"], row["application"]) for row in rows] == [(("dinkes"), f"app{n}") for n in range(3)]
