"""What looks like the number of a person, and what is only long."""

import pyarrow as pa
import pytest

from iku_etl.records.nik import MARK, holds_nik
from iku_etl.records.texts import without_nik


@pytest.mark.parametrize(
    "text",
    [
        "1701010101800001", "1701014101800001", "NIK: 1701010101800001.", "17 01 01 010180 0001", "1701-0101-0180-0001",
        "1701010101800000",  # Excel keeps 15 digits
        "\uff11701010101800001", "pemohon 1701010101800001, 0812-3456-7890",
    ],
)  # fmt: skip
def test_a_place_and_a_day_of_birth_are_a_person(text: str) -> None:
    assert holds_nik(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "1701", "17.01.01.2001", "2026100500000001", "1701013201800001", "1701017201800001", "1701010113800001",
        "9901010101800001", "17010101018000012", "0812-3456-7890", "1.234.567.890.123.456", "197001012000011001",
        "045/12/SETDA/2026",
    ],
)  # fmt: skip
def test_other_numbers_are_none(text: str) -> None:
    assert not holds_nik(text)


def test_a_cell_that_holds_one_becomes_null_and_nothing_said_of_it_holds_it() -> None:
    cells = pa.array(["Lebong", None, " 1701010101800001", MARK, "2026100500000001"])
    left, found = without_nik(cells)
    assert left.to_pylist() == ["Lebong", None, None, None, "2026100500000001"]
    assert [cell.index for cell in found] == [2, 3]
    assert "1701010101800001" not in repr(found)
