"""An entry whose unit can't be read withholds the whole value: so it says in which file and row it stands."""

from examples_kit import CUT_OFF, members
from pipeline_kit import collect, drop

from iku_etl.catalogue import kamus
from iku_etl.pipeline import Pipeline
from iku_etl.sources.persandian_message import SOURCE
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Warehouse

HEADER = "unit,agenda_no,recorded_on,direction,sender,number,class,secured,secured_by,void"


def test_the_name_of_an_office_where_its_id_belongs(pipeline: Pipeline, warehouse: Warehouse) -> None:
    drop(
        pipeline, "persandian_message", HEADER,
        "setda,1,2026-01-05,masuk,A,1,biasa,ya,jks,tidak",
        "Dinas Kesehatan,2,2026-01-06,masuk,B,3,biasa,ya,jks,tidak",
        mark="periode,2026-01",
    )  # fmt: skip
    batch = collect(pipeline, "persandian_message")
    assert (batch.ending, batch.loaded, batch.quarantined) == ("in_force", 1, 1)
    with warehouse.connect("owner") as owner:
        file = database.one(owner, "select request ->> 'file' as name from iku.payload")["name"]
        nameless = members(owner, kamus.current(owner)["IKU-08"], at=CUT_OFF)[0]
    assert nameless["denominator"] is None
    assert nameless["member_name"] == f"{file} baris 4"
    assert nameless["reason"] == f"tidak teramati: entri {SOURCE.title} dikarantina, unitnya tidak terbaca"
