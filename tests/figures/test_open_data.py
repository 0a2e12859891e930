"""Open data: readers of other houses take it, and the same publication gives the same bytes."""

import csv
import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import frictionless
import install_kit as kit
import pytest
import sdmx
from install_kit import Iku
from sdmx.reader.csv import Reader

from iku_etl import settings
from iku_etl.errors import SettingError
from iku_etl.figures import open_columns, open_data, public
from iku_etl.figures.public import Public
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings
from iku_etl.warehouse.database import Warehouse


@pytest.fixture
def iku(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, warehouse: Warehouse, site: Settings, pipeline: Pipeline
) -> Iterator[Iku]:
    """`iku ..` over January of IKU-08, and the same figures as of a section that closes nothing."""
    kit.settle(pipeline)
    kit.publish_beside(pipeline.warehouse, "IKU-05-UJI", 'Situs "uji", lengkap', owner="Seksi Uji")
    with kit.at_hand(monkeypatch, capsys, warehouse, site.state) as call:
        yield call


@pytest.fixture
def folder(iku: Iku, tmp_path: Path) -> Path:
    code, out, problems = iku("open-data", "--out", str(tmp_path / "satu"))
    assert (code, problems) == (0, "")
    assert re.search(r"dibuat: .*satu, \d+ angka, \d+ di antaranya ditutup", out)
    return tmp_path / "satu"


def lines(folder: Path) -> dict[tuple[str, str], dict[str, str]]:
    found = csv.DictReader(io.StringIO((folder / "iku.csv").read_text(encoding="utf-8"), newline=""))
    return {(line["kode"], line["periode"]): line for line in found}


def test_a_reader_of_data_packages_finds_every_file_valid(folder: Path) -> None:
    report = frictionless.validate(str(folder / "datapackage.json"))
    assert report.valid, report.flatten(["type", "message"])
    package = frictionless.Package(str(folder / "datapackage.json"))
    assert {resource.path for resource in package.resources} == {"iku.csv", "iku.json", "iku_sdmx.csv", "iku_sdmx.xml"}
    rows = package.get_resource("angka").read_rows()
    assert any(row["realisasi"] == Decimal(50) for row in rows)
    broken = (folder / "iku.csv").read_text().replace("false", "mungkin")
    (folder / "iku.csv").write_text(broken, newline="")
    assert not frictionless.validate(str(folder / "datapackage.json")).valid


def test_each_value_has_revision_coverage_bounds_and_evidence_and_a_closed_one_only_its_evidence(folder: Path) -> None:
    found = lines(folder)
    shown, closed = found["IKU-05-UJI", "2026-01"], found["IKU-08", "2026-01"]
    assert (shown["realisasi"], shown["pembilang"], shown["penyebut"]) == ("50", "2", "4")
    assert shown["cakupan"].startswith("83.3333333333")
    assert (shown["revisi"], shown["ditutup"], shown["tahap"]) == ("1", "false", "sementara")
    assert re.fullmatch(r"IKU-05-UJI:2026-01:1:\d+", shown["bukti"])
    assert closed["ditutup"] == "true"
    assert {closed[name] for name in ("realisasi", "pembilang", "penyebut", "cakupan", "batas_bawah")} == {""}
    assert closed["bukti"].startswith("IKU-08:2026-01:1:")


def test_json_says_the_same_with_numbers_as_text(folder: Path) -> None:
    told = json.loads((folder / "iku.json").read_text())
    by_key = {(one["kode"], one["periode"]): one for one in told["angka"]}
    assert by_key.keys() == lines(folder).keys()
    assert told["hitungan_terkecil"] == public.LEAST
    for key, line in lines(folder).items():
        as_text = {name: open_data.text(value) for name, value in by_key[key].items()}
        assert as_text == line, key


def coded(structure: Any) -> dict[str, set[str]]:
    """The components that have a codelist, with its codes."""
    definition = structure.structure["IKU"]
    lists = {
        one.id: one.local_representation.enumerated
        for one in (*definition.dimensions.components, *definition.attributes.components)
    }
    return {name: {code.id for code in codes} for name, codes in lists.items() if codes is not None}


