"""What stands open: a gap is a window past its schedule and its grace; what waits for a person is named."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from install_kit import settle
from kit import METER, ZONE, declare, in_force, landed, on
from pipeline_kit import JANUARY

from iku_etl import catalogue
from iku_etl.manifest import batches, waiting
from iku_etl.pipeline import Pipeline
from iku_etl.pipeline.standing import GRACE, collected_from
from iku_etl.records import unobserved
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Warehouse
from tests import given


def at(pipeline: Pipeline, moment: datetime) -> Pipeline:
    return replace(pipeline, now=lambda: moment)


def test_a_window_is_collected_by_the_first_schedule_after_its_end() -> None:
    early = replace(METER, schedule="20 5 * * *")
    assert collected_from(early, on(3), ZONE) == datetime(2026, 1, 4, 5, 20, tzinfo=ZONE)
    at_midnight = replace(METER, schedule="0 0 * * *")
    assert collected_from(at_midnight, on(3), ZONE) == on(3).end
    assert collected_from(replace(METER, schedule="0 6 5 * *"), JANUARY, ZONE) == datetime(2026, 2, 5, 6, tzinfo=ZONE)


@pytest.mark.parametrize(("late", "count"), [(timedelta(seconds=-1), 0), (timedelta(0), 1)])
def test_a_window_is_no_gap_before_its_schedule_and_grace_have_passed(
    pipeline: Pipeline, late: timedelta, count: int
) -> None:
    source = catalogue.source("parameter")  # collected at five o'clock, of the month that has ended
    end = collected_from(source, JANUARY, ZONE) + GRACE
    missing = at(pipeline, end + late).gaps("parameter", as_of_time=end + late)
    assert [row["window_on"] for row in missing if row["window_on"] == JANUARY.first_day] == [JANUARY.first_day] * count
    (row,) = [row for row in at(pipeline, end + late).sources(as_of_time=end + late) if row["source"] == "parameter"]
    assert row["due"] == len(missing)


def test_a_gap_that_its_system_cannot_tell_any_more_says_so(pipeline: Pipeline) -> None:
    (pipeline.settings.state).mkdir(parents=True, exist_ok=True)
    (pipeline.settings.state / "connections.toml").write_text(
        '[sectoral_dataset]\nsystem = "ckan"\nurl = "http://127.0.0.1:1"\n'
    )
    april = datetime(2026, 4, 2, 5, tzinfo=UTC)
    found = {row["window_on"]: row["untold"] for row in at(pipeline, april).gaps("sectoral_dataset", as_of_time=april)}
    assert "berakhir lebih dari 31 hari lalu" in found[date(2026, 1, 1)]
    assert found[date(2026, 3, 1)] is None


def test_the_state_names_what_waits_for_a_decision(pipeline: Pipeline) -> None:
    settle(pipeline)
    later = replace(pipeline, now=lambda: datetime.now(UTC))
    state = later.state()
    assert state is not None
    assert state.figures == []  # January is no official period of IKU-08
    with pipeline.warehouse.connect("owner") as owner:
        given.approve(owner, ("IKU-08", "2026-01", 1))
        owner.execute(
            """
            insert into iku.figure
                (publication_id, indicator, period, revision, value, is_official, mutu, reason, definition, as_of,
                as_of_time)
            select publication_id, indicator, period, 2, 1, false, mutu, reason, definition, as_of, as_of_time
            from iku.figure where indicator = 'IKU-08' and period = '2026-01' and revision = 1
            """
        )
        owner.execute(
            """
            insert into iku.figure
                (publication_id, indicator, period, revision, value, is_official, mutu, reason, definition, as_of,
                as_of_time)
            select publication_id, indicator, '2025-TW4', 1, 1, true, mutu, reason, definition, as_of, as_of_time
            from iku.figure where indicator = 'IKU-08' and period = '2026-01' and revision = 1
            """
        )
    state = later.state()
    assert state is not None
    assert [(row["period"], row["revision"], row["tahap"]) for row in state.figures] == [
        ("2026-01", 2, "direvisi"),
        ("2025-TW4", 1, "sementara"),
    ]


@pytest.fixture
def meters(warehouse: Warehouse) -> Warehouse:
    declare(warehouse)
    return warehouse


def aside(loader: Connection, day: int, site: str, rule: str = unobserved.RULE) -> int:
    """A day of which one reading was set aside."""
    batch_id = landed(loader, window=on(day), fingerprint=f"{day} {site}")
    with loader.transaction():
        loader.execute(
            """
            insert into iku.quarantine
                (batch_id, record_no, payload_no, place, rules, message, record_key, record_hash, public_values)
            values (%s, 1, 1, 'x', %s, 'tidak teramati', jsonb_build_object('site', %s::text), 'h', '{}')
            """,
            [batch_id, [rule], site],
        )
        batches.end(loader, batch_id, "in_force", fingerprint=f"{day} {site}", counts=(1, 0, 1, 0))
    return batch_id


def told(connection: Connection, day: int) -> list[int]:
    with database.reading(connection, as_of_time=on(day).end):
        return [row["window_on"].day for row in waiting.unobserved(connection)]


def test_what_was_not_observed_is_told_once_no_night_asks_for_it(meters: Warehouse) -> None:
    with meters.connect("loader") as loader, meters.connect("auditor") as auditor:
        first = aside(loader, 3, "a")
        aside(loader, 4, "b", rule="aturan lain")
        in_force(loader, window=on(6))
        assert told(auditor, 5) == []  # two days back are asked for again every night
        assert told(auditor, 6) == [3]
        asked = on(3).end + timedelta(days=3)
        look = landed(loader, window=on(3), asked_at=asked, fingerprint="again")
        batches.end(loader, look, "unchanged", confirms=first)
        assert told(auditor, 6) == []


def test_what_the_newest_window_does_not_observe_either_is_not_asked_for_again(meters: Warehouse) -> None:
    with meters.connect("loader") as loader, meters.connect("auditor") as auditor:
        aside(loader, 3, "a")
        aside(loader, 2, "b")
        aside(loader, 6, "a")
        assert told(auditor, 6) == [2]
