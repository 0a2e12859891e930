"""The register of OPD from a file to who counts on a day: renames, mergers, rows set aside."""

from datetime import UTC, date, datetime

from kit import ZONE

from iku_etl import catalogue
from iku_etl.pipeline import Pipeline
from iku_etl.sample.feeds import opd as feed
from iku_etl.sample.regency import World
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Warehouse
from iku_etl.window import window_at
from tests import given

MARCH_END = datetime(2026, 3, 31, 17, tzinfo=UTC)
HEADER = "opd,name,kind,counted,counting_basis,valid_from,valid_to,successor"


def collected(pipeline: Pipeline, content: bytes) -> None:
    folder = pipeline.settings.drop_dir / "opd"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "opd.csv").write_bytes(content)
    (batch,) = pipeline.collect(catalogue.source("opd"), [window_at("month", date(2026, 1, 1), ZONE)]).batches
    assert batch.ending == "in_force", batch.reason


def asked(warehouse: Warehouse, query: str, at: datetime = MARCH_END) -> list[tuple[object, ...]]:
    with warehouse.connect("owner") as connection, database.reading(connection, as_of_time=at):
        return [tuple(row.values()) for row in connection.execute(query)]


def test_the_file_of_the_sample_loads_and_its_mistyped_office_is_set_aside(pipeline: Pipeline) -> None:
    world = World(7, date(2026, 1, 1))
    ((_, content),) = feed.files(world, date(2026, 2, 4))
    collected(pipeline, content)
    counted = sum(office.counted for office in feed.offices(world))
    assert asked(pipeline.warehouse, "select count(*) from staging.opd where period = '2026-01'") == [(counted - 1,)]
    query = "select opd from staging.opd_quarantine where period = '2026-01'"
    assert asked(pipeline.warehouse, query) == [("dispora",)]


def test_an_office_set_aside_is_about_the_periods_it_may_be_valid_in(pipeline: Pipeline) -> None:
    lines = (
        "posisi_per,2026-01-31", HEADER, "aa,Dinas A,dinas,ya,,2020-01-01,,", "bb,Dinas B,dinas,mungkin,,2026-02-01,,",
        "cc,UPTD C,kantor,tidak,,2020-01-01,,", "ee,Dinas E,dinas,ya,,2020-01-01,2026-01-31,ff",
        "dd,Dinas D,kantor,ya,,2020-01-01,2026-02-27,aa",
    )  # fmt: skip
    collected(pipeline, "\n".join(lines).encode())
    found = asked(pipeline.warehouse, "select period, opd from staging.opd_quarantine where period like '2026-0%'")
    assert sorted(found) == [("2026-01", "dd"), ("2026-02", "bb"), ("2026-03", "bb")]


def test_who_counts_for_a_dissolved_office(warehouse: Warehouse) -> None:
    def row(opd: str, since: str, until: str | None = None, successor: str | None = None) -> given.Row:
        return {
            "opd": opd, "name": f"Dinas {opd}", "kind": "dinas", "counted": True, "counting_basis": None,
            "valid_from": since, "valid_to": until, "successor": successor,
        }  # fmt: skip

    rows = [
        row("a", "2020-01-01", "2026-01-10", "b"), row("b", "2020-01-01", "2026-02-10", "c"), row("c", "2026-02-11"),
        row("x", "2020-01-01", "2026-01-10", "y"), row("y", "2020-01-01", "2026-01-10", "x"),
        row("n", "2020-01-01", "2026-01-10"), row("r", "2020-01-01", "2026-01-31"), row("r", "2026-02-01"),
        row("z", "2026-03-31", "2026-03-31", "a"),
    ]  # fmt: skip
    with warehouse.connect("owner") as connection:
        given.batch(connection, "opd", "2026-01-01", rows)
    query = (
        "select period, opd, counts_for from staging.opd_successor where period in ('2026-01', '2026-02') order by 1, 2"
    )
    assert asked(warehouse, query) == [
        ("2026-01", "a", "b"), ("2026-01", "b", "b"), ("2026-01", "r", "r"),
        ("2026-02", "a", "c"), ("2026-02", "b", "c"), ("2026-02", "c", "c"), ("2026-02", "r", "r"),
    ]  # fmt: skip
    members = "select opd from staging.opd where period = '2026-03' order by 1"
    assert asked(warehouse, members) == [("c",), ("r",), ("z",)]
    noon = datetime(2026, 3, 31, 5, tzinfo=UTC)  # the day itself has not ended: yesterday is the test's day
    assert asked(warehouse, members, noon) == [("c",), ("r",)]
