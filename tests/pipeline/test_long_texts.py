"""A text that no register holds is set aside before it reaches the database, and costs nothing else."""

import random
import string

import pytest
from pipeline_kit import collect, drop, facts

from iku_etl.indonesian import count
from iku_etl.pipeline import Pipeline
from iku_etl.records.cells import LONGEST

LINKS = "ID Jaringan,Untuk,Dilayani,Media,Dari Dinas,Dipantau,Aktif Sejak"
GOOD = "FO-001,opd,dinkes,fiber_optik,ya,ya,01/02/2024"


def text(letters: int) -> str:
    """Letters that no compression makes short."""
    return "".join(random.Random(9).choices(string.ascii_letters, k=letters))


@pytest.mark.parametrize("letters", [3_000, 100_000])
def test_an_id_that_no_index_holds_is_set_aside(pipeline: Pipeline, letters: int) -> None:
    drop(pipeline, "network_link", LINKS, GOOD, GOOD.replace("FO-001", text(letters)))
    batch = collect(pipeline, "network_link")
    assert (batch.ending, batch.loaded, batch.quarantined) == ("in_force", 1, 1), (batch.reason or "")[:300]
    assert facts(pipeline, "network_link") == 1
    assert len(batch.reason or "") < 1000
    with pipeline.warehouse.connect("auditor") as connection:
        (row,) = connection.execute("select message, public_values from iku.quarantine").fetchall()
    assert f"isinya {count(letters)} bita, paling banyak 2.000" in row["message"] and len(row["message"]) < 300
    assert (row["public_values"]["link"], row["public_values"]["serves"]) == (None, "dinkes")


def test_the_longest_id_that_is_taken_is_indexed(pipeline: Pipeline) -> None:
    drop(pipeline, "network_link", LINKS, GOOD.replace("FO-001", text(LONGEST)))
    batch = collect(pipeline, "network_link")
    assert (batch.ending, batch.loaded) == ("in_force", 1), (batch.reason or "")[:300]


def test_a_heading_without_end_is_said_in_short(pipeline: Pipeline) -> None:
    drop(pipeline, "network_link", f"{LINKS},{text(100_000)}", GOOD + ",")
    batch = collect(pipeline, "network_link")
    assert (batch.ending, len(batch.reason or "") < 1000) == ("in_force", True), (batch.reason or "")[:300]


def test_what_the_database_cant_keep_rejects_the_batch_and_leaves_none_open(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iku_etl.records.cells.LONGEST", 10_000)  # a value that slips through
    drop(pipeline, "network_link", LINKS, GOOD.replace("FO-001", text(5_000)))
    batch = collect(pipeline, "network_link")
    assert (batch.ending, facts(pipeline, "network_link")) == ("rejected", 0)
    assert "basis data tidak dapat menyimpan isinya (index row size" in (batch.reason or "")
    assert text(20) not in (batch.reason or "")
    drop(pipeline, "network_link", LINKS, GOOD)
    assert collect(pipeline, "network_link").ending == "in_force"
