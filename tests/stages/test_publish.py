"""Publishing: rows only when something moved, revisions by the cut-off, states of quality, one publisher at a time."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from publish_kit import CUT_OFF, MONTH_OVER, figure, messages, rules, said

from iku_etl.errors import LoadConflict
from iku_etl.stages import publish, views
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Warehouse
from tests import given


def test_nothing_moved_writes_no_row_and_no_publication(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    messages(owner, 9)
    assert said(publisher, MONTH_OVER).figures
    again = said(publisher, MONTH_OVER + timedelta(hours=1))
    assert (again.figures, again.publication_ids) == ((), ())
    assert database.one(owner, "select count(*) as n from iku.publication")["n"] == 1


def test_revisions_count_from_the_cut_off(warehouse: Warehouse, owner: Connection, publisher: Connection) -> None:
    rules(owner)
    messages(owner, 9)
    said(publisher, CUT_OFF - timedelta(seconds=1))
    assert (figure(warehouse).revision, figure(warehouse).value) == (0, 90)
    said(publisher, CUT_OFF)  # the same content, but now it is the state at the cut-off
    assert (figure(warehouse).revision, figure(warehouse).value) == (1, 90)
    messages(owner, 8)
    said(publisher, CUT_OFF + timedelta(days=1))
    assert (figure(warehouse).revision, figure(warehouse).value) == (2, 80)
    said(publisher, CUT_OFF + timedelta(days=2))
    assert figure(warehouse).revision == 2


def test_a_reading_of_an_older_load_is_not_published_after_a_newer(owner: Connection, publisher: Connection) -> None:
    rules(owner)
    said(publisher, CUT_OFF)
    with pytest.raises(LoadConflict, match="sudah terbit"):
        said(publisher, CUT_OFF - timedelta(days=1))


def test_the_nightly_call_publishes_the_state_at_a_cut_off_that_it_missed(
    warehouse: Warehouse, owner: Connection, publisher: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules(owner)
    messages(owner, 9)
    known_then = database.load_at(publisher, datetime.now(UTC) + timedelta(hours=1))
    messages(owner, 8)
    real = database.load_at
    cut_offs = {CUT_OFF: known_then}  # the batches of this test all end today: say what was known at the cut-off
    monkeypatch.setattr(
        database,
        "load_at",
        lambda connection, at: cut_offs.get(at, 0 if at.year < 2026 or at < CUT_OFF else real(connection, at)),
    )
    done = publish.publish(publisher, indicators=["IKU-08"])
    with warehouse.connect("reader") as reader:
        rows = given.figures(reader, "IKU-08", "2026-01", history=True)
    assert [(row.revision, row.value, row.as_of, row.as_of_time) for row in rows] == [
        (1, 90, known_then, CUT_OFF),
        (2, 80, done.as_of, done.as_of_time),
    ]
    assert publish.publish(publisher, indicators=["IKU-08"]).figures == ()


def test_the_first_night_of_an_installation_has_no_state_at_older_cut_offs(
    warehouse: Warehouse, owner: Connection, publisher: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules(owner)
    messages(owner, 9)
    real = database.load_at
    start = datetime.now(UTC) - timedelta(hours=1)
    monkeypatch.setattr(database, "load_at", lambda connection, at: real(connection, at) if at > start else 0)
    done = publish.publish(publisher, indicators=["IKU-08"])
    with warehouse.connect("reader") as reader:
        rows = given.figures(reader, "IKU-08", "2026-01", history=True)
    assert [(row.revision, row.as_of_time) for row in rows] == [(1, done.as_of_time)]


def test_a_second_publisher_waits_and_then_has_nothing_to_say(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    messages(owner, 9)
    done = []

    def work() -> None:
        with warehouse.connect("publisher") as connection:
            done.append(said(connection, CUT_OFF))

    second = threading.Thread(target=work)
    with publisher.transaction():
        assert said(publisher, CUT_OFF).figures
        second.start()
        second.join(0.5)
        assert second.is_alive()  # the first has not committed
    second.join()
    assert [found.figures for found in done] == [()]


def test_figures_as_of_an_older_load_are_those_published_then(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    messages(owner, 9)
    first = said(publisher, CUT_OFF)
    messages(owner, 8)
    said(publisher, CUT_OFF + timedelta(days=1))
    with warehouse.connect("reader") as reader:
        (then,) = given.figures(reader, "IKU-08", "2026-01", as_of=first.as_of)
        (now,) = given.figures(reader, "IKU-08", "2026-01")
    assert (then.value, now.value) == (90, 80)


def redefined(owner: Connection, monkeypatch: pytest.MonkeyPatch, number: int) -> str:
    """IKU-08 by another definition, which says the same."""
    monkeypatch.setattr("iku_etl.stages.views.definitions.ARITHMETIC_VERSION", number)
    return views.build(owner)["IKU-08"]


def test_a_new_definition_of_the_same_row_confirms_it_and_is_no_revision(
    warehouse: Warehouse, owner: Connection, publisher: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules(owner)
    messages(owner, 9)
    said(publisher, CUT_OFF)
    given.approve(owner, ("IKU-08", "2026-01", 1))
    before, first = figure(warehouse), views.build(owner)["IKU-08"]
    second = redefined(owner, monkeypatch, 99)
    done = said(publisher, CUT_OFF + timedelta(days=1))
    assert ("IKU-08", "2026-01", 1) in done.confirmed
    assert not done.figures
    assert len(done.publication_ids) == 1
    assert (figure(warehouse).revision, figure(warehouse).definition) == (1, before.definition)
    with database.reading(owner):
        (row,) = owner.execute("select * from iku.published_figure where period = '2026-01'").fetchall()
    assert (row["tahap"], row["definition"], row["current_definition"]) == ("disahkan", first, second)
    again = said(publisher, CUT_OFF + timedelta(days=2))
    assert (again.confirmed, again.publication_ids) == ((), ())
    assert redefined(owner, monkeypatch, 1) == first  # and back: that is a change of what is in force, too
    assert said(publisher, CUT_OFF + timedelta(days=3)).confirmed
    with database.reading(owner, as_of_time=CUT_OFF + timedelta(days=1)):
        (then,) = owner.execute("select * from iku.published_figure where period = '2026-01'").fetchall()
    assert then["current_definition"] == second


def test_a_new_definition_that_moves_the_row_is_a_revision(
    warehouse: Warehouse, owner: Connection, publisher: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules(owner)
    messages(owner, 9)
    said(publisher, CUT_OFF)
    new = redefined(owner, monkeypatch, 99)
    messages(owner, 8)
    done = said(publisher, CUT_OFF + timedelta(days=1))
    assert ("IKU-08", "2026-01", 2) in done.figures
    assert (figure(warehouse).revision, figure(warehouse).definition) == (2, new)


def test_a_time_without_a_zone_is_refused(publisher: Connection) -> None:
    with pytest.raises(ValueError, match="has no zone"):
        publish.publish(publisher, as_of_time=datetime(2026, 2, 10))  # noqa: DTZ001  # that is the point


def test_a_revision_is_followed_by_the_next_though_the_cut_off_was_moved_behind_it(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    messages(owner, 9)
    said(publisher, CUT_OFF)
    rules(owner, cut_off_days_month=40)
    messages(owner, 8)
    said(publisher, CUT_OFF + timedelta(days=1))
    assert (figure(warehouse).revision, figure(warehouse).value) == (2, 80)


def test_only_loads_and_decisions_move_what_is_published(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    assert publish.has_moved(publisher)  # nothing was published yet
    said(publisher, CUT_OFF)
    for ending in ("failed", "rejected", "waiting"):
        given.batch(owner, "persandian_message", date(2026, 1, 1), ending=ending)
        assert not publish.has_moved(publisher), ending
    messages(owner, 9)
    assert publish.has_moved(publisher)
    said(publisher, CUT_OFF + timedelta(days=1))
    assert not publish.has_moved(publisher)
    given.approve(owner, ("IKU-08", "2026-01", 2))
    assert publish.has_moved(publisher)


def test_a_period_that_passed_its_cut_off_is_published_as_it_was_then_and_once(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    """A second nightly call has nothing to catch up with, whatever its figures' revisions are."""
    rules(owner)
    messages(owner, 9)
    done = publish.publish(publisher, indicators=["IKU-08"])
    assert {(indicator, revision) for indicator, _, revision in done.figures} <= {("IKU-08", 0), ("IKU-08", 1)}
    again = publish.publish(publisher, indicators=["IKU-08"])
    assert [figure for figure in again.figures if figure[2]] == []
