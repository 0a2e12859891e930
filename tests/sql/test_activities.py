"""The activities of the decree: which are counted, their printed targets as a register, and the way to the bytes."""

import csv
import io
from decimal import Decimal
from typing import Any

import install_kit as kit
import pytest

from iku_etl import catalogue
from iku_etl.pipeline import Pipeline
from iku_etl.reference import decree
from iku_etl.warehouse.database import Connection
from tests import given

UNITS = {"orang", "kegiatan", "dokumen", "berkas"}
CONFLICTS = {f"KEG-{number:02}" for number in (1, 4, 5, 7, 10, 12, 13, 15, 16, 17, 18, 26, 27, 29, 35)}
PRINTED = {code: row for code, row in decree.rows().items() if row["level"] == "kegiatan"}
COUNTED = {
    code: row["target_unit"].lower()
    for code, row in PRINTED.items()
    if row["target_unit"].lower() in UNITS and code not in CONFLICTS
}
FILE = catalogue.SQL / "indicators" / "keg_kegiatan.sql"
ACTIVITIES = """\
periode,2026-01
Kode kegiatan,Nomor,Tanggal pelaksanaan,Volume,Satuan,Seksi,Bukti
KEG-19,1,12 Januari 2026,20,orang,seksi_operasional,Daftar hadir 000/14/2026
KEG-19,2,20/01/2026,25,orang,seksi_operasional,Daftar hadir 000/21/2026
KEG-19,3,2026-02-03,9,orang,seksi_operasional,Daftar hadir 000/22/2026
KEG-30,1,2026-01-15,1,kegiatan,seksi_pengawasan,Laporan 000/15/2026
"""
HAND_IN = """\
posisi_per,2026-01-31
unit,unit_name,register,period,due_on,received_on,nil,rows_declared,last_running_number,letter,role,complete
diskominfo,Dinas Kominfo,activity,2026-01,2026-02-07,2026-02-03,tidak,4,,S-1,wajib,ya
"""


def test_every_note_of_a_conflict_is_among_the_conflicts() -> None:
    noted = {code for code, row in PRINTED.items() if "Unit conflict" in row["decree_note"]}
    assert len(PRINTED) == 36
    assert noted < CONFLICTS


def test_what_is_counted_is_what_the_decree_prints_in_a_unit_that_can_be(warehouse: Any) -> None:
    found = catalogue.indicators_of(FILE)
    assert {indicator.code: indicator.unit for indicator in found} == COUNTED
    with warehouse.connect("auditor") as connection:
        rows = connection.execute("select code, unit from staging.activity_code").fetchall()
    assert {row["code"]: row["unit"] for row in rows} == COUNTED
    for indicator in found:
        row = PRINTED[indicator.code]
        assert (indicator.title, indicator.owner) == (row["kegiatan_indicator"], row["responsible_section"])


def test_each_definition_holds_its_own_code_alone(warehouse: Any) -> None:
    with warehouse.connect("owner") as connection:
        given.batch(connection, "parameter", "2026-01-01", given.parameter_rows())
        rows = connection.execute(
            "select indicator, definition from indicator.current where indicator like 'KEG-%'"
        ).fetchall()
        for row in rows:
            members = connection.execute(f"select distinct member from {row['definition']}.member").fetchall()
            assert [member["member"] for member in members] == [row["indicator"]]
    assert len({row["definition"] for row in rows}) == len(COUNTED)


# ---------------------------------------------------------------- the decree's table, through the pipeline


def printed_targets() -> str:
    """The targets of the decree's table as the office's register file, for 2026."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["posisi_per", "2026-01-31"])
    writer.writerow(["kode", "periode target", "tahun", "target", "satuan", "dasar hukum", "berlaku sejak"])
    for code, row in PRINTED.items():
        unit = row["target_unit"].lower()
        basis = "Keputusan 13.a/2020, Lampiran II"
        writer.writerow([code, "2026", 2026, row["target_value"], unit, basis, "14 Januari 2020"])
    return stream.getvalue()


@pytest.fixture
def settled(pipeline: Pipeline) -> Pipeline:
    """January's register of activities, its hand-in and the printed targets, published on 20 February."""
    kit.settle(pipeline)
    site = pipeline.settings
    kit.drop(site, "target", printed_targets())
    kit.drop(site, "activity", ACTIVITIES)
    kit.drop(site, "register_submission", HAND_IN)
    for source in ("target", "activity", "register_submission"):
        batch = kit.collect(pipeline, source)
        assert batch.ending == "in_force", batch.reason
    kit.publish_on(pipeline.warehouse, 20)
    return pipeline


