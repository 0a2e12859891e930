"""Windows, gaps, caches and loads that die, with a source of the test's own."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from kit import DAY, METER, declare, on, wait_for_sessions
from pipeline_kit import facts, owner_decides
from psycopg import sql

from iku_etl import catalogue
from iku_etl.errors import ContractError, DeclarationError, TransientError
from iku_etl.manifest import batches
from iku_etl.model import Batch, KeptPayload, Payload, Rows, Source, quarantine
from iku_etl.pipeline import Pipeline, collecting
from iku_etl.settings import Endpoint
from iku_etl.stages import extract
from iku_etl.warehouse import database
from iku_etl.window import Window


def meter(lines: Iterable[str], **changes: object) -> Source:
    """METER, fed with these lines of `site,minute`; a line `!` is a network failure."""

    def extract_lines(window: Window, connection: Endpoint) -> Iterator[Payload]:
        now = datetime.now(UTC)
        body = "\n".join(lines)
        if "!" in body:
            raise TransientError("meter: the other side does not answer")
        yield Payload("uji", "text/csv", {"method": "GET"}, now, now, 200, [body.encode()])

    def read(payload: KeptPayload, window: Window) -> Iterator[Rows]:
        cells = [line.split(",") for line in payload.path.read_text().split("\n") if line]
        yield Rows(
            pa.table(
                {
                    "place": pa.array([f"baris {number}" for number, _ in enumerate(cells, 1)], pa.string()),
                    "site": pa.array([cell[0] for cell in cells], pa.string()),
                    "read_at": pa.array(
                        [window.start + timedelta(minutes=int(cell[1])) for cell in cells], pa.timestamp("us", "UTC")
                    ),
                    "up": pa.array([True for _ in cells], pa.bool_()),
                }
            )
        )

    return replace(METER, extract=extract_lines, parse=read, **changes)


@pytest.fixture
def with_meter(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    declare(pipeline.warehouse)
    sources = catalogue.source
    monkeypatch.setattr(catalogue, "source", lambda name: meter([]) if name == "meter" else sources(name))
    return pipeline


def run(pipeline: Pipeline, *lines: str, window: Window = DAY, **changes: object) -> Batch:
    (batch,) = pipeline.collect(meter(lines, **changes), [window]).batches
    return batch


def test_a_re_collection_that_loses_records_waits_for_a_decision(with_meter: Pipeline) -> None:
    first = run(with_meter, "a,1", "a,2", "a,3")
    waiting = run(with_meter, "a,1", "a,4")
    assert waiting.ending == "waiting"
    assert waiting.reason is not None
    assert "2 rekaman" in waiting.reason
    assert facts(with_meter, "meter") == 3
    decision = owner_decides(with_meter, "instead_of", source="meter", batch_id=waiting.batch_id)
    replayed = with_meter.replay(waiting.batch_id, decision)
    assert (replayed.ending, replayed.revision, replayed.instead_of) == ("in_force", 2, waiting.batch_id)
    assert with_meter.batches([first.batch_id])[0].superseded_by == replayed.load_no
    again = run(with_meter, "a,1", "a,4")
    assert (again.ending, again.confirms) == ("unchanged", replayed.batch_id)


def test_a_network_failure_ends_the_attempt_and_asks_for_another(with_meter: Pipeline) -> None:
    assert isinstance(with_meter.extract(meter(["!"]), [DAY]).problem, TransientError)
    with with_meter.warehouse.connect("auditor") as connection:
        row = connection.execute("select ending, error_code, load_no from iku.batch").fetchone()
    assert row == {"ending": "failed", "error_code": "transient", "load_no": 1}
    assert run(with_meter, "a,1").ending == "in_force"


def test_one_bad_window_does_not_cost_the_others(with_meter: Pipeline) -> None:
    def extract_some(window: Window, connection: Endpoint) -> Iterator[Payload]:
        lines = ["!"] if window == on(6) else ["a,1"]
        source = meter(lines)
        assert source.extract is not None
        yield from source.extract(window, connection)

    source = replace(meter([]), extract=extract_some)
    assert isinstance(with_meter.extract(source, [on(5), on(6), on(7)]).problem, TransientError)
    with with_meter.warehouse.connect("auditor") as connection:
        landed = connection.execute("select window_on from iku.batch where landed_at is not null").fetchall()
    assert [row["window_on"].day for row in landed] == [5, 7]


def test_a_poller_lands_all_day_and_loads_once_when_the_day_has_closed(with_meter: Pipeline) -> None:
    during = replace(with_meter, now=lambda: DAY.start + timedelta(hours=9))
    for minute in (1, 2):
        made = during.extract(meter([f"a,{minute}"], poller=True), [DAY]).batch_ids
        assert during.validate(made) == []
    assert facts(with_meter, "meter") == 0
    closed = replace(with_meter, now=lambda: DAY.end + timedelta(minutes=5))
    (batch,) = closed.collect(meter(["a,3"], poller=True), [DAY]).batches
    assert (batch.ending, batch.loaded, facts(with_meter, "meter")) == ("in_force", 3, 3)
    with with_meter.warehouse.connect("auditor") as connection:
        assert connection.execute("select count(*) as n from iku.batch").fetchone() == {"n": 1}
        payloads = connection.execute("select payload_no from iku.payload order by 1").fetchall()
    assert [row["payload_no"] for row in payloads] == [1, 2, 3]


def test_a_window_is_not_collected_before_it_has_ended(with_meter: Pipeline) -> None:
    early = replace(with_meter, now=lambda: DAY.end - timedelta(seconds=1))
    batch = run(early, "a,1")
    assert batch.ending == "rejected"
    assert batch.reason is not None
    assert "belum dapat diambil" in batch.reason


def test_a_live_register_is_never_backfilled(with_meter: Pipeline) -> None:
    live = meter(["a,1"], kind="snapshot", late_by=timedelta(hours=6), max_age=timedelta(days=7))
    where = Endpoint("api", "http://x.example")
    assert extract.serves(live, DAY, where, DAY.end + timedelta(hours=5))
    assert not extract.serves(live, DAY, where, DAY.end + timedelta(hours=7))
    assert extract.serves(replace(live, serves_history=True), DAY, where, DAY.end + timedelta(days=99))
    with pytest.raises(ContractError, match="tetap kosong"):
        list(extract.collect(live, DAY, where, DAY.end + timedelta(hours=7)))


def test_due_windows_are_the_newest_with_lookback_and_the_gaps(with_meter: Pipeline) -> None:
    at = replace(with_meter, now=lambda: on(9).end + timedelta(minutes=10))
    for day in (1, 2, 4, 5, 6, 7, 8, 9):
        run(at, "a,1", window=on(day))
    assert [window.first_day.day for window in at.due(meter([]))] == [3, 7, 8, 9]  # the gap; newest with lookback 2


def test_the_cache_of_judged_records_is_rebuilt_from_raw(with_meter: Pipeline) -> None:
    source = meter(["a,1"])
    made = with_meter.extract(source, [DAY]).batch_ids
    with_meter.validate(made)
    with_meter.judged_path(made[0]).unlink()
    (batch,) = with_meter.load(made)
    assert (batch.ending, batch.loaded) == ("in_force", 1)


def torn(path: Path, other: bytes) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flipped(path: Path, other: bytes) -> None:
    """One bit of the records: the footer is whole."""
    content = bytearray(path.read_bytes())
    content[30] ^= 1
    path.write_bytes(content)


def another(path: Path, other: bytes) -> None:
    """A whole file of judged records, but not this batch's."""
    path.write_bytes(other)


