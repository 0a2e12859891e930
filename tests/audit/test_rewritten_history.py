"""What a superuser rewrites is seen as another leaf; one record is shown, or erased, without the others."""

from datetime import UTC, datetime

import pytest
from conftest import Cluster
from kit import METER
from ledger_kit import append, dba, differences, meter_batch

from iku_etl.audit import canonical, log, parts, records, salts, tree
from iku_etl.audit.ledger import Ledger
from iku_etl.errors import NotFound
from iku_etl.records import identity
from iku_etl.warehouse.database import Warehouse

TAMPERINGS = {
    "a fact edited": ("update fact.meter set up = false where record_no = 3", "batch", "parts.record"),
    "a fact inserted": (
        "insert into fact.meter select batch_id, 99, payload_no, window_on, 'b', read_at, up, latency_ms"
        " from fact.meter where record_no = 1", "batch", "parts.record",
    ),
    "a fact deleted": ("delete from fact.meter where record_no = 2", "batch", "parts.record"),
    "a record set aside deleted": ("delete from iku.quarantine", "batch", "parts.quarantine"),
    "why it was set aside": ("update iku.quarantine set message = 'wajar'", "batch", "parts.quarantine"),
    "a payload's hash": ("update iku.payload set sha256 = repeat('1', 64) where payload_id = 1", "batch",
                         "parts.payload"),
    "a check's result": ("update iku.check_result set unexpected = 1", "batch", "parts.check"),
    "what was left out": ("update iku.left_out set records = records + 1", "batch", "parts.left_out"),
    "the reason of a batch": ("update iku.batch set reason = 'lain' where source = 'meter'", "batch", "parts.row"),
    "a count": ("update iku.batch set declared_out = 7, records_read = records_read + 5 where source = 'meter'",
                "batch", "declared_out"),
    "another one in force": ("update iku.batch set superseded_by = 900 where superseded_by is not null", "batch",
                             "supersedes"),
    "a figure": ("update iku.figure set value = value + 0.01", "publication", "figures"),
    "who published": ("update iku.publication set published_by = 'x'", "publication", "parts.row"),
    "the name of who decided": ("update iku.decision set decided_by = 'Budi' where kind = 'release'", "decision",
                                "parts.row"),
    "a reason": ("update iku.decision set reason = 'alasan lain' where kind = 'verify'", "verification", "parts.row"),
    "an approval back-dated": (
        "update iku.decision set decided_at = decided_at - interval '1 day' where kind = 'approve'", "approval", "at",
    ),
    "an approval of another revision": (
        "update iku.decision set revision = 1 + revision where kind = 'approve'", "approval", "revision",
    ),
    "the text of a definition": ("update iku.definition set texts = jsonb_set(texts, '{figure.sql}', '\"select 1\"')",
                                 "definition", "texts"),
    "the header of a definition": ("update iku.definition set header = header || '{\"unit\": \"x\"}'", "definition",
                                   "header"),
    "how late a source may be": ("update iku.source_patience set late_by = '99 days'", "declaration", "late_by"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_a_superuser_rewrites_is_another_leaf(name: str, told: Ledger, lived: Warehouse, cluster: Cluster) -> None:
    query, kind, what = TAMPERINGS[name]
    with dba(cluster, lived) as connection:
        assert connection.execute(query).rowcount > 0  # type: ignore[arg-type]  # this file's own words
    found = differences(told, lived)
    assert found
    assert {one.leaf["kind"] for one in found} == {kind}
    assert all(what in one.what and one.how == "changed" for one in found)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("delete from iku.decision where kind = 'approve'", "approval"),
        ("update iku.decision set kind = 'verify' where kind = 'approve'", "approval"),
        ("delete from iku.publication", "publication"),
        ("delete from iku.batch where batch_id = 1", "batch"),
    ],
)
def test_what_a_superuser_deletes_is_gone(
    query: str, kind: str, told: Ledger, lived: Warehouse, cluster: Cluster
) -> None:
    with dba(cluster, lived) as connection:
        connection.execute(query)  # type: ignore[arg-type]  # as above
    assert (kind, "gone") in {(one.leaf["kind"], one.how) for one in differences(told, lived)}


