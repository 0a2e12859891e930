"""The companion of IKU-08 by its name: in the worked example's first quarter all five OPD were served."""

import json
from datetime import date
from pathlib import Path

from iku_etl.catalogue import kamus
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Warehouse
from tests import given
from tests.oracle.worked.iku_08 import Arrivals

EXAMPLES = Path(__file__).parents[1] / "data" / "worked_examples.json"


def test_by_its_name_all_five_were_served(warehouse: Warehouse) -> None:
    entries = json.loads(EXAMPLES.read_text(encoding="utf-8"))["indicators"]
    (entry,) = (entry for entry in entries if entry["indicator"] == "IKU-08")
    with warehouse.connect("owner") as owner:
        Arrivals(entry["given"]).arrive(owner, date(2026, 4, 15))
        definition = kamus.current(owner)["IKU-08-OPD"]
        with database.reading(owner, as_of_time=given.midnight_after(date(2026, 4, 15))):
            rows = owner.execute(f"select * from {definition}.figure where period = '2026-TW1'").fetchall()
    (figure,) = rows
    assert (figure["value"], figure["numerator"], figure["denominator"]) == (100, 5, 5)
    assert figure["is_official"] is False