@pytest.mark.parametrize("spoil", [torn, flipped, another])
def test_a_cache_that_is_not_what_validate_left_is_rebuilt_from_raw(
    with_meter: Pipeline, spoil: Callable[[Path, bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "source", lambda _: source)
    source = meter(["a,1", "a,2"])
    made = with_meter.extract(source, [DAY]).batch_ids
    (other,) = with_meter.validate(with_meter.extract(meter(["a,1", "b,9"]), [on(6)]).batch_ids)
    with_meter.validate(made)
    spoil(with_meter.judged_path(made[0]), with_meter.judged_path(other).read_bytes())
    (batch,) = with_meter.load(made)
    assert (batch.ending, batch.loaded) == ("in_force", 2)
    with with_meter.warehouse.connect("auditor") as connection:
        row = database.one(connection, "select array_agg(site || record_no order by record_no) as s from fact.meter")
    assert row["s"] == ["a1", "a2"]


@pytest.fixture
def two_judged(with_meter: Pipeline, monkeypatch: pytest.MonkeyPatch) -> tuple[Pipeline, list[int]]:
    """Two days of readings, judged and not loaded."""
    source = meter(["a,1", "a,2"])
    monkeypatch.setattr(catalogue, "source", lambda _: source)
    return with_meter, with_meter.validate(with_meter.extract(source, [on(5), on(6)]).batch_ids)


def check_then_load_again(pipeline: Pipeline, made: list[int]) -> None:
    """Nothing of either is there; the next run takes both up, in their order."""
    assert [batch.ending for batch in pipeline.batches(made)] == [None, None]
    assert facts(pipeline, "meter") == 0
    ended = pipeline.load(made)
    assert [(batch.ending, batch.loaded) for batch in ended] == [("in_force", 2)] * 2
    assert ended[0].load_no is not None
    assert ended[1].load_no == ended[0].load_no + 1


def test_a_load_that_fails_keeps_those_after_it_from_ending(
    two_judged: tuple[Pipeline, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline, made = two_judged
    real = batches.end

    def fails(connection: database.Connection, batch_id: int, *about: object, **how: object) -> int:
        if batch_id == made[0]:
            raise RuntimeError("planted")
        return real(connection, batch_id, *about, **how)

    with monkeypatch.context() as patch:
        patch.setattr(batches, "end", fails)
        with pytest.raises(RuntimeError, match="planted"):
            pipeline.load(made)
    check_then_load_again(pipeline, made)


@pytest.mark.fault
def test_a_load_that_is_killed_takes_nothing_half_along(
    two_judged: tuple[Pipeline, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline, made = two_judged

    real = batches.end

    def dies(connection: database.Connection, batch_id: int, *about: object, **how: object) -> int:
        if batch_id == made[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(connection, batch_id, *about, **how)

    pid = os.fork()
    if not pid:
        monkeypatch.setattr(batches, "end", dies)
        pipeline.load(made)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    with pipeline.warehouse.connect("auditor") as connection:
        wait_for_sessions(connection)
    check_then_load_again(pipeline, made)


@pytest.fixture
def many_landed(with_meter: Pipeline, monkeypatch: pytest.MonkeyPatch) -> tuple[Pipeline, list[int]]:
    """Days of readings for three runs of the judge."""
    source = meter(["a,1", "a,2"])
    monkeypatch.setattr(catalogue, "source", lambda _: source)
    made = with_meter.extract(source, [on(day) for day in range(5, 10)]).batch_ids
    with with_meter.warehouse.connect("loader") as connection:
        of_one = batches.payload_sizes(connection, made)[made[0]]
    monkeypatch.setattr(collecting, "JUDGED_BYTES", 2 * of_one)
    return with_meter, made


def test_windows_are_loaded_in_order_while_others_are_judged(many_landed: tuple[Pipeline, list[int]]) -> None:
    pipeline, made = many_landed
    pipeline.validate_and_load(made)
    numbers = [batch.load_no or 0 for batch in pipeline.batches(made)]
    assert numbers == list(range(numbers[0], numbers[0] + len(made)))


@pytest.mark.parametrize("bad", [0, 2, 4])
def test_a_load_that_fails_while_others_are_judged_is_said_and_stops_them(
    many_landed: tuple[Pipeline, list[int]], bad: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline, made = many_landed
    real = batches.end

    def fails(connection: database.Connection, batch_id: int, *about: object, **how: object) -> int:
        if batch_id == made[bad]:
            raise RuntimeError("planted")
        return real(connection, batch_id, *about, **how)

    with monkeypatch.context() as patch:
        patch.setattr(batches, "end", fails)
        with pytest.raises(RuntimeError, match="planted"):
            pipeline.validate_and_load(made)
    assert [batch.ending for batch in pipeline.batches(made)] == ["in_force"] * bad + [None] * (len(made) - bad)
    pipeline.validate_and_load(made)  # as the next night does
    assert {batch.ending for batch in pipeline.batches(made)} == {"in_force"}


@hypothesis_settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations([(5, 1), (5, 2), (6, 1), (7, 1), (7, 2)]))
def test_the_order_in_which_windows_arrive_changes_nothing_that_is_in_force(
    with_meter: Pipeline, order: list[tuple[int, int]]
) -> None:
    """(day, number of readings): the highest number is the truth of its day, whenever it was asked for before."""
    name = f"order_{abs(hash(tuple(order)))}"
    source = replace(meter([]), name=name, roll_ups=())
    declare(with_meter.warehouse, source)
    seen: dict[int, int] = {}
    for day, readings in order:
        readings = max(readings, seen.get(day, 0))  # the system never forgets what it has shown
        seen[day] = readings
        one = replace(meter([f"a,{minute}" for minute in range(readings)]), name=name, roll_ups=())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(catalogue, "source", lambda _, one=one: one)
            with_meter.collect(one, [on(day)])
    with with_meter.warehouse.connect("auditor") as connection:
        query = sql.SQL(
            "select batch.window_on, count(*) as n from {} as facts inner join iku.batch_in_force as batch"
            " using (batch_id) group by 1 order by 1"
        ).format(sql.Identifier("fact", name))
        found = [(row["window_on"].day, row["n"]) for row in connection.execute(query)]
    assert found == [(5, 2), (6, 1), (7, 2)]


def test_changed_checks_need_a_version_and_then_the_same_bytes_are_judged_again(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def declared(**changes: object) -> Source:
        source = meter(["a,1", "a,2", "terlalu_panjang,3"], **changes)
        monkeypatch.setattr(catalogue, "source", lambda _: source)
        return source

    before = declared()
    pipeline.migrate([before])
    (first,) = pipeline.collect(before, [DAY]).batches
    assert (first.ending, first.loaded, first.quarantined) == ("in_force", 3, 0)
    short = quarantine("ExpectColumnValueLengthsToBeBetween", column="site", min_value=1, max_value=5)
    stricter = declared(expectations=(*METER.expectations, short))
    with pytest.raises(DeclarationError, match=f"first: batch {first.batch_id}"):
        pipeline.migrate([stricter])
    with pytest.raises(DeclarationError, match="Raise version to 2"):
        pipeline.collect(stricter, [DAY])  # the same bytes, which nobody would judge
    raised = declared(expectations=stricter.expectations, version=2)
    pipeline.migrate([raised])
    second = pipeline.collect(raised, [DAY]).batches[-1]
    assert (second.ending, second.loaded, second.quarantined) == ("in_force", 2, 1)
