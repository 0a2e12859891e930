"""From a published figure to a place in a file and back, over register files that went the whole way."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import install_kit as kit
import pytest
from psycopg import sql

from iku_etl.errors import NotFound
from iku_etl.manifest import decisions
from iku_etl.pipeline import Pipeline
from iku_etl.stages import trace
from iku_etl.stages.trace import evidence
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Warehouse

SECURED = ("IKU-08", "2026-01")


@pytest.fixture
def settled(pipeline: Pipeline) -> Pipeline:
    """January of IKU-08, published."""
    kit.settle(pipeline)
    return pipeline


@pytest.fixture
def ask(settled: Pipeline) -> Callable[..., trace.Trace]:
    """Trace IKU-08 of January."""
    return lambda **how: settled.trace(*SECURED, **how)


def test_members_add_up_to_the_published_figure(ask: Callable[..., trace.Trace]) -> None:
    found = ask()
    assert (found.figure["value"], found.figure["revision"]) == (Decimal(50), 1)
    assert sum(row["numerator"] for row in found.members) == found.figure["numerator"] == 2
    assert sum(row["denominator"] for row in found.members) == found.figure["denominator"] == 4
    assert found.agrees
    assert len(found.batches) == 3  # messages, hand-ins, and the rules in force
    assert not found.faults


def test_a_member_ends_at_places_in_files_whose_hash_is_known(
    ask: Callable[..., trace.Trace], settled: Pipeline
) -> None:
    member = ask(member="dinkes").member
    assert member is not None
    messages = next(part for part in member.evidence if part.relation == "persandian_message")
    assert messages.record_count == 3  # one was set aside, and is in its message all the same
    for record in messages.records:
        assert record.place is not None
        assert record.values["unit"] == "dinkes"
    used = messages.batches[0].payloads[0]
    assert settled.store.verify(used.row["sha256"]) == used.row["size_bytes"]
    (quarantined,) = member.quarantined
    assert quarantined["record_no"] == 3
    assert quarantined["place"]


def test_a_place_is_where_the_record_stands_in_the_kept_bytes(
    ask: Callable[..., trace.Trace], settled: Pipeline
) -> None:
    member = ask(member="bappeda").member
    assert member is not None
    submission = next(part for part in member.evidence if part.relation == "register_submission")
    (record,) = submission.records
    first, last = (int(number) for number in str(record.place).rsplit(" ", 1)[1].split("-"))
    content = settled.store.path(submission.batches[0].payloads[0].row["sha256"]).read_bytes()
    assert content[first : last + 1].decode().startswith("bappeda,Bappeda,")


def test_of_a_member_only_the_payloads_that_hold_its_records_are_shown(
    ask: Callable[..., trace.Trace], settled: Pipeline
) -> None:
    head, first, *_ = kit.MESSAGES.split("\n", 2)
    other = f"{head}\n{first}\n4,dinkes,2026-01-09,masuk,Camat,7/C,biasa,ya,jks,tidak,Data\n"
    kit.drop(settled.settings, "persandian_message", other, "b_2026-01.csv")
    batch = kit.collect(settled, "persandian_message")
    assert batch.ending == "in_force", batch.reason
    kit.publish_on(settled.warehouse, 25)
    whole, member = ask(), ask(member="bappeda").member
    assert sorted(len(use.payloads) for use in whole.batches) == [1, 1, 2]
    assert member is not None
    messages = next(part for part in member.evidence if part.relation == "persandian_message")
    assert [(use.record_count, len(use.payloads)) for use in messages.batches] == [(1, 1)]


def test_a_figure_says_the_same_after_the_data_moved_on(ask: Callable[..., trace.Trace], settled: Pipeline) -> None:
    before = ask()
    kit.drop(settled.settings, "persandian_message", kit.MESSAGES.replace(",biasa,tidak,-,", ",biasa,ya,jks,"))
    kit.collect(settled, "persandian_message")
    kit.publish_on(settled.warehouse, 25)
    again, newest = ask(revision=1), ask()
    assert (again.members, again.agrees) == (before.members, True)
    assert (newest.figure["revision"], newest.figure["value"]) == (2, Decimal(75))
    assert newest.agrees
    assert ask(as_of=before.figure["as_of"]).figure["figure_id"] == before.figure["figure_id"]


def test_a_figure_that_is_not_what_its_members_give_is_told(ask: Callable[..., trace.Trace], settled: Pipeline) -> None:
    with settled.warehouse.connect("publisher") as connection:
        connection.execute(
            """
            insert into iku.figure
                (publication_id, indicator, period, revision, value, low, high, numerator, denominator, coverage,
                is_official, mutu, reason, definition, as_of, as_of_time)
            select publication_id, indicator, period, 9, 99, low, high, numerator, denominator, coverage,
                is_official, mutu, reason, definition, as_of, as_of_time
            from iku.published_figure where indicator = 'IKU-08' and period = '2026-01'
            """
        )
    assert ask().differences == {"value": (Decimal(99), Decimal(50))}


@pytest.mark.parametrize("damage", ["torn", "gone"])
def test_bytes_that_are_torn_or_gone_are_told_and_have_no_places(
    ask: Callable[..., trace.Trace], settled: Pipeline, damage: str
) -> None:
    for path in settled.settings.raw_dir.glob("??/*"):
        path.chmod(0o600)
        path.unlink() if damage == "gone" else path.write_bytes(path.read_bytes()[:-1])
    assert len(ask().faults) == 3
    found = ask(member="dinkes")
    assert found.faults
    assert found.member is not None
    assert {record.place for part in found.member.evidence for record in part.records} == {None}


def test_a_payload_knows_the_figures_that_rest_on_it(settled: Pipeline) -> None:
    with settled.warehouse.connect("auditor") as connection:
        payloads = {
            row["source"]: row["payload_id"]
            for row in connection.execute(
                "select source, payload_id from iku.payload inner join iku.batch using (batch_id)"
            )
        }
        found = settled.trace_payload(payloads["persandian_message"])
        figures = {(row["indicator"], row["period"]) for row in found.figures}
        rules = settled.trace_payload(payloads["parameter"])
        assert SECURED in {(row["indicator"], row["period"]) for row in rules.figures}
        with pytest.raises(NotFound, match="payload 999"):
            trace.payload(connection, 999)
    assert found.fault is None
    assert SECURED in figures
    assert ("IKU-08", "2026") in figures
    assert not any(indicator == "IKU-05" for indicator, _ in figures)


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ({"member": "dinke"}, "dinkes"),
        ({"revision": 7}, "nomor terbaru 1"),
    ],
)
def test_what_is_not_there_is_answered_with_what_is_near(
    ask: Callable[..., trace.Trace], asked: dict[str, Any], hint: str
) -> None:
    with pytest.raises(NotFound, match=hint):
        ask(**asked)


def test_decisions_about_a_record_are_shown_with_it(ask: Callable[..., trace.Trace], settled: Pipeline) -> None:
    with settled.warehouse.connect("auditor") as connection:
        row = database.one(connection, "select * from iku.quarantine")
    with settled.warehouse.connect("owner") as connection:
        decision = decisions.decide(
            connection, "release", reason="kelas lama, sah", decided_by="Auditor", source="persandian_message",
            record_key=row["record_key"], record_hash=row["record_hash"],
        )  # fmt: skip
    settled.replay(row["batch_id"], decision)
    kit.publish_on(settled.warehouse, 25)
    found = ask(member="dinkes")
    assert found.figure["value"] == Decimal(75)
    assert found.member is not None
    messages = next(part for part in found.member.evidence if part.relation == "persandian_message")
    assert [len(record.decisions) for record in messages.records] == [0, 0, 1]
    assert messages.records[2].decisions[0]["reason"] == "kelas lama, sah"


SITES, CHECKS = 20, 288


def test_a_site_and_month_of_probes_takes_milliseconds(warehouse: Warehouse) -> None:
    """8,928 records of one site among 178,560: 10 to 20 ms when measured; the bound leaves room for a busy machine."""
    with warehouse.connect("owner") as connection:
        for day in range(31):
            _probe_day(connection, datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day))
        connection.execute("analyze")
        definition = database.one(connection, "select definition from iku.definition where indicator = 'IKU-05'")
    durations = []
    with warehouse.connect("auditor") as connection:
        for _ in range(5):
            with database.reading(connection, None, datetime(2026, 3, 1, tzinfo=UTC)):
                began = time.perf_counter()
                found = evidence.evidence(
                    connection, definition["definition"], "website_uptime_day", "site", "s7", ["2026-01"], None, 10
                )
                durations.append(time.perf_counter() - began)
    assert (found.record_count, len(found.batches), len(found.records)) == (31 * CHECKS, 31, 10)
    assert min(durations) < 0.1
    _turn_the_page(warehouse, definition["definition"])


def _turn_the_page(warehouse: Warehouse, definition: str) -> None:
    """Records after the first batch's come by skipping its own; a day's roll-up says how many those are."""
    known = datetime(2026, 3, 1, tzinfo=UTC)
    figure = {"definition": definition, "as_of": None, "as_of_time": known}
    with warehouse.connect("auditor") as connection:
        days = trace.days(connection, figure, {"evidence": [("website_uptime_day", "site")]}, "s7", ["2026-01"])
        assert [(row["up_count"], row["down_count"], row["is_ended"]) for row in days] == [(CHECKS, 0, True)] * 31
        assert not any(
            row["batch_id"]
            for row in trace.days(connection, figure, {"evidence": [("website_uptime_day", "site")]}, "x", ["2026-01"])
        )
        assert trace.days(connection, figure, {"evidence": [("website", "site")]}, "s7", ["2026-01"]) == []
        with database.reading(connection, None, known):
            page = evidence.evidence(
                connection, definition, "website_uptime_day", "site", "s7", ["2026-01"], None, 10, CHECKS - 4
            )
    first, second = days[0]["batch_id"], days[1]["batch_id"]
    assert [record.batch_id for record in page.records] == [first] * 4 + [second] * 6
    numbers = [record.record_no for record in page.records]
    assert numbers == [*range(8 * CHECKS - 3, 8 * CHECKS + 1), *range(7 * CHECKS + 1, 7 * CHECKS + 7)]


def _probe_day(connection: database.Connection, day: datetime) -> None:
    start = day - timedelta(hours=7)
    with connection.transaction():
        batch = database.one(
            connection,
            "insert into iku.batch (source, window_on, win, contract_version)"
            " values ('website_uptime', %s, tstzrange(%s, %s), 1) returning batch_id",
            [day.date(), start, start + timedelta(days=1)],
        )["batch_id"]
        connection.execute("select iku.land_batch(%s, %s, 'f', null)", [batch, day])
        connection.execute("select iku.make_partition('website_uptime', %s)", [day.date()])
        values = {"batch": batch, "day": day.date(), "start": start, "sites": SITES, "checks": CHECKS}
        connection.execute(
            """
            insert into fact.website_uptime
                (batch_id, record_no, payload_no, window_on, site, checked_at, up, latency_ms)
            select %(batch)s, site * %(checks)s + number + 1, 1, %(day)s, 's' || site,
                %(start)s + number * interval '5 minutes', true, 100
            from generate_series(0, %(sites)s - 1) as site cross join generate_series(0, %(checks)s - 1) as number
            """,
            values,
        )
        connection.execute(
            """
            insert into fact.website_uptime_day
                (batch_id, roll_up_version, window_on, site, up_count, down_count, unseen_count)
            select %(batch)s, 1, %(day)s, 's' || site, %(checks)s, 0, 0 from generate_series(0, %(sites)s - 1) as site
            """,
            values,
        )
        rows = SITES * CHECKS
        connection.execute(
            "select iku.end_batch(%s, 'in_force', null, null, null, 'f', %s::bigint [])", [batch, [rows, rows, 0, 0]]
        )


def test_evidence_names_are_identifiers_not_text(warehouse: Warehouse) -> None:
    """A relation's name that holds SQL is a name that does not exist."""
    with warehouse.connect("auditor") as connection, pytest.raises(Exception, match="does not exist"):
        evidence.evidence(connection, "def_x", 'a"; select 1; --', "site", "x", ["2026-01"], None, 1)
    assert sql.Identifier('a"b').as_string(None) == '"a""b"'
