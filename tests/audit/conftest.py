"""A ledger, and a warehouse in which something has happened."""

from datetime import date
from pathlib import Path

import publish_kit
import pytest
from kit import declare
from ledger_kit import NAME, REASON, append
from load_kit import aside, loads

from iku_etl.audit import ledger
from iku_etl.audit.ledger import Ledger
from iku_etl.manifest import decisions
from iku_etl.settings import Settings
from iku_etl.warehouse.database import Warehouse


@pytest.fixture
def book(site: Settings) -> Ledger:
    return ledger.ledger(site)


@pytest.fixture
def lived(warehouse: Warehouse, tmp_path: Path) -> Warehouse:
    """A warehouse with two revisions of a day, one record set aside, a decision, and a publication, verified."""
    declare(warehouse)
    loads(warehouse, tmp_path, 0, range(5), [aside(6, 9, "rahasia-9")])
    loads(warehouse, tmp_path, 1, range(7), [aside(8, 9, "rahasia-9")])
    with warehouse.connect("owner") as owner:
        publish_kit.rules(owner)
        publish_kit.target(owner, ("2026", 85, "persen"))
        publish_kit.messages(owner, 9)
    with warehouse.connect("publisher") as publisher:
        made = publish_kit.said(publisher, publish_kit.CUT_OFF)
    about = {"reason": REASON, "decided_by": NAME}
    with warehouse.connect("decider") as decider:
        decisions.decide(decider, "release", source="meter", record_key={"site": "a"}, record_hash="h", **about)
        figure = next(one for one in made.figures if one[2] > 0)
        decisions.decide(decider, "verify", figure=figure, reason=REASON, decided_by="Penguji Kedua")
        approval = decisions.Approval(NAME, "800/1/KOMINFO/2026", date(2026, 2, 10))
        decisions.decide(decider, "approve", figure=figure, approval=approval, **about)
    return warehouse


@pytest.fixture
def told(book: Ledger, lived: Warehouse) -> Ledger:
    append(book, lived)
    return book
