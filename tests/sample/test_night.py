"""January to April 2026 of the sample, from its servers and files to published figures: the oracle says the same."""

import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import given
import pytest
from conftest import TEMPLATE, Cluster
from examples_kit import unexplained
from psycopg import sql

from iku_etl import catalogue, settings
from iku_etl.catalogue import kamus
from iku_etl.model import Source
from iku_etl.pipeline import Pipeline
from iku_etl.sample import feeds
from iku_etl.sample.servers import Running, bad_night_of, serve
from iku_etl.stages import publish
from iku_etl.stages.trace import from_figure, grounds
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection
from tests.oracle import iku_05_08 as oracle
from tests.oracle.sample import records_of

pytestmark = pytest.mark.long

FIRST, LAST = date(2026, 1, 1), date(2026, 4, 20)  # the first quarter is past its cut-off
KNOWN = date(2026, 4, 21)
NOW = datetime(2026, 4, 20, 18, tzinfo=UTC)  # 21 April, 01.00 WIB: the night after
BESIDE = {"narrative", "reported_figure"}  # read by reports and comparisons, by no figure
FED = sorted({found.name for found in pkgutil.iter_modules(feeds.__path__)} - BESIDE)  # others are not in the sample
MEMBER_PERIODS = ("2026-01", "2026-02", "2026-03", "2026-04", "2026-TW1", "2026-TW2", "2026-S1")
PERIODS = ("2026-01", "2026-02", "2026-03", "2026-TW1", "2026-S1", "2026")


@pytest.fixture(scope="module")
def night(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Running, dict[tuple[str, str], Any], list[str]]:
    """Everything collected in one night, with a first answer that is a web page; figures by indicator and period."""
    state: Path = tmp_path_factory.mktemp("sample-night")
    site = replace(settings.load({"IKU_STATE": str(state), "IKU_FREE_SPACE_FLOOR_MB": "0"}), since=FIRST)
    made = Pipeline(site, cluster.create("sample_night", TEMPLATE), lambda: NOW)
    made.migrate()
    with serve(state, 1, FIRST, LAST) as world_only:
        bad_night = bad_night_of(world_only.world)
    with serve(state, 1, FIRST, LAST, bad_night=bad_night) as running:
        endings = []
        for _ in range(2):  # the rejected night is asked again
            for source in catalogue.all_sources():
                endings += [str(batch.ending) for batch in made.collect(source, made.missing(source)).batches]
    with made.warehouse.connect("publisher") as connection:
        publish.publish(connection, as_of=database.load_at(connection, datetime.now(UTC)), as_of_time=NOW)
    with made.warehouse.connect("reader") as connection:
        figures = {(found.indicator, found.period): found for found in given.figures(connection)}
    return running, figures, endings


def test_a_rejected_night_is_collected_again(night: tuple[Running, dict[tuple[str, str], Any], list[str]]) -> None:
    _, _, endings = night
    assert endings.count("rejected") == 1, endings
    assert endings.count("in_force") >= 2 * 90


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("indicator", ["IKU-05", "IKU-08"])
def test_the_oracle_gives_the_same_figure(
    night: tuple[Running, dict[tuple[str, str], Any], list[str]], indicator: str, period: str
) -> None:
    running, figures, _ = night
    ours = figures[indicator, period]
    theirs = oracle.figure(records_of(running.world, LAST, KNOWN), indicator, period, KNOWN, LAST)
    for name in ("value", "low", "high", "numerator", "denominator", "target", "capaian"):
        expected = getattr(theirs, name) if theirs.members or name in ("target", "capaian") else None
        found = getattr(ours, name)
        assert (found is None) == (expected is None), (name, found, expected)
        if expected is not None:
            assert abs(Fraction(found) - expected) < Fraction(1, 10**9), (name, found, float(expected))
    assert ours.mutu == theirs.mutu
    if theirs.coverage is not None:
        assert ours.coverage is not None
        # the oracle counts slots; a scrape before a hole is up to 9 ms late, and vouches for so much less
        exact = Fraction(1, 10**9) if indicator == "IKU-08" else Fraction(1, 10**6)
        assert abs(Fraction(ours.coverage) - 100 * theirs.coverage) < exact


