"""What the ledger costs: a log of five years checked from end to end, and the record trees of a month of probes.

100,000 leaves as batches leave them: read, hashed, root, signature, memory of a witness, proofs. 30 days of probes
(1.56 M records): the leaves of their 30 batches, beside landing, judging and loading them, and beside COPY of the facts
to nowhere.
"""

import argparse
import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from land_to_load import from_disk, windows, write_payloads
from world import told, warehouse

from iku_etl import catalogue
from iku_etl.audit import canonical, heads, log, notes, signing, tree
from iku_etl.audit.seen import Seen
from iku_etl.pipeline import Pipeline, warm

LEAVES = 100_000
SIGNED_EACH = 60  # leaves between heads: a night's
PROOFS = 1_000


def made_up(number: int) -> bytes:
    """A leaf as long as a batch's."""
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    parts = {name: [number % 52_000, digest] for name in ("record", "payload", "check", "row")}
    return canonical.encode({
        "v": 1, "kind": "batch", "id": str(number), "at": "2026-11-28T17:14:39.742439+00:00",
        "source": "website_uptime",
        "window_on": "2026-11-27", "ending": "in_force", "load_no": number, "payload_fingerprint": digest,
        "record_fingerprint": digest, "judged_sha256": digest, "parts": parts,
    })  # fmt: skip


def check(folder: Path, witness: Path, key: notes.VerifierKey) -> None:
    """All that can be checked of a log without the warehouse."""
    entries = log.read(folder)
    head, _ = heads.trusted((folder / log.HEAD).read_bytes(), key)
    assert sum(1 for _ in entries.each()) == LEAVES
    assert entries.head(key.name) == head
    Seen(witness).check(entries.hashes, entries.lines, "bench")
    for size in range(SIGNED_EACH, LEAVES, SIGNED_EACH):  # consistent with every head of five years
        proof = entries.tree.consistency(size)
        assert tree.is_consistent(size, LEAVES, entries.tree.root(size), head.root, proof)
    for index in range(0, LEAVES, LEAVES // PROOFS):
        assert tree.is_included(entries.hashes[index], index, LEAVES, entries.tree.inclusion(index), head.root)


def seconds(deed: Callable[[], object], turns: int) -> list[float]:
    found = []
    for _ in range(turns):
        started = time.perf_counter()
        deed()
        found.append(time.perf_counter() - started)
    return found


def five_years(turns: int) -> dict[str, str]:
    with TemporaryDirectory(prefix="iku-bench-") as place:
        folder, signer, witness = (Path(place) / name for name in ("ledger", "signer", "witness"))
        with log.writer(folder) as writer:
            writer.add(made_up(number) for number in range(LEAVES))
        key = signing.make_key(signer, "bench.example/buku", notes.ED25519)
        signing.sign(signer, folder, is_trial=True)
        (folder / log.HEAD).write_bytes((signer / log.HEAD).read_bytes())
        signing.witness(witness, folder, name="saksi.example", log_key=str(key))

        def add_one() -> None:
            with log.writer(folder) as writer:
                assert len({(leaf["kind"], leaf["id"]) for leaf in writer.before.each()}) >= LEAVES
                writer.add([made_up(LEAVES)])

        size = (folder / log.ENTRIES).stat().st_size / 1024**2
        found = {
            f"{LEAVES:,} leaves ({size:.0f} MiB) checked": told(
                seconds(lambda: check(folder, witness, key), turns), "s"
            ),
            "signed": told(seconds(lambda: signing.sign(signer, folder, is_trial=True), turns), "s"),
            "witnessed": told(seconds(lambda: signing.witness(witness, folder), turns), "s"),
        }
        return found | {"one leaf added": told(seconds(add_one, turns), "s")}


def month(days: int, payloads: Path) -> dict[str, str]:
    write_payloads(payloads, days)
    with warehouse() as (found, site):
        pipeline = Pipeline(site, found, lambda: datetime(2026, 11, 1, tzinfo=UTC))
        warm()
        source = replace(catalogue.source("website_uptime"), extract=from_disk(payloads))
        pipeline.append_ledger()  # migrations, definitions, the state of the database
        (site.ledger_dir / log.ENTRIES).rename(site.ledger_dir / "aside")  # nothing is noted while it is loaded
        started, cpu = time.perf_counter(), time.process_time()
        pipeline.validate_and_load(pipeline.extract(source, windows(days)).batch_ids)
        loaded, loaded_cpu = time.perf_counter() - started, time.process_time() - cpu
        (site.ledger_dir / "aside").rename(site.ledger_dir / log.ENTRIES)
        with found.connect("auditor") as connection:
            started, cpu = time.perf_counter(), time.process_time()
            new = pipeline.ledger.append(connection, whole=False)
            noted, noted_cpu = time.perf_counter() - started, time.process_time() - cpu
            assert len(new) == days
            row = connection.execute("select count(*) as n from fact.website_uptime").fetchone()
            started = time.perf_counter()
            with connection.cursor().copy("copy (select * from fact.website_uptime) to stdout") as copy:
                for _ in copy:
                    pass
            floor = time.perf_counter() - started
    count = row["n"] if row else 0
    return {
        "records": f"{count:,} in {days} batches",
        "their leaves": f"{noted:.1f} s ({noted_cpu:.1f} s of this process), {1e6 * noted_cpu / count:.1f} us a record",
        "landing, judging, loading them": f"{loaded:.1f} s ({loaded_cpu:.1f} s of this process)",
        "leaves / load": f"{noted / loaded:.2f} x",
        "leaves / COPY of the facts to nowhere": f"{noted / floor:.1f} x (COPY {floor:.1f} s)",
    }


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--turns", type=int, default=5)
    made.add_argument("--days", type=int, default=30)
    made.add_argument("--payloads", type=Path, help="keep the prepared answers there")
    return made


def main(arguments: argparse.Namespace) -> dict[str, str]:
    with TemporaryDirectory(prefix="iku-bench-") as folder:
        found = five_years(arguments.turns) | month(arguments.days, arguments.payloads or Path(folder))
    for label, sentence in found.items():
        print(f"{label}: {sentence}", flush=True)
    return found


if __name__ == "__main__":
    main(parser().parse_args())
