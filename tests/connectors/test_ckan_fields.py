"""What a dataset says of itself, however its portal writes it; what can't be told is not observed."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from loopback import JANUARY, kept_bytes

from iku_etl.connectors import ckan
from iku_etl.model import Rows

Json = dict[str, Any]


def dataset(number: int, **more: Any) -> Json:
    return {
        "id": f"id-{number}", "name": f"data-{number:04}", "private": False, "state": "active", "notes": "Jumlah.",
        "metadata_created": "2026-01-10T03:00:00.123456", "resources": [{"id": "r"}], **more,
    }  # fmt: skip


def pair(key: str, value: Any) -> Json:
    return {"key": key, "value": value}


def read(folder: Path, *packages: Json) -> tuple[list[Json], Rows]:
    body = orjson.dumps({"success": True, "result": {"count": len(packages), "results": packages}})
    (rows,) = ckan.read(kept_bytes(folder, body, ckan.MEDIA_TYPE, "package_search"), JANUARY)
    return rows.table.to_pylist(), rows


WRITTEN: dict[str, Json] = {
    "extras": {"extras": [pair("kode_data", "1701.0001"), pair("tanggal_diterima", "2026-01-20")]},
    "scheming, at the top": {"kode_data": "1701.0001", "tanggal_diterima": "2026-01-20"},  # c04
    "labels": {"extras": [pair("Kode Data", "1701.0001"), pair("Tanggal Diterima", "20/01/2026")]},  # c05
    "labels with signs": {"extras": [pair(" KODE-DATA: ", "1701.0001"), pair("tanggal  diterima", "20/01/2026")]},
    "labels at the top": {"Kode Data": "1701.0001", "TanggalDiterima": "2026-01-20"},
    "quoted as JSON": {"extras": [pair("kode_data", '"1701.0001"'), pair("tanggal_diterima", '"2026-01-20"')]},  # c06
    "a list of one": {"kode_data": ["1701.0001"], "tanggal_diterima": ["2026-01-20"]},
    "a list of one as text": {"extras": [pair("kode_data", '["1701.0001"]'), pair("tanggal_diterima", "2026-01-20")]},
    "both, and alike": {"kode_data": "1701.0001", "extras": [pair("Kode Data", " 1701.0001 "),
                                                            pair("tanggal_diterima", "2026-01-20")]},
    "an object": {"extras": {"kode_data": "1701.0001", "tanggal_diterima": "2026-01-20"}},
    "a moment": {"kode_data": "1701.0001", "tanggal_diterima": "2026-01-19T17:00:00"},  # UTC without saying so
    "nothing beside it": {"kode_data": "1701.0001", "tanggal_diterima": "2026-01-20", "extras": None},
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_code_and_decision_are_read_wherever_the_portal_keeps_them(tmp_path: Path, name: str) -> None:
    (row,), rows = read(tmp_path, dataset(1, **WRITTEN[name]))
    day = "20/01/2026" if "label" in name and "top" not in name else "2026-01-20"  # the typed stage reads both
    assert (row["dataset"], row["accepted_on"], row["withdrawn_on"]) == ("1701.0001", day, None)
    assert (row["delivered_on"], row["has_metadata"], rows.unobserved) == ("2026-01-10", True, ())


UNCLEAR: dict[str, tuple[Json, dict[str, str], str]] = {
    "two codes": ({"kode_data": "1", "extras": [pair("Kode Data", "2")]}, {},
                  'kode_data ada dua kali dan berbeda: "1" dan "2"'),
    "a list of two": ({"kode_data": ["1", "2"]}, {}, "kode_data berisi 2 nilai"),
    "in two languages": ({"kode_data": {"id": "1", "en": "1"}}, {}, "kode_data berisi beberapa bagian"),
    "two days": ({"kode_data": "1", "tanggal_diterima": "2026-01-20",
                  "extras": [pair("Tanggal diterima", "2026-02-20")]},
                 {"dataset": "1"}, "tanggal_diterima ada dua kali"),
    "odd extras": ({"extras": ["tahun"]}, {}, "extras bukan daftar"),
    "no place for notes": ({"kode_data": "1", "notes": ...}, {"dataset": "1"}, "tidak punya isian notes"),
    "nothing of files": ({"kode_data": "1", "resources": ...}, {"dataset": "1"}, "tidak menyebut berkas"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNCLEAR)
def test_a_dataset_that_cant_be_told_is_not_observed_and_costs_no_other(tmp_path: Path, name: str) -> None:
    changed, known, words = UNCLEAR[name]
    odd = {key: value for key, value in dataset(1, **changed).items() if value is not ...}
    found, rows = read(tmp_path, odd, dataset(2, kode_data="1701.0002"))
    assert [row["dataset"] for row in found] == ["1701.0002"]
    (one,) = rows.unobserved
    assert (one.place, one.known) == ("/result/results/0", known)
    assert one.sentence.startswith("dataset data-0001: ") and words in one.sentence


def test_all_that_share_a_code_are_not_observed_and_cost_no_other(tmp_path: Path) -> None:  # c07
    shared = [
        dataset(1, kode_data="1701.0001", tanggal_diterima="2026-01-20"),
        dataset(2, kode_data="1701.0001", metadata_created="2026-01-11T03:00:00"),
    ]
    found, rows = read(tmp_path, *shared, dataset(3, kode_data="1701.0003"))
    assert [row["dataset"] for row in found] == ["1701.0003"]
    assert [one.known for one in rows.unobserved] == [{"dataset": "1701.0001"}] * 2
    assert "1701.0001 tercantum pada 2 dataset (data-0001, data-0002)" in rows.unobserved[0].sentence


def test_the_same_row_of_two_datasets_is_still_one_code_on_two(tmp_path: Path) -> None:
    found, rows = read(tmp_path, dataset(1, kode_data="1"), dataset(2, kode_data="1"))
    assert (found, len(rows.unobserved)) == ([], 2)


def test_a_private_one_shares_nothing(tmp_path: Path) -> None:
    found, rows = read(tmp_path, dataset(1, kode_data="1"), dataset(2, kode_data="1", private=True))
    assert (len(found), rows.unobserved) == (1, ())


@pytest.mark.parametrize("code", ["", " ", "-", "\u200b", None, [], "[]"])
def test_without_a_code_the_name_stands_for_it(tmp_path: Path, code: Any) -> None:
    (row,), _ = read(tmp_path, dataset(1, kode_data=code))
    assert row["dataset"] == "data-0001"


def test_a_description_in_other_languages_is_one(tmp_path: Path) -> None:
    found, _ = read(
        tmp_path,
        {**dataset(1), "notes": "", "notes_translated": {"id": "Jumlah.", "en": ""}},
        {**dataset(2), "notes": "", "notes_translated": {"id": " "}},
    )
    assert [row["has_metadata"] for row in found] == [True, False]
