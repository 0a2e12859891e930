"""The log over a real warehouse: what gets a leaf, once, at once and killed, and what it gives away."""

import json
import multiprocessing
import os
import re
import signal
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import Cluster
from ledger_kit import NAME, REASON, append, dba, differences
from load_kit import loads

from iku_etl.audit import log, salts
from iku_etl.audit.ledger import Ledger
from iku_etl.errors import LedgerError
from iku_etl.records import identity
from iku_etl.settings import PROJECT, Settings
from iku_etl.warehouse.database import Warehouse

# ---------------------------------------------------------------- what gets a leaf


def test_what_is_committed_gets_one_leaf_and_no_second(book: Ledger, lived: Warehouse) -> None:
    new = append(book, lived, whole=True)
    counts = Counter(leaf["kind"] for leaf in new)
    with lived.connect("auditor") as auditor:
        for kind, query in {
            "batch": "select count(*) as n from iku.batch where ending is not null",
            "definition": "select count(*) as n from iku.definition",
            "declaration": "select count(*) as n from iku.source_patience",
        }.items():
            found = auditor.execute(query).fetchone()
            assert found == {"n": counts.pop(kind)}, kind
    assert counts.pop("migration") >= 7
    assert counts == {"publication": 1, "decision": 1, "verification": 1, "approval": 1, "grants": 1}
    assert append(book, lived, whole=True) == []
    assert differences(book, lived) == []
    moments = [leaf["at"] for leaf in new if "at" in leaf]
    assert moments == sorted(moments)


WITHOUT = {  # tables of the manifest that no leaf is about, and why
    "load_counter": "a number; those that were taken stand in the leaves",
    "source": "said anew by each migration: an object of the leaf `grants`",
}


def test_every_table_of_the_manifest_is_in_a_leaf(lived: Warehouse) -> None:
    """A new table gets a leaf (a module in audit/leaves), or stands above with the reason why not."""
    texts = "".join(path.read_text() for path in (PROJECT / "iku_etl" / "audit" / "leaves").glob("*.py"))
    with lived.connect("auditor") as auditor:
        rows = auditor.execute(
            "select relname from pg_class where relnamespace = 'iku'::regnamespace and relkind = 'r'"
        )
        tables = {row["relname"] for row in rows}
    told = set(re.findall(r"\biku\.(\w+)", texts))
    assert tables - told <= WITHOUT.keys() <= tables


def test_a_leaf_is_canonical_and_says_what_became_of_a_batch(book: Ledger, lived: Warehouse) -> None:
    batches = [leaf for leaf in append(book, lived) if leaf["kind"] == "batch" and leaf["source"] == "meter"]
    first, second = batches
    assert [first["parts"][name][0] for name in ("record", "quarantine", "payload", "check", "left_out")] == [
        5,
        1,
        1,
        1,
        1,
    ]
    assert (second["supersedes"], second["revision"], second["loaded"]) == ([int(first["id"])], 2, 7)
    assert "supersedes" not in first
    for line in log.read(book.folder).lines:
        assert line.decode() == json.dumps(json.loads(line), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def test_a_publication_is_told_with_its_figures_exactly(book: Ledger, lived: Warehouse) -> None:
    (told,) = [leaf for leaf in append(book, lived) if leaf["kind"] == "publication"]
    with lived.connect("auditor") as auditor:
        rows = auditor.execute(
            "select indicator, period, revision, value from iku.figure order by figure_id"
        ).fetchall()
    assert [(one["indicator"], one["period"], one["revision"], one.get("value")) for one in told["figures"]] == [
        (
            row["indicator"],
            row["period"],
            row["revision"],
            None if row["value"] is None else str(identity.plain(row["value"])),
        )
        for row in rows
    ]


def test_no_leaf_names_a_person_a_reason_or_a_key(book: Ledger, lived: Warehouse) -> None:
    append(book, lived, whole=True)
    content = (book.folder / log.ENTRIES).read_text()
    for word in (NAME, REASON, "4711", "Siti", "rahasia", identity.plain(datetime(2026, 1, 4, 17, 9, tzinfo=UTC))):
        assert word not in content, word


def test_the_seeds_are_of_their_owner_alone(book: Ledger, lived: Warehouse, site: Settings) -> None:
    append(book, lived)
    assert site.salts_dir.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in site.salts_dir.iterdir()} == {0o600}
    assert not site.salts_dir.is_relative_to(site.ledger_dir)


