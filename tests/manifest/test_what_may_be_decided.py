"""What a person may decide about: a record that is there, a column that is no key, a batch in the right state."""

from dataclasses import replace
from datetime import timedelta

import pytest
from kit import ASKED, METER, ZONE, declare, in_force, landed, rows

from iku_etl.errors import NotFound, SettingError
from iku_etl.manifest import batches, decisions
from iku_etl.records import identity
from iku_etl.warehouse.database import Connection, Warehouse

SIGNED = {"reason": "diperiksa lagi", "decided_by": "Kasi"}


def test_a_record_is_named_by_key_and_hash_wherever_it_lies(loader: Connection) -> None:
    batch_id = landed(loader)
    loader.execute(
        "insert into iku.quarantine (batch_id, record_no, payload_no, place, rules, message, record_key, record_hash,"
        " public_values) values (%s, 4, 1, 'x', '{x}', 'x', '{\"site\": \"q\"}', 'hash of it', '{}')",
        [batch_id],
    )
    standing = in_force(loader)
    assert decisions.record_of(loader, METER, batch_id, 4, must_be_set_aside=True) == ({"site": "q"}, "hash of it")
    key, digest = decisions.record_of(loader, METER, standing, 2, must_be_set_aside=False)
    fact = dict(zip(("site", "read_at", "up", "latency_ms"), rows(3)[1], strict=True))
    assert (key, digest) == (identity.record_key(METER, fact), identity.record_hash(METER, fact))
    with pytest.raises(NotFound, match=f"rekaman 2 batch {standing} tidak ada di karantina"):
        decisions.record_of(loader, METER, standing, 2, must_be_set_aside=True)  # a loaded record needs no release
    with pytest.raises(NotFound, match="rekaman 9 tidak ada"):
        decisions.record_of(loader, METER, standing, 9, must_be_set_aside=False)


def test_a_correction_changes_columns_that_are_there_and_no_key() -> None:
    decisions.check_changes(METER, {"up": "ya", "latency_ms": None})
    for changes, error, said in (
        ({"latensi_ms": "1"}, NotFound, "Mungkin: latency_ms"),
        ({"latency_ms": "1", "site": "b"}, SettingError, "site adalah bagian kunci"),
        ({"read_at": "2026-01-05T00:00:00+07:00"}, SettingError, "read_at adalah bagian kunci"),
    ):
        with pytest.raises(error, match=said):
            decisions.check_changes(METER, changes)


def test_a_batch_is_withdrawn_while_in_force_and_put_in_force_while_it_waits(
    owner: Connection, loader: Connection
) -> None:
    first = in_force(loader)
    second = in_force(loader, rows(4), asked_at=ASKED + timedelta(hours=1))
    waits = landed(loader, asked_at=ASKED + timedelta(hours=2))
    batches.end(loader, waits, "waiting", reason="uji", code="loses_keys")
    failed = landed(loader, asked_at=ASKED + timedelta(hours=3))
    batches.end(loader, failed, "failed", reason="uji", code="uji")
    opened = batches.open_batch(loader, METER, batches.get(loader, first, ZONE).window)
    decisions.check_batch("withdraw", batches.get(loader, second, ZONE))
    decisions.check_batch("instead_of", batches.get(loader, waits, ZONE))
    for kind, batch_id, said in (
        ("withdraw", first, "digantikan"), ("withdraw", waits, "menunggu"), ("withdraw", failed, "gagal"),
        ("withdraw", opened, "terbuka"), ("instead_of", second, "berlaku"), ("instead_of", first, "digantikan"),
        ("instead_of", failed, "gagal"),
    ):  # fmt: skip
        with pytest.raises(SettingError, match=f"batch {batch_id} {said}"):
            decisions.check_batch(kind, batches.get(loader, batch_id, ZONE))


def test_decisions_about_records_are_those_of_the_source_oldest_first(
    warehouse: Warehouse, owner: Connection, loader: Connection
) -> None:
    declare(warehouse, replace(METER, name="gauge", roll_ups=()))
    about = {"record_key": {"site": "a"}, "record_hash": "x"}
    first = decisions.decide(owner, "release", source="meter", **about, **SIGNED)
    decisions.decide(owner, "release", source="gauge", **about, **SIGNED)
    second = decisions.decide(owner, "correction", source="meter", changes={"up": None}, **about, **SIGNED)
    decisions.decide(owner, "withdraw", source="meter", batch_id=in_force(loader), **SIGNED)
    found = decisions.decisions(loader, "meter")
    assert [(one.decision_id, one.kind, one.changes) for one in found] == [
        (first, "release", None), (second, "correction", {"up": None}),
    ]  # fmt: skip
    assert decisions.ids(loader, "meter") == [first, second]
    assert found[0].load_no < found[1].load_no
