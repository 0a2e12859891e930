"""The sample's applications from files to figures: each trouble of the sample shows in IKU-00 and IKU-02."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from conftest import TEMPLATE, Cluster

from iku_etl import catalogue, settings
from iku_etl.catalogue import kamus
from iku_etl.pipeline import Pipeline
from iku_etl.sample import files
from iku_etl.sample.regency import World
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection

FIRST, TODAY = date(2026, 1, 1), date(2026, 4, 16)
NOW = datetime(2026, 4, 15, 18, tzinfo=UTC)  # 16 April, 01.00 WIB: the triwulan's cut-off has passed
SOURCES = ("parameter", "target", "register_submission", "opd", "spbe_application", "app_usage", "app_integration")
Rows = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def connection(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    state = tmp_path_factory.mktemp("sample-applications")
    site = replace(settings.load({"IKU_STATE": str(state), "IKU_FREE_SPACE_FLOOR_MB": "0"}), since=FIRST)
    made = Pipeline(site, cluster.create("sample_applications", TEMPLATE), lambda: NOW)
    made.migrate()
    files.write(state, World(1, FIRST), TODAY)
    for name in SOURCES:
        source = catalogue.source(name)
        batches = made.collect(source, made.missing(source)).batches
        endings = [str(batch.ending) for batch in batches]
        assert endings.count("in_force") == 3, f"{name}: {[(batch.ending, batch.reason) for batch in batches]}"
    with made.warehouse.connect("auditor") as opened:
        with database.reading(opened, as_of_time=NOW):
            yield opened
    cluster.drop("sample_applications")


def members(connection: Connection, code: str, period: str) -> Rows:
    definition = kamus.current(connection)[code]
    rows = connection.execute(f"select * from {definition}.member where period = %s", [period]).fetchall()
    return {row["member"]: row for row in rows}


def figure(connection: Connection, code: str, period: str) -> dict[str, Any]:
    definition = kamus.current(connection)[code]
    return database.one(connection, f"select * from {definition}.figure where period = %s", [period])


def zeros(rows: Rows) -> dict[str, str]:
    return {name: row["reason"] for name, row in rows.items() if not row["numerator"]}


def test_offices_without_use_say_why(connection: Connection) -> None:
    rows = members(connection, "IKU-02", "2026-TW1")
    assert zeros(rows) == {
        "dispar": "aplikasi nasional saja",
        "perpusda": "aplikasi nasional saja",
        "kec_bunga_mas": "aplikasi nasional saja",
        "satpolpp": "tidak teramati: log pemakaian belum diserahkan",
        "kec_ulu_manna": "tidak teramati: log pemakaian belum diserahkan",
    }
    assert "diskopukm" not in rows  # merged in February
    assert (figure(connection, "IKU-02", "2026-TW1")["mutu"], len(rows)) == ("cukup", 39)


def test_before_a_hand_in_nobody_is_a_zero(connection: Connection) -> None:
    reason = members(connection, "IKU-02", "2026-TW2")["dkp"]["reason"]
    assert reason == "tidak teramati: log pemakaian belum diserahkan"


def test_nearly_all_use_a_national_application(connection: Connection) -> None:
    rows = members(connection, "IKU-02-NASIONAL", "2026-TW1")
    assert sorted(zeros(rows)) == ["kec_ulu_manna", "satpolpp"]


def test_systems_that_are_not_proven_say_why(connection: Connection) -> None:
    rows = members(connection, "IKU-00", "2026-S1")
    unobserved = "tidak teramati: pernyataan integrasi belum diserahkan"
    assert zeros(rows) == {"antrian": unobserved, "e-office": unobserved, "lapor-bs": unobserved}
    assert {"portal", "sipd", "e-desa"}.isdisjoint(rows)
    found = figure(connection, "IKU-00", "2026-S1")
    assert (found["mutu"], found["numerator"], found["denominator"]) == ("cukup", 12, 15)