def test_what_changes_in_the_database_itself_is_a_leaf(book: Ledger, lived: Warehouse, cluster: Cluster) -> None:
    append(book, lived, whole=True)
    with dba(cluster, lived) as connection:
        connection.execute("grant update on iku.figure to iku_reader")
        connection.execute("alter table iku.decision disable trigger keep_history")
        connection.execute(
            "create or replace function iku.local_zone() returns text language sql immutable parallel safe"
            " begin atomic select 'Asia/Jayapura'::text; end"
        )
        connection.execute("create view iku.baru as select 1 as satu")
        connection.execute("drop trigger keep_history on iku.batch")
        connection.execute("update iku.source set since = '2020-01-01' where source = 'meter'")
    (leaf,) = append(book, lived, whole=True)
    assert leaf["changed"].keys() == {
        "relation iku.figure", "trigger iku.decision keep_history", "function iku.local_zone()", "relation iku.baru",
        "source meter",
    }  # fmt: skip
    assert leaf["gone"] == ["trigger iku.batch keep_history"]
    assert append(book, lived, whole=True) == []


# ---------------------------------------------------------------- at once, and killed


def _append_at_once(dsns: dict[str, str], folder: Path, start: Any) -> None:
    start.wait()
    with Warehouse(dsns).connect("auditor") as auditor:
        Ledger(folder / "ledger", salts.Salts(folder / "salts")).append(auditor, whole=False)


def test_two_processes_add_each_leaf_once(lived: Warehouse, site: Settings, book: Ledger) -> None:
    made = multiprocessing.get_context("spawn")
    start = made.Barrier(3)
    both = [made.Process(target=_append_at_once, args=(lived.dsn_by_role, site.state, start)) for _ in range(2)]
    for process in both:
        process.start()
    start.wait()
    for process in both:
        process.join(120)
    assert [process.exitcode for process in both] == [0, 0]
    leaves = [(leaf["kind"], leaf["id"]) for leaf in log.read(book.folder).read]
    assert len(leaves) == len(set(leaves)) > 50
    assert append(book, lived) == []
    assert differences(book, lived) == []


def _killed_while_adding(dsns: dict[str, str], folder: Path, after: int) -> None:
    from iku_etl.audit import files

    appended = files.append
    calls = 0

    def append(path: Path, content: bytes, mode: int = files.OPEN) -> None:
        nonlocal calls
        calls += 1
        if calls == after:
            appended(path, content[: len(content) // 2 + 7], mode)
            os.kill(os.getpid(), signal.SIGKILL)
        appended(path, content, mode)

    files.append = append
    _append_at_once(dsns, folder, multiprocessing.get_context("spawn").Barrier(1))


@pytest.mark.parametrize("after", [2, 6, 7])
def test_what_a_killed_process_has_left_is_healed_by_the_next(
    after: int, lived: Warehouse, site: Settings, book: Ledger
) -> None:
    """Killed in the middle of each file that is written: seeds, entries, memory."""
    process = multiprocessing.get_context("spawn").Process(
        target=_killed_while_adding, args=(lived.dsn_by_role, site.state, after)
    )
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    assert (book.folder / log.ENTRIES).exists() == (after > 5)
    append(book, lived)
    leaves = [(leaf["kind"], leaf["id"]) for leaf in log.read(book.folder).read]
    assert len(leaves) == len(set(leaves)) > 50
    assert append(book, lived) == []
    assert differences(book, lived) == []


def test_a_batch_that_was_committed_and_not_appended_comes_with_the_next(
    book: Ledger, lived: Warehouse, tmp_path: Path
) -> None:
    append(book, lived)
    made = loads(lived, tmp_path, 2, range(9))  # and here the process was killed
    (leaf,) = append(book, lived)
    assert (leaf["kind"], leaf["id"], leaf["loaded"]) == ("batch", str(made.batch_id), 9)


@pytest.mark.parametrize("how", ["cut", "changed", "swapped"])
def test_nothing_is_added_to_a_log_that_is_not_what_was_written(
    how: str, book: Ledger, lived: Warehouse, tmp_path: Path
) -> None:
    append(book, lived)
    path = book.folder / log.ENTRIES
    lines = path.read_bytes().splitlines(keepends=True)
    if how == "cut":
        path.write_bytes(b"".join(lines[:-1]))
    elif how == "changed":
        path.write_bytes(b"".join([*lines[:3], lines[3].replace(b'"v":1', b'"v":2'), *lines[4:]]))
    else:
        path.write_bytes(b"".join([*lines[:3], lines[4], lines[3], *lines[5:]]))
    loads(lived, tmp_path, 2, range(9))
    with pytest.raises(LedgerError, match=f"dipotong sesudah daun {len(lines) - 1}" if how == "cut" else "daun 4 "):
        append(book, lived)