# ---------------------------------------------------------------- each source dies in turn

FIGURE = """
    select indicator, period, value, low, high, coverage, mutu, target, reason
    from {}.figure where period = any(%s)
"""
Read = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def dying(
    night: tuple[Running, dict[tuple[str, str], Any], list[str]], cluster: Cluster
) -> Iterator[tuple[Connection, dict[str, str], Read]]:
    """A connection to the night's warehouse at the night's time, today's definitions, and what they give."""
    with cluster.warehouse("sample_night").connect("owner") as connection:
        connection.execute("select set_config('iku.as_of_time', %s, false)", [NOW.isoformat()])
        current = kamus.current(connection)
        yield connection, current, read(connection, current.values())


def read(connection: Connection, definitions: Iterable[str]) -> Read:
    """(indicator, period) -> its figure, as views give it now."""
    found: Read = {}
    for definition in definitions:
        query = sql.SQL(FIGURE).format(sql.Identifier(definition))
        for row in connection.execute(query, [list(PERIODS)]):
            found[row["indicator"], row["period"]] = row
    return found


def test_every_member_that_does_not_count_says_why(dying: tuple[Connection, dict[str, str], Read]) -> None:
    connection, current, _ = dying
    silent = []
    for found in catalogue.all_indicators():
        query = sql.SQL("select * from {}.member where period = any(%s)")
        rows = connection.execute(query.format(sql.Identifier(current[found.code])), [list(MEMBER_PERIODS)]).fetchall()
        assert rows, found.code
        silent += [(found.code, row) for row in rows if unexplained(row, found.form)]
    assert silent == []


def reading(connection: Connection, source: str, current: dict[str, str]) -> list[str]:
    """Today's definitions that read a source."""
    rows = connection.execute("select definition from iku.definition_source where source = %s", [source])
    return sorted({row["definition"] for row in rows} & set(current.values()))


def tells_the_truth(now: dict[str, Any], before: dict[str, Any]) -> bool:
    """No value, or bounds that hold what would be known with the source, or a plain word that it is stale."""
    if now["value"] is None:
        return True
    value = before["value"]
    if value is None:  # it was not known before either: what is proven now must not be more
        return now["value"] <= (now["high"] if now["high"] is not None else now["value"])
    holds = (now["low"] is None or now["low"] <= value) and (now["high"] is None or value <= now["high"])
    return bool(holds or now["mutu"] == "basi")


@pytest.mark.parametrize("source", FED)
def test_a_dead_source_is_nowhere_a_wrong_number(dying: tuple[Connection, dict[str, str], Read], source: str) -> None:
    """Nothing of it is in force: its indicators have no value, or say how far it could be from the truth."""
    connection, current, before = dying
    readers = reading(connection, source, current)
    assert readers, f"{source} is read by no indicator"
    with connection.transaction(force_rollback=True):
        connection.execute(
            """
            update iku.batch set superseded_by = (select load_no + 1 from iku.load_counter)
            where source = %s and ending = 'in_force' and superseded_by is null
            """,
            [source],
        )
        now = read(connection, readers)
    for name, row in now.items():
        old = before[name]
        assert tells_the_truth(row, old), (name, row, old)
        if row["value"] != old["value"]:
            assert row["reason"] != old["reason"], (name, row["reason"])
    known = [name for name in now if before[name]["value"] is not None]
    assert any(now[name] != before[name] for name in known), f"{source}: nobody noticed"


@pytest.mark.parametrize("source", FED)
def test_a_late_source_is_nowhere_a_wrong_number(dying: tuple[Connection, dict[str, str], Read], source: str) -> None:
    """Its newest window is missing (late, failed or rejected): the same law."""
    connection, current, before = dying
    with connection.transaction(force_rollback=True):
        connection.execute(
            """
            update iku.batch set superseded_by = (select load_no + 1 from iku.load_counter)
            where batch_id = (
                select batch_id from iku.batch
                where source = %s and ending = 'in_force' and superseded_by is null order by win desc limit 1
            )
            """,
            [source],
        )
        now = read(connection, reading(connection, source, current))
    for name, row in now.items():
        assert tells_the_truth(row, before[name]), (name, row, before[name])
        assert row["value"] == before[name]["value"] or row["reason"] != before[name]["reason"], (name, row)


