"""An approved figure is computed again by the target, the rules and the definition under which it was approved."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from publish_kit import CUT_OFF, messages, rules, said, target

from iku_etl.figures import approvals, publications
from iku_etl.settings import PROJECT
from iku_etl.stages import trace, views
from iku_etl.warehouse import sql_text
from iku_etl.warehouse.database import Connection, Warehouse
from tests import given

FIGURE = ("IKU-08", "2026-01")
SECURED = "case when why_unobserved is null then secured_count else 0 end::numeric as numerator,"
COPIES = ("target", "parameter", "definition")


def redefine(owner: Connection, folder: Path) -> None:
    """Another text of the indicator: half of what was secured counts."""
    shutil.copytree(PROJECT / "sql", folder)
    (path,) = (folder / "indicators").glob("iku_08_informasi*.sql")
    text = path.read_text(encoding="utf-8")
    assert SECURED in text
    path.write_text(text.replace(SECURED, SECURED.replace("secured_count else", "secured_count / 2 else")))
    views.build(owner, folder)


def changes(owner: Connection, folder: Path) -> dict[str, Callable[[], Any]]:
    return {
        "target": lambda: target(owner, ("2026-01", 95, "persen")),
        "parameter": lambda: rules(owner, coverage_floor_pct=95, predikat_sangat_tinggi=99),
        "definition": lambda: redefine(owner, folder),
    }


@pytest.mark.parametrize("changed", [*((name,) for name in COPIES), COPIES], ids=[*COPIES, "all"])
def test_it_is_computed_by_the_text_of_its_year(
    warehouse: Warehouse, owner: Connection, publisher: Connection, tmp_path: Path, changed: tuple[str, ...]
) -> None:
    rules(owner)
    target(owner, ("2026-01", 80, "persen"))
    messages(owner, 9)
    said(publisher, CUT_OFF)
    given.approve(owner, (*FIGURE, 1))
    for name in changed:
        changes(owner, tmp_path / "sql")[name]()
    messages(owner, 8)  # and late data, so that there is a row by the new text
    said(publisher, CUT_OFF + timedelta(days=1))
    with warehouse.connect("auditor") as auditor:
        found, now = (trace.figure(auditor, *FIGURE, revision=number) for number in (1, 2))
        (row,) = publications.select(auditor, *FIGURE)
    assert found.agrees
    assert now.agrees
    assert (found.figure["value"], found.figure["target"], found.figure["capaian"]) == (90, 80, 112.5)
    assert [member["numerator"] for member in found.members] == [9]
    assert now.figure["target"] == (95 if "target" in changed else 80)
    assert now.figure["value"] == (40 if "definition" in changed else 80)
    assert (now.figure["definition"] != found.figure["definition"]) == ("definition" in changed)
    assert (row["tahap"], row["revision"], row["approved"]["value"]) == ("direvisi", 2, 90)
    assert approvals.brief(row) == "disahkan 90,00 (nomor 1)"
    assert row["approved"]["definition"] == found.figure["definition"]


def test_the_text_of_a_definition_stays_readable_when_its_file_is_another(
    warehouse: Warehouse, owner: Connection, publisher: Connection, tmp_path: Path
) -> None:
    rules(owner)
    messages(owner, 9)
    said(publisher, CUT_OFF)
    redefine(owner, tmp_path / "sql")
    said(publisher, CUT_OFF + timedelta(days=1))
    with warehouse.connect("auditor") as auditor:
        texts = [trace.published(auditor, *FIGURE, number)["definition"] for number in (1, 2)]
        kept = [
            auditor.execute("select texts from iku.definition where definition = %s", [name]).fetchone()
            for name in texts
        ]
    said_by = [sql_text.normalised(str(row and row["texts"])) for row in kept]
    assert "secured_count / 2" not in said_by[0]
    assert "secured_count / 2" in said_by[1]
