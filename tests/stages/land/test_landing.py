"""Landing a window: what its batch is told of age, position, order and fingerprint, and how it ends when it fails."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from kit import ASKED, DAY, METER, ZONE, declare, on

from iku_etl.errors import ContractError, IkuError, RawStoreError, TransientError
from iku_etl.manifest import batches, decisions
from iku_etl.model import Batch, Payload, Source
from iku_etl.stages.land import Landing, Store
from iku_etl.warehouse.database import Connection, Warehouse
from iku_etl.window import Window


@pytest.fixture
def loader(warehouse: Warehouse) -> Iterator[Connection]:
    declare(warehouse)
    with warehouse.connect("loader") as connection:
        yield connection


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    """Landing into a store of the test's own, on the day after DAY."""
    (tmp_path / "raw").mkdir()
    return Landing(Store(tmp_path / "raw", 1 << 20, 0), lambda: ("k1", bytes(32)), lambda: DAY.end + timedelta(hours=1))


def answer(body: bytes, *, minutes: int = 0, position: date | None = None, name: str = "uji") -> Payload:
    """An answer asked for so many minutes after ASKED, which took half a minute."""
    asked = ASKED + timedelta(minutes=minutes)
    return Payload(name, "text/csv", {"method": "GET"}, asked, asked + timedelta(seconds=30), 200, [body], position)


def land(
    landing: Landing, loader: Connection, payloads: Iterable[Payload], source: Source = METER, window: Window = DAY
) -> tuple[Batch, IkuError | None]:
    batch_id, problem = landing.land(loader, source, window, payloads)
    assert batch_id is not None
    return batches.get(loader, batch_id, ZONE), problem


@pytest.mark.parametrize("minutes", [(0, 7, 3), (7, 3, 0)])
def test_a_batch_is_as_old_as_the_first_request_for_it(
    landing: Landing, loader: Connection, minutes: tuple[int, ...]
) -> None:
    """Not the last, and not the answer: what was asked first may be older than what happened in between."""
    batch, _ = land(landing, loader, [answer(b"%d" % at, minutes=at) for at in minutes])
    assert batch.asked_at == ASKED


def test_payloads_keep_the_order_in_which_they_came(landing: Landing, loader: Connection) -> None:
    batch, _ = land(landing, loader, [answer(body, name=body.decode()) for body in (b"c", b"a", b"b")])
    kept = batches.payloads(loader, batch.batch_id, landing.store.path)
    assert [(one.payload_no, one.name, one.path.read_bytes()) for one in kept] == [
        (1, "c", b"c"), (2, "a", b"a"), (3, "b", b"b"),
    ]  # fmt: skip
    rows = loader.execute("select status, request, answered_at - asked_at as took from iku.payload").fetchall()
    assert rows == [{"status": 200, "request": {"method": "GET"}, "took": timedelta(seconds=30)}] * 3


def test_the_same_answers_have_the_same_fingerprint_and_no_others_have_it(
    landing: Landing, loader: Connection, warehouse: Warehouse
) -> None:
    def fingerprint(bodies: Iterable[bytes], source: Source = METER) -> str | None:
        return land(landing, loader, [answer(body) for body in bodies], source)[0].payload_fingerprint

    first = fingerprint([b"a", b"b"])
    assert fingerprint([b"a", b"b"]) == first
    others = [fingerprint(bodies) for bodies in ([b"b", b"a"], [b"a"], [b"ab"], [b"a", b"b", b"b"])]
    others.append(fingerprint([b"a", b"b"], replace(METER, version=2)))
    with warehouse.connect("owner") as owner:
        decisions.decide(
            owner, "release", source="meter", record_key={"site": "a"}, record_hash="x", reason="sudah benar",
            decided_by="Kasi",
        )  # fmt: skip
    others.append(fingerprint([b"a", b"b"]))  # a decision about a record may change what the same bytes say
    assert len({first, *others}) == 1 + len(others)


def test_an_answer_that_breaks_off_is_no_batch_to_judge(landing: Landing, loader: Connection) -> None:
    def answers(problem: Exception) -> Iterator[Payload]:
        yield answer(b"a")
        raise problem

    for problem, ending in (
        (TransientError("sumber diam"), "failed"),
        (ContractError("bentuknya lain"), "rejected"),
        (RawStoreError("penuh", code="disk_full"), "failed"),  # the disk may be cleared: trying again may help
    ):
        batch, said = land(landing, loader, answers(problem))
        assert (batch.ending, batch.reason, batch.landed_at, said) == (ending, str(problem), None, problem)
    codes = loader.execute("select error_code from iku.batch order by batch_id").fetchall()
    assert [row["error_code"] for row in codes] == ["transient", "contract", "disk_full"]
    assert batches.to_judge(loader, METER, ZONE) == []


def test_nothing_offered_is_said_once_for_a_window(landing: Landing, loader: Connection) -> None:
    batch, problem = land(landing, loader, [])
    assert (batch.ending, problem) == ("failed", None)
    assert "belum ada berkas atau jawaban" in str(batch.reason)
    assert landing.land(loader, METER, DAY, []) == (None, None)
    batches.open_batch(loader, METER, on(6))  # and killed: that attempt has said nothing
    assert land(landing, loader, [], window=on(6))[0].ending == "failed"


def test_a_poller_lands_on_into_its_open_batch_and_is_as_old_as_its_first_look(
    landing: Landing, loader: Connection
) -> None:
    poller = replace(METER, poller=True)
    during = replace(landing, now=lambda: DAY.start + timedelta(hours=8))
    first, _ = land(during, loader, [answer(b"a"), answer(b"b", minutes=1)], poller)
    assert first.landed_at is None
    again, _ = land(landing, loader, [answer(b"c", minutes=600)], poller)
    assert (again.batch_id, again.asked_at) == (first.batch_id, ASKED)
    kept = batches.payloads(loader, again.batch_id, landing.store.path)
    assert [(one.payload_no, one.path.read_bytes()) for one in kept] == [(1, b"a"), (2, b"b"), (3, b"c")]


def test_another_window_or_source_is_another_batch(landing: Landing, loader: Connection, warehouse: Warehouse) -> None:
    poller = replace(METER, poller=True)
    gauge = replace(poller, name="gauge", roll_ups=())
    declare(warehouse, gauge)
    during = replace(landing, now=lambda: DAY.start + timedelta(hours=8))
    made = [
        land(during, loader, [answer(b"a")], source, window)[0].batch_id
        for source, window in ((poller, DAY), (poller, on(6)), (gauge, DAY), (METER, DAY), (METER, DAY))
    ]
    assert len(set(made)) == 5