def test_a_reader_of_sdmx_finds_the_same_observations(folder: Path) -> None:
    """By the structure that lies beside them."""
    structure = sdmx.read_sdmx(io.BytesIO((folder / "iku_sdmx.xml").read_bytes()))
    flow = structure.dataflow["IKU"]
    assert flow.urn.endswith(f"={open_columns.STRUCTURE_ID}")
    stream = io.BytesIO((folder / "iku_sdmx.csv").read_bytes())  # a path it would leave open
    (dataset,) = Reader().convert(stream, structure=flow).data
    found = {
        (str(one.dimension["INDICATOR"].value), str(one.dimension["TIME_PERIOD"].value)): one for one in dataset.obs
    }
    assert {(code, period.replace("-Q", "-TW")) for code, period in found} == lines(folder).keys()
    shown, closed = found["IKU-05-UJI", "2026-01"], found["IKU-08", "2026-01"]
    assert (shown.value, shown.dimension["FREQ"].value) == ("50", "M")
    assert shown.attached_attribute["REVISION"].value == "1"
    assert (closed.value, closed.attached_attribute["CONF_STATUS"].value) == ("", "C")
    for one in found.values():  # every code is one of its list, and says what it means
        told = {name: str(each.value) for name, each in (one.dimension.values | one.attached_attribute).items()}
        for name, codes in coded(structure).items():
            assert told[name] in codes, name
    assert str(structure.codelist["CL_INDICATOR"]["IKU-05-UJI"].name) == 'Situs "uji", lengkap'
    assert {concept.id for concept in structure.concept_scheme["CS_IKU"]} == {
        *open_columns.DIMENSIONS, open_columns.MEASURE, *open_columns.ATTRIBUTES,
    }  # fmt: skip
    order = re.findall(r"<str:(\w+List) ", (folder / "iku_sdmx.xml").read_text())
    assert order == ["DimensionList", "MeasureList", "AttributeList"]


def test_the_same_publication_gives_the_same_bytes_and_nothing_is_overwritten(
    iku: Iku, folder: Path, tmp_path: Path
) -> None:
    assert iku("open-data", "-o", str(tmp_path / "dua"))[0] == 0
    for path in sorted(folder.iterdir()):
        assert path.read_bytes() == (tmp_path / "dua" / path.name).read_bytes()
    code, _, problems = iku("open-data", "--out", str(folder))
    assert code == 1
    assert "sudah ada; tidak ada yang ditimpa" in problems
    assert iku("open-data")[0] == 2


def test_before_anything_is_published_the_files_are_empty_and_valid(iku: Iku, tmp_path: Path) -> None:
    assert iku("open-data", "--as-of", "0", "-o", str(tmp_path / "kosong"))[0] == 0
    assert frictionless.validate(str(tmp_path / "kosong" / "datapackage.json")).valid
    assert lines(tmp_path / "kosong") == {}


def test_a_text_is_no_formula_and_a_number_below_zero_stays_one() -> None:
    row = dict.fromkeys(public.TOLD) | {"indicator": "IKU-05", "period": "2026-01", "title": "=1+1"}
    row |= {"is_official": False, "is_closed": False, "tahap": "sementara", "revision": 1, "figure_id": 7}
    row |= {"capaian": Decimal("-3.50"), "as_of": 1}
    made = open_data.files(Public((row,), {}, 5), None)["iku.csv"].decode()
    assert ",'=1+1," in made
    assert ",-3.5," in made


@pytest.mark.parametrize(
    ("chosen", "licenses", "told"),
    [
        ("", None, "Dinas belum memilih lisensi untuk data ini."),
        ("CC-BY-4.0", [{"name": "CC-BY-4.0"}], "Lisensi: CC-BY-4.0."),
        ("https://lisensi.example/a", [{"path": "https://lisensi.example/a"}], "Lisensi: https://lisensi.example/a."),
    ],
)
def test_the_licence_is_what_the_office_chose_or_said_to_be_none(
    tmp_path: Path, chosen: str, licenses: Any, told: str
) -> None:
    license = settings.load({"IKU_OPEN_DATA_LICENSE": chosen}).license
    made = open_data.files(Public((), {}, 5), license)
    described = json.loads(made["datapackage.json"])
    assert described.get("licenses") == licenses
    assert described["description"].endswith(told)
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    assert frictionless.validate(str(tmp_path / "datapackage.json")).valid


def test_a_sentence_is_no_licence() -> None:
    with pytest.raises(SettingError, match="Tulis id-nya seperti CC-BY"):
        settings.load({"IKU_OPEN_DATA_LICENSE": "bebas dipakai siapa pun"})
