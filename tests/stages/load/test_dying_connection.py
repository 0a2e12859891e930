"""A connection that dies around the commit of a load."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from kit import METER, ZONE, count, landed
from load_kit import judged

from iku_etl.errors import TransientError
from iku_etl.manifest import batches
from iku_etl.model import Batch
from iku_etl.stages import load
from iku_etl.warehouse.database import Connection, Warehouse


@contextmanager
def dying(warehouse: Warehouse, *, after_commit: bool) -> Iterator[Connection]:
    """A loader's connection whose session the server ends just before or just after its transaction commits."""
    with warehouse.connect("loader") as connection, warehouse.connect("loader") as other:
        real = connection.transaction

        def end_session() -> None:
            other.execute("select pg_terminate_backend(%s)", [connection.info.backend_pid])

        @contextmanager
        def transaction() -> Iterator[None]:
            with real():
                yield
                if not after_commit:
                    end_session()
            end_session()

        connection.transaction = transaction
        yield connection


def load_dying(warehouse: Warehouse, folder: Path, *, after_commit: bool) -> Batch:
    with warehouse.connect("loader") as connection:
        batch_id = landed(connection)
    path = judged(folder / "1.parquet", [1, 2])
    connections = iter([dying(warehouse, after_commit=after_commit)])
    return load.load(lambda: next(connections, None) or warehouse.connect("loader"), METER, batch_id, path, ZONE)


def test_a_commit_whose_answer_was_lost_is_a_commit(meters: Warehouse, tmp_path: Path) -> None:
    batch = load_dying(meters, tmp_path, after_commit=True)
    assert (batch.ending, batch.loaded, batch.load_no) == ("in_force", 2, 1)


def test_a_connection_that_dies_before_the_commit_leaves_nothing_and_asks_for_another_try(
    meters: Warehouse, tmp_path: Path
) -> None:
    with pytest.raises(TransientError, match="tidak ada yang berlaku darinya") as lost:
        load_dying(meters, tmp_path, after_commit=False)
    assert isinstance(lost.value.__cause__, psycopg.OperationalError)
    with meters.connect("loader") as connection:
        assert count(connection, "meter") == 0
        assert batches.get(connection, 1, ZONE).ending is None
    assert load.load(lambda: meters.connect("loader"), METER, 1, tmp_path / "1.parquet", ZONE).ending == "in_force"


def test_a_server_that_went_away_for_good_is_said(meters: Warehouse, tmp_path: Path) -> None:
    def nowhere() -> Connection:
        raise psycopg.OperationalError("connection refused")

    with meters.connect("loader") as connection:
        batch_id = landed(connection)
    path = judged(tmp_path / "1.parquet", [1, 2])
    with pytest.raises(TransientError, match=f"Jalankan lagi: iku load {batch_id}"):
        load.load(nowhere, METER, batch_id, path, ZONE)