def test_the_printed_targets_go_the_whole_way(settled: Pipeline) -> None:
    with settled.warehouse.connect("auditor") as connection:
        rows = connection.execute(
            "select indicator, value, unit from staging.target where period = '2026' order by indicator"
        ).fetchall()
    assert [(row["indicator"], row["value"], row["unit"]) for row in rows] == [
        (code, Decimal(row["target_value"]), row["target_unit"].lower()) for code, row in PRINTED.items()
    ]


NUMBERS = (  # a NIK and a NIP as people write them; nobody has these
    "1701010101800001", "1701 0101 0180 0001", "17.0101.010180.0001", "19800101 200501 1 001", "198001012005011001",
    "1701\u00a00101\u00a00180\u00a00001", "1701  0101  0180  0001", "1701_0101_0180_0001",
)  # fmt: skip


@pytest.mark.parametrize("place", ["evidence", "section", "unit", "code", "title"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Great Expectations' own imports
def test_a_number_of_a_person_is_kept_nowhere(pipeline: Pipeline, place: str) -> None:
    rows = []
    for number, person in enumerate(NUMBERS, 1):
        row = {
            "code": "KEG-19",
            "unit": "orang",
            "section": "seksi_operasional",
            "evidence": f"Laporan 000/{number}/2026",
        }
        row[place] = f"Daftar hadir {person} (Budi)"
        rows.append(f"{row['code']},{number},2026-01-12,20,{row['unit']},{row['section']},{row['evidence']}\n")
    head = f"Register NIK {NUMBERS[0]}\n" if place == "title" else ""
    begun = ACTIVITIES.partition("KEG-19,2,")[0].replace("KEG-19,1,", "KEG-19,99,")
    kit.drop(pipeline.settings, "activity", head + begun + "".join(rows))
    batch = kit.collect(pipeline, "activity")
    aside = 0 if place == "title" else len(NUMBERS)
    assert (batch.ending, batch.quarantined) == ("in_force", aside), batch.reason
    found = kit.everything(pipeline)
    assert "Daftar hadir 000/14/2026" in found  # as it stands: what is there can be found
    for person in NUMBERS:
        assert person not in found, person


def figure(connection: Connection, code: str, period: str) -> Any:
    (found,) = given.figures(connection, code, period)
    return found


def test_the_year_runs_up_to_its_printed_target(settled: Pipeline) -> None:
    with settled.warehouse.connect("reader") as connection:
        month, year = (figure(connection, "KEG-19", period) for period in ("2026-01", "2026"))
        held_nothing = figure(connection, "KEG-20", "2026-01")
    # two of three entries were seen, under the floor: proven are 45, how many there were is open
    assert (month.value, month.low, month.high, month.mutu) == (None, 45, None, "kurang_data")
    assert (year.target, year.numerator, year.predikat) == (50, 45, None)
    assert (held_nothing.value, held_nothing.high) == (0, 0)


def test_an_activity_is_traced_to_its_bytes(settled: Pipeline) -> None:
    found = settled.trace("KEG-19", "2026", member="KEG-19")
    assert found.agrees
    assert found.member is not None
    records = [record for part in found.member.evidence if part.relation == "activity" for record in part.records]
    assert [(record.values["quantity"], record.place) for record in records]
    text = ACTIVITIES.encode()
    for record in records:
        begin, _, end = (record.place or "").rpartition("byte ")[2].partition("-")
        line = text[int(begin) : int(end)].decode()
        assert line.startswith(f"KEG-19,{record.values['number']},")
    (aside,) = found.member.quarantined
    assert "di luar jendela" in aside["message"]
    hand_in = next(part for part in found.member.evidence if part.relation == "activity_hand_in")
    assert hand_in.record_count == 1
    uses = [use for part in found.member.evidence for use in part.batches]
    assert all(payload.fault is None for use in uses for payload in use.payloads)
    assert {use.row["source"] for use in uses} == {"activity", "register_submission", "parameter", "target"}
