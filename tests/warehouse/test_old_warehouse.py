"""A warehouse that a released state filled goes on: it migrates, keeps what it published, publishes, and loads.

Migrations are frozen with the release that brings them, and a state whose core was another is told so.
"""

import lzma
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import install_kit as kit
import psycopg
import pytest
from alembic.script import ScriptDirectory
from conftest import Cluster
from psycopg import sql

from iku_etl.catalogue import kamus
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings
from iku_etl.stages import publish, trace
from iku_etl.warehouse import database, server
from iku_etl.warehouse.database import Connection, Warehouse

DUMPS = Path(__file__).parents[1] / "data"  # old_warehouse_<migration>.sql.xz, made by old_warehouse.py beside them
RELEASED = {
    "0003": "verify",
    "0006": "approve",
}  # the newest migration of a state -> what its January was decided to be
STAGES = {"verify": "terverifikasi", "approve": "disahkan"}
MARCH = datetime(2026, 3, 1, 5, tzinfo=UTC)
SECURED = ("IKU-08", "2026-01")
FEBRUARY = """\
posisi_per,2026-02-28
unit,unit_name,register,period,due_on,received_on,nil,rows_declared,last_running_number,letter,role
dinkes,Dinas Kesehatan,persandian_message,2026-01,2026-02-07,2026-02-03,tidak,3,3,S-1,wajib
bappeda,Bappeda,persandian_message,2026-01,2026-02-07,2026-02-04,tidak,1,1,S-2,wajib
dinkes,Dinas Kesehatan,persandian_message,2026-02,2026-03-07,2026-02-28,tidak,1,4,S-3,wajib
"""
NEWEST = "select distinct on (indicator, period) * from iku.figure order by indicator, period, figure_id desc"
Row = dict[str, Any]


@pytest.fixture(scope="module", params=RELEASED)
def restored(request: pytest.FixtureRequest, cluster: Cluster) -> Iterator[str]:
    """The migration of a released state; `old_warehouse_<migration>` is a database that holds its dump."""
    name = f"old_warehouse_{request.param}"
    cluster.create(name)
    with psycopg.connect(cluster.server.dsn(server.ADMIN, name), autocommit=True) as dba:  # as a DBA restores one
        dba.execute(lzma.decompress((DUMPS / f"{name}.sql.xz").read_bytes()))
    yield request.param
    cluster.drop(name)


@pytest.fixture
def old(cluster: Cluster, restored: str) -> Iterator[Warehouse]:
    """The old warehouse, one for each test, as it was left."""
    yield cluster.create("old_warehouse_copy", f"old_warehouse_{restored}")
    cluster.drop("old_warehouse_copy")


@pytest.fixture
def pipeline(old: Warehouse, site: Settings) -> Pipeline:
    """The pipeline of today over it, with the clock at 1 March 2026."""
    return Pipeline(site, old, lambda: MARCH)


def published_again(connection: Connection) -> publish.Published:
    """All that is loaded, as it was known in March, whatever the clock of this machine says."""
    newest = database.one(connection, "select max(load_no) as load_no from iku.batch")["load_no"]
    return publish.publish(connection, as_of=newest, as_of_time=MARCH)


def computed(connection: Connection, figures: list[Row]) -> list[list[Row]]:
    """The members and figures of each published row, computed again under its own definition and as-of."""
    found = []
    for row in figures:
        with database.reading(connection, row["as_of"], row["as_of_time"]):
            for relation in ("member", "figure"):
                query = sql.SQL("select * from {} order by 1, 2").format(sql.Identifier(row["definition"], relation))
                found.append(connection.execute(query).fetchall())
    return found


def test_it_is_what_the_tests_below_need(old: Warehouse, restored: str) -> None:
    with old.connect("owner") as owner:
        assert database.one(owner, "select version_num from iku_migration")["version_num"] == restored
        assert {row["revision"] for row in owner.execute("select revision from iku.figure")} == {0, 1}
        assert owner.execute("select from iku.decision where kind = %s", [RELEASED[restored]]).fetchall()
        assert owner.execute("select from iku.quarantine").fetchall()


def test_it_migrates_and_its_figures_stay_what_they_were(old: Warehouse, restored: str, pipeline: Pipeline) -> None:
    with old.connect("auditor") as auditor:
        figures = auditor.execute("select * from iku.figure order by figure_id").fetchall()
        ours = [row for row in figures if (row["indicator"], row["period"]) == SECURED]
        before = computed(auditor, ours)
    pipeline.migrate()
    with old.connect("owner") as owner:
        head = ScriptDirectory(str(database.MIGRATIONS)).get_current_head()
        assert database.one(owner, "select version_num from iku_migration")["version_num"] == head
        current = kamus.current(owner)
        assert not {row["definition"] for row in figures} & set(current.values()), "SQL was edited: all are new"
    with old.connect("auditor") as auditor:
        assert auditor.execute("select * from iku.figure order by figure_id").fetchall() == figures
        assert computed(auditor, ours) == before
        found = trace.figure(auditor, *SECURED, revision=1, member="dinkes")
        assert found.figure["definition"] == ours[0]["definition"]
        for share in ("numerator", "denominator"):
            assert sum(row[share] for row in found.members) == found.figure[share]
        with database.reading(auditor, as_of_time=datetime.now(UTC).replace(year=9000)):
            stages = auditor.execute("select revision, tahap from iku.published_figure where revision > 0").fetchall()
        assert {row["tahap"] for row in stages} == {STAGES[RELEASED[restored]], "sementara"}


def test_new_definitions_of_the_same_numbers_revise_nothing(old: Warehouse, pipeline: Pipeline) -> None:
    """But for a register that lies there and whose hand-in nobody recorded: running figures say so (decision 70)."""
    with old.connect("owner") as owner:
        before = owner.execute(NEWEST).fetchall()
    pipeline.migrate()
    with old.connect("publisher") as publisher:
        done = published_again(publisher)
        after = publisher.execute(NEWEST).fetchall()
    restated = {(indicator, period) for indicator, period, revision in done.figures if revision == 0}
    assert len(restated) == len(done.figures)
    assert len(done.confirmed) + len(restated) == len(before)
    for row in after:
        if (row["indicator"], row["period"]) in restated:
            assert row["indicator"] == "IKU-08"
            assert "penyerahannya belum dicatat" in row["reason"]
    same = [row for row in after if (row["indicator"], row["period"]) not in restated]
    assert same == [row for row in before if (row["indicator"], row["period"]) not in restated]
    with old.connect("owner") as owner, database.reading(owner):
        current = kamus.current(owner)
        rows = owner.execute("select * from iku.published_figure where is_newest").fetchall()
    assert {row["current_definition"] for row in rows} == {current[row["indicator"]] for row in rows}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Great Expectations' own imports
def test_it_goes_on_loading(old: Warehouse, pipeline: Pipeline) -> None:
    pipeline.migrate()
    kit.drop(pipeline.settings, "register_submission", FEBRUARY, "a_2026-02.csv")
    batch = kit.collect(pipeline, "register_submission", date(2026, 2, 1))
    assert batch.ending == "in_force", batch.reason
    with old.connect("publisher") as publisher:
        published_again(publisher)
        newest = {(row["indicator"], row["period"]): row for row in publisher.execute(NEWEST)}
    assert newest[SECURED]["numerator"] == 2
    assert newest["IKU-08", "2026-02"]["value"] == 100  # handed in: its one message is secured
