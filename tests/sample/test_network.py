"""What the sample's registers of the network give: collected through the front door, read at the cut-offs."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from conftest import TEMPLATE, Cluster
from kit import ZONE

from iku_etl import catalogue, settings
from iku_etl.pipeline import Pipeline
from iku_etl.sample import files
from iku_etl.sample.regency import World
from iku_etl.warehouse import database
from iku_etl.window import window_at
from tests import given

WORLD = World(7, date(2026, 1, 1))
SOURCES = ("opd", "desa", "network_link", "public_area", "register_submission")
KNOWN_ON = {date(2026, 1, 1): date(2026, 2, 10), date(2026, 2, 1): date(2026, 3, 10)}
Members = dict[str, tuple[int, str]]


@pytest.fixture(scope="module")
def members(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], Members]]:
    """(view, period) -> member -> numerator and reason, as known at the cut-off of the first two months."""
    state: Path = tmp_path_factory.mktemp("network")
    site = settings.load({"IKU_STATE": str(state), "IKU_FREE_SPACE_FLOOR_MB": "0"})
    warehouse = cluster.create("sample_network", TEMPLATE)
    with warehouse.connect("owner") as connection:
        given.batch(connection, "parameter", "2026-01-01", given.parameter_rows())
    found: dict[tuple[str, str], Members] = {}
    for month, known_on in KNOWN_ON.items():
        files.write(state, WORLD, known_on)
        morning = datetime(known_on.year, known_on.month, known_on.day, 6, tzinfo=ZONE)
        pipeline = Pipeline(site, warehouse, lambda morning=morning: morning)
        for name in SOURCES:
            (batch,) = pipeline.collect(catalogue.source(name), [window_at("month", month, ZONE)]).batches
            assert batch.ending == "in_force", batch.reason
        with warehouse.connect("owner") as connection:
            with database.reading(connection, as_of_time=given.midnight_after(known_on)):
                for view in ("iku_01_opd_tercakup_jaringan", "iku_03_desa_terkoneksi", "iku_09_internet_ruang_publik"):
                    period = f"{month:%Y}-S1" if view.startswith("iku_03") else f"{month:%Y-%m}"
                    rows = connection.execute(f"select * from indicator.{view} where period = %s", [period])
                    found[view[:6], f"{month:%Y-%m}"] = {
                        row["member"]: (int(row["numerator"]), row["reason"]) for row in rows
                    }
    yield found
    cluster.drop("sample_network")


def test_offices(members: dict[tuple[str, str], Members]) -> None:
    first, second = members["iku_01", "2026-01"], members["iku_01", "2026-02"]
    assert (len(first), len(second)) == (40, 39)  # merged away in the second month
    assert first["dispora"] == (0, "tidak teramati: baris register OPD dikarantina")
    assert first["dlhk"] == (0, "tidak teramati: pemantau jaringan diam")
    assert first["kec_ulu_manna"] == (0, "tidak teramati: tidak ada hasil verifikasi dalam 90 hari")
    assert first["dkp"] == (0, "tidak teramati: tidak ada baris, register belum dinyatakan lengkap")
    assert second["dkp"] == (0, "tidak ada baris dalam register yang dinyatakan lengkap")
    assert second["perkim"] == (0, "dipantau, tidak terlihat dalam 30 hari")
    assert (first["disperindag"], second["disperindag"]) == ((0, "hanya jaringan dari ISP sendiri"), (1, ""))
    assert sum(value for value, _ in second.values()) / len(second) > 0.8


def test_desa(members: dict[tuple[str, str], Members]) -> None:
    first, second = members["iku_03", "2026-01"], members["iku_03", "2026-02"]
    assert (len(first), len(second)) == (143, 142)  # a kelurahan that the first register calls a desa
    assert first["17.01.05.1009"] == (0, "tidak teramati: baris register desa dikarantina")
    tumbuk_tebing = "17.01.10.2001"
    assert first[tumbuk_tebing][1].startswith("tidak teramati: tidak ada baris")  # its name was mistyped
    assert "tidak ada baris" not in second[tumbuk_tebing][1]
    unobserved = [reason for _, reason in second.values() if reason.startswith("tidak teramati")]
    assert 0 < len(unobserved) < 0.2 * len(second)
    assert {"hanya sinyal seluler", "tidak terhubung saat diverifikasi", ""} <= {
        reason for _, reason in second.values()
    }


def test_public_areas(members: dict[tuple[str, str], Members]) -> None:
    first, second = members["iku_09", "2026-01"], members["iku_09", "2026-02"]
    assert (sum(value for value, _ in first.values()), sum(value for value, _ in second.values())) == (6, 5)
    assert first["rsud"] == (0, "tidak teramati: baris register dikarantina")
    assert second["gor"] == (0, "tidak teramati: pengendali diam")
    assert second["terminal"] == (0, "titik akses tidak terlihat dalam 30 hari")
