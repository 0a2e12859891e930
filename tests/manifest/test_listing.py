"""The manifest as lists: each as of the load and time that are asked for, and what stands told from what was tried."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from given import batch
from kit import ASKED, DAY, METER, ZONE, declare, in_force, insert, landed, on, rows

from iku_etl.manifest import batches, decisions, listing, windows
from iku_etl.model import Unregistered
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Warehouse, one

LATER = ASKED + timedelta(hours=1)


def set_aside(loader: Connection, count: int, asked_at: datetime = ASKED) -> int:
    """A batch in force of one reading and so many records set aside."""
    batch_id = landed(loader, asked_at=asked_at)
    with loader.transaction():
        insert(loader, batch_id, rows(1))
        for number in range(count):
            loader.execute(
                "insert into iku.quarantine (batch_id, record_no, payload_no, place, rules, message, record_key,"
                " record_hash, public_values) values (%s, %s, 1, 'baris 9', '{x}', 'aneh', '{}', 'x', '{}')",
                [batch_id, number + 2],
            )
        batches.end(loader, batch_id, "in_force", fingerprint=str(count), counts=(1 + count, 1, count, 0))
    return batch_id


def test_attempts_are_listed_newest_first_as_they_were_known(owner: Connection, loader: Connection) -> None:
    first, second = in_force(loader), in_force(loader, rows(4), asked_at=LATER)
    opened = landed(loader, window=on(6))
    between = one(owner, "select opened_at as at from iku.batch where batch_id = %s", [second])["at"]
    for as_of, as_of_time, wanted in (
        (None, None, [opened, second, first]),
        (1, None, [opened, first]),  # what is open has no number yet, and was always the newest
        (0, None, [opened]),
        (None, between - timedelta(microseconds=1), [first]),
        (None, between, [second, first]),
    ):
        with database.reading(owner, as_of, as_of_time):
            assert [row["batch_id"] for row in listing.batches(owner, "meter", 9)] == wanted
    with database.reading(owner):
        assert [row["batch_id"] for row in listing.batches(owner, None, 2)] == [opened, second]
        assert listing.batches(owner, "website", 9) == []


def test_the_quarantine_is_that_of_what_is_in_force(owner: Connection, loader: Connection) -> None:
    first = set_aside(loader, 1)
    second = set_aside(loader, 2, LATER)
    for as_of, wanted in ((None, [(second, 2), (second, 3)]), (1, [(first, 2)]), (0, [])):
        with database.reading(owner, as_of):
            found = listing.quarantine(owner, "meter", None)
            assert [(row["batch_id"], row["record_no"]) for row in found] == wanted
            assert len(listing.quarantine(owner, None, first)) == (1 if as_of == 1 else 0)
            assert listing.quarantine(owner, "website", None) == []


def test_a_gap_says_what_the_newest_attempt_came_to(owner: Connection, loader: Connection) -> None:
    with database.reading(owner, as_of_time=on(3).end):
        assert [row["last_ending"] for row in listing.gaps(owner, "meter")] == [None] * 3
    batches.end(loader, landed(loader, window=on(1)), "failed", reason="diam", code="transient")
    opened = batches.open_batch(loader, METER, on(1))
    batches.end(loader, landed(loader, window=on(2)), "rejected", reason="rusak", code="contract")
    batches.end(loader, landed(loader, window=on(2)), "failed", reason="diam", code="transient")
    with database.reading(owner, as_of_time=on(3).end):
        found = listing.gaps(owner, "meter")
    assert [(row["last_ending"], row["last_reason"]) for row in found] == [
        ("failed", "diam"), ("failed", "diam"), (None, None),
    ]  # fmt: skip
    with database.reading(owner, as_of=2, as_of_time=on(3).end):
        assert [row["last_reason"] for row in listing.gaps(owner, "meter")] == ["diam", "rusak", None]
    with database.reading(owner, as_of=0, as_of_time=on(3).end):
        assert [(row["last_batch_id"], row["last_ending"]) for row in listing.gaps(owner, "meter")] == [
            (opened, "open"), (None, None), (None, None),
        ]  # fmt: skip


def test_what_was_never_tried_to_its_end_is_told_apart_from_what_failed(owner: Connection, loader: Connection) -> None:
    batches.end(loader, landed(loader, window=on(1)), "failed", reason="diam", code="transient")
    landed(loader, window=on(2))
    in_force(loader, window=on(3))
    with database.reading(owner, as_of_time=on(4).end):
        found = [
            starts_at.astimezone(ZONE).day for source, starts_at in listing.never_ended(owner) if source == "meter"
        ]
    assert found == [2, 4]


def test_the_state_of_the_whole_counts_what_waits(owner: Connection, loader: Connection) -> None:
    before = listing.state(owner)
    assert before is not None
    assert (before["load_no"], before["waiting"], before["published_at"]) == (0, 0, None)
    in_force(loader, window=on(1))
    batches.end(loader, landed(loader, window=on(2)), "waiting", reason="kehilangan kunci", code="loses_keys")
    after = listing.state(owner)
    assert after is not None
    assert (after["load_no"], after["waiting"]) == (2, 1)


def test_a_source_is_as_complete_as_its_windows_in_force(owner: Connection, loader: Connection) -> None:
    in_force(loader, window=on(2))
    batches.end(loader, landed(loader, window=on(3)), "failed", reason="diam", code="transient")
    with database.reading(owner, as_of_time=on(4).end):
        (found,) = [row for row in listing.sources(owner) if row["source"] == "meter"]
    assert (found["due"], found["in_force"], found["newest"]) == (4, 1, on(2).first_day)


def test_a_batch_waits_until_a_newer_look_or_a_decision_and_an_older_as_of_still_sees_it_wait(
    owner: Connection, loader: Connection
) -> None:
    def waits(as_of: int | None = None) -> list[int]:
        with database.reading(owner, as_of):
            return [row["load_no"] for row in owner.execute("select load_no from iku.batch_waiting").fetchall()]

    def ended(hours: int, ending: str, **how: object) -> int:
        batch_id = landed(loader, asked_at=ASKED + timedelta(hours=hours))
        return batches.end(loader, batch_id, ending, **how)

    standing = in_force(loader)
    first = ended(1, "waiting", reason="uji", code="loses_keys")
    assert waits() == [first]
    ended(2, "failed", reason="uji", code="transient")  # says nothing of it
    assert waits() == [first]
    ended(3, "unchanged", confirms=standing)  # the source shows again what is in force
    assert waits() == []
    second = ended(4, "waiting", reason="uji", code="loses_keys")
    third = ended(5, "waiting", reason="uji", code="loses_keys")
    assert waits() == [third]  # one question a window
    named = one(owner, "select batch_id as n from iku.batch where load_no = %s", [third])["n"]
    decisions.decide(owner, "instead_of", source="meter", batch_id=named, reason="memang dihapus", decided_by="Kasi")
    assert waits() == []
    in_force(loader, rows(4), window=on(6))
    assert [waits(as_of) for as_of in (first - 1, first, first + 1, first + 2)] == [[], [first], [first], []]
    assert [waits(as_of) for as_of in (second, third, third + 1)] == [[second], [third], []]


# ---------------------------------------------------------------- batches


def test_a_person_is_asked_about_what_no_night_heals_by_itself(loader: Connection) -> None:
    def ended(ending: str, code: str, day: int) -> int:
        batch_id = landed(loader, window=on(day))
        batches.end(loader, batch_id, ending, reason="uji", code=code)
        return batch_id

    standing = in_force(loader)
    look = landed(loader, asked_at=LATER)
    batches.end(loader, look, "unchanged", confirms=standing)
    nobody = [standing, look, ended("failed", "nothing_offered", 6), ended("failed", "load_conflict", 7)]
    nobody.append(batches.open_batch(loader, METER, on(8)))
    asked = [
        ended("rejected", "contract", 9), ended("waiting", "loses_keys", 10), ended("failed", "transient", 11),
        landed(loader, window=on(12)),  # its judgement or load has failed
    ]  # fmt: skip
    found = batches.needing_a_person(loader, [*asked, *nobody])
    assert [row["batch_id"] for row in found] == asked
    assert [row["batch_id"] for row in batches.needing_a_person(loader, nobody)] == []
    with pytest.raises(Exception, match="batch 4711 tidak ada"):
        batches.get(loader, 4711, ZONE)


def test_a_replay_reads_the_payloads_of_the_batch_that_was_fetched(owner: Connection, loader: Connection) -> None:
    first = in_force(loader)
    for _ in range(2):  # a replay of a replay
        decision = decisions.decide(
            owner, "instead_of", source="meter", batch_id=first, reason="dibaca ulang", decided_by="Kasi"
        )
        replay = batches.open_batch(loader, METER, DAY, instead_of=first, decision_id=decision)
        (kept,) = batches.payloads(loader, replay, lambda sha256: DAY)
        assert kept.sha256 == "0" * 64
        first = replay


def test_what_is_registered_is_what_the_newest_register_in_force_names(
    warehouse: Warehouse, owner: Connection, loader: Connection
) -> None:
    checked = replace(METER, expectations=(Unregistered("site", "gauge", "site"),), roll_ups=())
    gauge = replace(METER, name="gauge", roll_ups=())
    declare(warehouse, gauge)
    assert batches.registered_values(loader, checked) == {"gauge": frozenset()}
    for day, sites in ((9, "ab"), (5, "xyz"), (7, "c")):
        readings = [{"site": site, "read_at": str(on(day).start), "up": True, "latency_ms": 1} for site in sites]
        batch(owner, "gauge", on(day).first_day, readings)
    assert batches.registered_values(loader, checked) == {"gauge": frozenset("ab")}


def test_the_token_key_is_that_of_the_newest_redacted_payload(loader: Connection) -> None:
    assert batches.token_key_id(loader) is None
    batch_id = batches.open_batch(loader, METER, DAY)
    for number, key in enumerate(("k1", None, "k2", None), 1):
        loader.execute(
            "insert into iku.payload (batch_id, payload_no, sha256, size_bytes, media_type, name, request, asked_at,"
            " answered_at, token_key_id) values (%s, %s, repeat('0', 64), 10, 'x', 'x', '{}', now(), now(), %s)",
            [batch_id, number, key],
        )
    assert batches.token_key_id(loader) == "k2"
    assert batches.payload_sizes(loader, [batch_id, 99]) == {batch_id: 40}
    assert batches.payload_count(loader, batch_id) == 4


# ---------------------------------------------------------------- windows


def test_the_window_before_is_the_newest_before_it_that_stands(owner: Connection, loader: Connection) -> None:
    made = {day: in_force(loader, window=on(day)) for day in (3, 1, 7, 5)}

    def before(day: int) -> int | None:
        found = windows.in_force_before(loader, METER, on(day), ZONE)
        return found.batch_id if found else None

    assert [before(day) for day in (1, 2, 5, 6, 9)] == [None, made[1], made[3], made[5], made[7]]
    decisions.decide(owner, "withdraw", source="meter", batch_id=made[5], reason="alat salah", decided_by="Kasi")
    assert before(6) == made[3]


def test_a_window_is_known_once_an_attempt_has_ended(loader: Connection) -> None:
    batches.open_batch(loader, METER, on(6))
    batches.end(loader, landed(loader, window=on(7)), "failed", reason="uji", code="uji")
    in_force(loader, window=on(8))
    assert [windows.is_known(loader, METER, on(day)) for day in (5, 6, 7, 8)] == [False, False, True, True]


def test_what_was_asked_for_last_is_that_of_the_newest_collection(owner: Connection, loader: Connection) -> None:
    for day, name in ((5, "lama"), (6, "lain"), (5, "baru")):
        batch_id = batches.open_batch(loader, METER, on(day))
        loader.execute(
            "insert into iku.payload (batch_id, payload_no, sha256, size_bytes, media_type, name, request, asked_at,"
            " answered_at) values (%s, 1, repeat('0', 64), 1, 'x', 'x', jsonb_build_object('file', %s::text), now(),"
            " now())",
            [batch_id, name],
        )
        batches.land(loader, batch_id, ASKED, name, None)
    batches.open_batch(loader, METER, on(5))  # has not landed: what it will ask for is not known
    found = windows.collected_last(loader, METER)
    assert found == {date(2026, 1, 5): [{"file": "baru"}], date(2026, 1, 6): [{"file": "lain"}]}


def test_the_cells_of_a_source_are_told_newest_first_with_its_gaps(loader: Connection) -> None:
    in_force(loader, window=on(2))
    with database.reading(loader, as_of_time=on(3).end):
        found = windows.cells(loader, METER, ZONE)
    assert [(window.first_day.day, is_gap) for window, is_gap in found] == [(3, True), (2, False), (1, True)]
