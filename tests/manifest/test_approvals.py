"""The stage of a published figure (tahap) is that of its own indicator, period and revision, as known at the as-of."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from iku_etl.manifest import decisions
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Warehouse, one

Key = tuple[str, str, int]
FIGURES: tuple[Key, ...] = (
    ("IKU-08", "2026-01", 0), ("IKU-08", "2026-01", 1), ("IKU-08", "2026-01", 2), ("IKU-08", "2026-01", 3),
    ("IKU-08", "2026-02", 2), ("IKU-05", "2026-01", 2),
)  # fmt: skip
Decide = Callable[..., int]


@pytest.fixture
def decide(owner: Connection) -> Decide:
    """Six published rows; takes a decision about one of them."""
    made = one(owner, "insert into iku.publication (as_of, as_of_time) values (1, now()) returning publication_id as n")
    for indicator, period, revision in FIGURES:
        owner.execute(
            """
            insert into iku.figure
                (publication_id, indicator, period, revision, value, is_official, mutu, reason, definition, as_of,
                as_of_time)
            select %s, %s, %s, %s, 50, true, 'cukup', '', definition, 1, now()
            from iku.definition where indicator = 'IKU-08'
            """,
            [made["n"], indicator, period, revision],
        )

    def take(kind: str, figure: Key = ("IKU-08", "2026-01", 2)) -> int:
        return decisions.decide(owner, kind, figure=figure, reason="rapat bulanan", decided_by="Kepala Dinas")

    return take


def stages(warehouse: Warehouse, as_of: int | None = None, as_of_time: datetime | None = None) -> dict[Key, str]:
    with warehouse.connect("reader") as reader, database.reading(reader, as_of, as_of_time):
        rows = reader.execute("select indicator, period, revision, tahap from iku.published_figure").fetchall()
    return {(row["indicator"], row["period"], row["revision"]): row["tahap"] for row in rows}


def told(warehouse: Warehouse, **as_of: object) -> list[str]:
    found = stages(warehouse, **as_of)
    return [found[key] for key in FIGURES]


def test_an_approval_is_of_one_revision_and_what_came_after_it_is_revised(warehouse: Warehouse, decide: Decide) -> None:
    decide("approve")
    nothing = "sementara"
    assert told(warehouse) == [nothing, nothing, "disahkan", "direvisi", nothing, nothing]


def test_a_verification_is_of_one_revision(warehouse: Warehouse, decide: Decide) -> None:
    decide("verify")
    nothing = "sementara"
    assert told(warehouse) == [nothing, nothing, "terverifikasi", nothing, nothing, nothing]


def test_a_revision_after_an_approved_one_is_revised_until_it_is_approved_itself(
    warehouse: Warehouse, decide: Decide
) -> None:
    decide("approve", ("IKU-08", "2026-01", 1))
    decide("verify", ("IKU-08", "2026-01", 2))
    decide("verify", ("IKU-08", "2026-01", 1))  # an approval stays one
    assert told(warehouse)[:4] == ["sementara", "disahkan", "direvisi", "direvisi"]
    decide("approve", ("IKU-08", "2026-01", 3))
    assert told(warehouse)[:4] == ["sementara", "disahkan", "direvisi", "disahkan"]


@pytest.mark.parametrize(("kind", "stage"), [("verify", "terverifikasi"), ("approve", "disahkan")])
def test_a_decision_is_not_known_before_it_was_taken(
    warehouse: Warehouse, owner: Connection, decide: Decide, kind: str, stage: str
) -> None:
    row = one(owner, "select * from iku.decision where decision_id = %s", [decide(kind)])
    before = row["decided_at"] - timedelta(microseconds=1)
    assert told(warehouse, as_of=row["load_no"])[2] == stage
    assert told(warehouse, as_of=row["load_no"] - 1)[2] == "sementara"
    assert told(warehouse, as_of_time=before)[2] == "sementara"
    assert told(warehouse, as_of_time=datetime.now(UTC))[2] == stage


def test_the_newest_row_of_each_figure_is_marked_and_no_other(warehouse: Warehouse, decide: Decide) -> None:
    with warehouse.connect("reader") as reader:
        rows = reader.execute("select indicator, period, revision from iku.published_figure where is_newest").fetchall()
    assert {tuple(row.values()) for row in rows} == {FIGURES[3], FIGURES[4], FIGURES[5]}