# ---------------------------------------------------------------- whatever a figure rests on is its evidence


@pytest.fixture(scope="module")
def laid_open(dying: tuple[Connection, dict[str, str], Read]) -> Iterator[tuple[Connection, dict[str, str], Read]]:
    """The same, with facts that may be deleted as if a payload had never held them; all of it is rolled back."""
    connection, current, before = dying
    with connection.transaction(force_rollback=True):
        tables = connection.execute(
            "select oid::regclass::text as name from pg_class"
            " where oid = 'iku.quarantine'::regclass"
            " or (relnamespace = 'fact'::regnamespace and relkind in ('r', 'p'))"
        ).fetchall()
        for table in tables:
            connection.execute(f"alter table {table['name']} disable trigger user")
        yield connection, current, before


def windows_of(connection: Connection, source: str) -> list[dict[str, Any]]:
    """Batches in force of a source: the first and the last two, and of a daily one some between."""
    found = connection.execute(
        "select batch_id, window_on from iku.batch_in_force where source = %s order by win", [source]
    ).fetchall()
    return [*found[:1], *found[13:-2:15], *found[-2:]]


def rests_on(connection: Connection, definition: str, name: tuple[str, str]) -> tuple[set[int], set[str]]:
    """The batches that a figure names, and the periods that it is made of."""
    header = connection.execute("select header from iku.definition where definition = %s", [definition]).fetchone()
    assert header is not None
    periods = {*from_figure.base_periods(connection, definition, header["header"], name[1]), name[1]}
    return set().union(*grounds.batch_ids(connection, definition, name[0], sorted(periods)).values()), periods


def without(connection: Connection, source: str, batch: dict[str, Any], way: str, readers: list[str]) -> Read:
    """What the readers say of a batch out of force, or with every record of it damaged."""
    with connection.transaction(force_rollback=True):
        if way == "not in force":
            connection.execute(
                "update iku.batch set superseded_by = load_no + 1 where batch_id = %s", [batch["batch_id"]]
            )
        else:
            damage(connection, catalogue.source(source), batch)
        return read(connection, readers)


def damage(connection: Connection, source: Source, batch: dict[str, Any]) -> None:
    """No record of a batch can be read; of looks, where an older one would stand in, each says nothing."""
    where = sql.SQL("where batch_id = %(batch_id)s and window_on = %(window_on)s")
    if source.kind == "snapshot" and source.grid == "day":
        blank = sql.SQL(", ").join(
            sql.SQL("{} = null").format(sql.Identifier(column.name)) for column in source.columns if column.nullable
        )
        query = sql.SQL("update {} set {} {}").format(sql.Identifier("fact", source.name), blank, where)
        connection.execute(query, batch)
        return
    for table in (source.name, *(roll_up.name for roll_up in source.roll_ups)):
        connection.execute(sql.SQL("delete from {} {}").format(sql.Identifier("fact", table), where), batch)
    connection.execute("delete from iku.quarantine where batch_id = %(batch_id)s", batch)


@pytest.mark.parametrize("way", ["not in force", "damaged"])
@pytest.mark.parametrize("source", catalogue.source_names())
def test_every_figure_that_a_payload_changes_names_it(
    laid_open: tuple[Connection, dict[str, str], Read], source: str, way: str
) -> None:
    """From the figure to the payload, and from the payload back to the figure."""
    connection, current, before = laid_open
    readers = reading(connection, source, current)
    changed = 0
    for batch in windows_of(connection, source):
        now = without(connection, source, batch, way, readers)
        for name in [name for name, row in now.items() if row != before[name]]:
            definition, changed = current[name[0]], changed + 1
            named, periods = rests_on(connection, definition, name)
            assert batch["batch_id"] in named, f"{name} would change without {source} {batch['window_on']}"
            held = grounds.periods(connection, definition, name[0], [batch["batch_id"]])
            assert grounds.ALWAYS in held or held & periods, f"the way back from {source} misses {name}"
    # an older register may say the same
    assert changed or way == "not in force" or source in BESIDE, f"{source}: nobody noticed"
