"""The stage of a published figure (tahap) is that of its own indicator, period and revision, as known at the as-of."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from iku_etl.errors import SettingError
from iku_etl.manifest import decisions
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Warehouse, one
from tests import given

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
        if kind == "approve":
            return given.approve(owner, figure)
        return decisions.decide(owner, kind, figure=figure, reason="rapat bulanan", decided_by="Kepala Bidang")

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
    earlier = "sementara" if kind == "verify" else "terverifikasi"
    assert told(warehouse, as_of=row["load_no"] - 1)[2] == earlier
    assert told(warehouse, as_of_time=before)[2] == earlier
    assert told(warehouse, as_of_time=datetime.now(UTC))[2] == stage


def test_the_newest_row_of_each_figure_is_marked_and_no_other(warehouse: Warehouse, decide: Decide) -> None:
    with warehouse.connect("reader") as reader:
        rows = reader.execute("select indicator, period, revision from iku.published_figure where is_newest").fetchall()
    assert {tuple(row.values()) for row in rows} == {FIGURES[3], FIGURES[4], FIGURES[5]}


# ---------------------------------------------------------------- four eyes

FIGURE: Key = ("IKU-08", "2026-01", 2)
APPROVAL = decisions.Approval("Kepala Dinas", "800/1", date(2026, 2, 10))


def approved(owner: Connection, by: str, approval: decisions.Approval | None = APPROVAL, figure: Key = FIGURE) -> int:
    return decisions.decide(owner, "approve", figure=figure, reason="rapat", decided_by=by, approval=approval)


@pytest.mark.usefixtures("decide")
def test_nothing_is_approved_that_nobody_verified(owner: Connection) -> None:
    with pytest.raises(SettingError, match="nomor 2 belum diverifikasi"):
        approved(owner, "Kepala Dinas")


@pytest.mark.parametrize(
    "name",
    ["Budi Santoso", "budi santoso", " BUDI   SANTOSO", "Budi Santoso, S.Kom", "Budi Santoso (Kepala Bidang)",
     "Budi\u00a0Santoso.", "\uff22udi Santoso"],
)  # fmt: skip
def test_who_verified_does_not_approve_however_it_is_written(owner: Connection, decide: Decide, name: str) -> None:
    decisions.decide(owner, "verify", figure=FIGURE, reason="diperiksa", decided_by="Budi Santoso, Kepala Seksi")
    for by, official in ((name, "Kepala Dinas"), ("Sekretaris", name)):
        with pytest.raises(SettingError, match="Yang memverifikasi tidak mengesahkan"):
            approved(owner, by, decisions.Approval(official, "800/1", date(2026, 2, 10)))
    decisions.decide(owner, "verify", figure=FIGURE, reason="diperiksa", decided_by="Siti Aminah")
    with pytest.raises(SettingError, match="diverifikasi oleh Budi"):  # though another verified it, too
        approved(owner, name)
    assert approved(owner, "Budi Hartono")
    with pytest.raises(SettingError, match="Yang mengesahkan tidak memverifikasi"):
        decisions.decide(owner, "verify", figure=FIGURE, reason="diperiksa", decided_by="budi hartono")


def test_an_approval_names_official_letter_and_cut_off(owner: Connection, decide: Decide) -> None:
    decide("verify")
    for lacking in (
        None, decisions.Approval(" ", "800/1", date(2026, 2, 10)), decisions.Approval("Kepala", "", date(2026, 2, 10)),
        decisions.Approval("Kepala", "800/1", None),
    ):  # fmt: skip
        with pytest.raises(SettingError, match="belum lengkap"):
            approved(owner, "Kepala Dinas", lacking)
    row = one(owner, "select * from iku.decision where decision_id = %s", [approved(owner, "Sekretaris")])
    assert (row["official"], row["letter"], row["cut_off_on"]) == ("Kepala Dinas", "800/1", date(2026, 2, 10))


@pytest.mark.parametrize("figure", [("IKU-08", "2026-01", 0), ("IKU-08", "2026-01", 9), ("IKU-08", "2026-03", 1)])
def test_only_what_was_published_since_its_cut_off_is_decided_about(
    owner: Connection, decide: Decide, figure: Key
) -> None:
    with pytest.raises(SettingError, match="tidak ada di antara angka yang terbit"):
        decide("verify", figure)


def test_the_law_holds_for_whoever_writes_the_row_himself(owner: Connection, decide: Decide) -> None:
    decide("verify")
    with pytest.raises(psycopg.errors.CheckViolation, match="Yang memverifikasi tidak mengesahkan"):
        owner.execute(
            """
            insert into iku.decision
                (load_no, kind, indicator, period, revision, reason, decided_by, official, letter, cut_off_on)
            values (9999, 'approve', 'IKU-08', '2026-01', 2, 'sendiri', 'kepala  bidang', 'Kepala Dinas', '8', now())
            """
        )


def test_what_one_person_did_before_the_law_stays_and_is_shown(
    warehouse: Warehouse, owner: Connection, decide: Decide
) -> None:
    owner.execute("alter table iku.decision disable trigger four_eyes")
    for kind in ("verify", "approve"):
        decisions.decide(owner, kind, figure=FIGURE, reason="dulu begitu", decided_by="Kepala Dinas")
    owner.execute("alter table iku.decision enable trigger four_eyes")
    with warehouse.connect("reader") as reader, database.reading(reader):
        row = one(
            reader, "select * from iku.published_figure where (indicator, period, revision) = (%s, %s, %s)", FIGURE
        )
    assert (row["tahap"], row["approved_official"], row["approved_letter"]) == ("disahkan", "Kepala Dinas", None)