def test_a_leaf_that_somebody_has_invented_is_seen(told: Ledger, lived: Warehouse) -> None:
    with log.writer(told.folder) as writer:
        at = len(writer.before.lines)
        batch = meter_batch(told)
        writer.add([canonical.encode(leaf) for leaf in (
            {"v": 1, "kind": "pengesahan", "id": "1"}, {**batch, "loaded": 6}, {**batch, "id": "9999"},
        )])  # fmt: skip
    found = [(one.number, one.how, one.what) for one in differences(told, lived)]
    assert found == [(at + 1, "unknown", ()), (at + 2, "changed", ("loaded",)), (at + 3, "gone", ())]


def test_a_number_that_an_older_database_gives_out_again_gets_a_leaf_of_its_own(
    told: Ledger, lived: Warehouse, cluster: Cluster
) -> None:
    with dba(cluster, lived) as connection:
        connection.execute(
            "update iku.decision set decided_at = decided_at + interval '1 hour', reason = 'sesudah dipulihkan'"
            " where kind = 'release'"
        )
    (leaf,) = append(told, lived)
    assert leaf["kind"] == "decision"
    assert [(one.leaf["kind"], one.how, one.what) for one in differences(told, lived)] == [
        ("decision", "changed", ("at", "parts.row"))
    ]
    assert append(told, lived) == []


# ---------------------------------------------------------------- one record


def test_one_record_is_shown_without_the_others(told: Ledger, lived: Warehouse) -> None:
    leaf = meter_batch(told)
    seed = told.salts.seed("batch", leaf["id"])
    with lived.connect("auditor") as auditor:
        batch = auditor.execute("select * from iku.batch where batch_id = %s", [leaf["id"]]).fetchone()
        assert batch is not None
        shown = parts.shown(seed, "record", records.hashes(auditor, batch), 3)
        fact = auditor.execute(
            "select * from fact.meter where batch_id = %s and record_no = 3", [leaf["id"]]
        ).fetchone()
        assert fact is not None
        with pytest.raises(NotFound, match="nomor 77"):
            parts.shown(seed, "record", records.hashes(auditor, batch), 77)
    assert shown["content"] == identity.record_hash(METER, fact)
    assert [shown["size"], shown["root"]] == leaf["parts"]["record"]
    under_salt = tree.leaf_hash(bytes.fromhex(shown["salt"]) + bytes.fromhex(shown["content"]))
    proof = [bytes.fromhex(sibling) for sibling in shown["proof"]]
    assert tree.is_included(under_salt, shown["index"], shown["size"], proof, bytes.fromhex(shown["root"]))


def test_what_is_erased_is_a_leaf_and_no_other_history(told: Ledger, lived: Warehouse) -> None:
    leaf = meter_batch(told)
    told.salts.erase("batch", [leaf["id"]], datetime(2026, 3, 1, tzinfo=UTC))
    (erased,) = append(told, lived)
    assert (erased["kind"], erased["id"], erased["at"]) == (
        "erasure",
        f"batch/{leaf['id']}",
        "2026-03-01T00:00:00+00:00",
    )
    assert [(one.leaf["id"], one.how) for one in differences(told, lived)] == [(leaf["id"], "erased")]
    with pytest.raises(salts.Erased, match="dihapus pada 2026-03-01"):
        told.salts.seed("batch", leaf["id"])


def test_a_trusted_key_is_a_leaf(told: Ledger, lived: Warehouse) -> None:
    line = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    told.trust(line)
    told.trust(line)
    (leaf,) = append(told, lived)
    assert (leaf["kind"], leaf["id"]) == ("key", line)
