"""The registers of applications, integrations and use: which rows of a file load, and which are set aside."""

from datetime import date

import pytest
from kit import ZONE

from iku_etl import catalogue
from iku_etl.pipeline import Pipeline
from iku_etl.warehouse import database
from iku_etl.window import window_at

FILES = {  # header, a row that loads, and rows that must not
    "spbe_application": (
        "application,name,owner,scope,kind,operating_from,operating_to,closure_letter",
        "e-office,Persuratan,setda,kabupaten,sistem,2021-03-01,,",
        "E Office,Nama bukan id,setda,kabupaten,sistem,2021-03-01,,",
        "a1,Lingkup lain,setda,kota,sistem,2021-03-01,,",
        "a2,Jenis lain,setda,kabupaten,website,2021-03-01,,",
        "a3,Terbalik,setda,kabupaten,sistem,2021-03-01,2020-01-01,Surat 1",
        "a4,Tahun salah,setda,kabupaten,sistem,1921-03-01,,",
    ),
    "app_integration": (
        "integration,end_a,end_b,method,active_from,active_to,last_success_on,evidence",
        "I1,e-office,sipd,data,2021-03-01,,2026-01-30,Log",
        "I2,e-office,e-office,data,2021-03-01,,2026-01-30,Log",
        "I3,e-office,,data,2021-03-01,,2026-01-30,Log",
        "I4,e-office,Sistem Nasional,data,2021-03-01,,2026-01-30,Log",
        "I5,e-office,sipd,webservice,2021-03-01,,2026-01-30,Log",
        "I6,e-office,sipd,data,2021-03-01,2020-01-01,2026-01-30,Log",
        "I7,e-office,sipd,data,2021-03-01,,1926-01-30,Log",
    ),
    "app_usage": (
        "opd,application,role,used_on,evidence",
        "dinkes,e-office,pengguna,2026-01-30,Log",
        "Dinas Kesehatan,e-office,pengguna,2026-01-30,Log",
        "dinkes,E Office,pengguna,2026-01-30,Log",
        "dinkes,sipd,penonton,2026-01-30,Log",
        "dinkes,sipd,pengguna,2026-02-01,Log",
        "dinkes,sipd,pengguna,31/02/2026,Log",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_row_that_breaks_a_rule_is_set_aside_and_the_others_load(pipeline: Pipeline, name: str) -> None:
    opening = "periode,2026-01" if name == "app_usage" else "posisi_per,2026-01-31"
    folder = pipeline.settings.drop_dir / name
    folder.mkdir(parents=True)
    (folder / "januari.csv").write_text("\n".join((opening, *FILES[name])), encoding="utf-8")
    (batch,) = pipeline.collect(catalogue.source(name), [window_at("month", date(2026, 1, 1), ZONE)]).batches
    assert (batch.ending, batch.loaded, batch.quarantined) == ("in_force", 1, len(FILES[name]) - 2), batch.reason
    with pipeline.warehouse.connect("auditor") as connection:
        count = database.one(connection, "select count(*) as kept from iku.quarantine")
    assert count["kept"] == batch.quarantined
