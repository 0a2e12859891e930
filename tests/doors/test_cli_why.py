"""`iku why` parts what moved by cause; its CSV adds up; what does not come out again is loud."""

import csv
import io
import json
from decimal import Decimal

import install_kit as kit
import pytest
from install_kit import Iku

from iku_etl.pipeline import Pipeline
from iku_etl.sources.persandian_message import SOURCE

FIGURE = ("IKU-08", "2026-01")


@pytest.fixture
def mended(settled: Iku, pipeline: Pipeline) -> Iku:
    """January of IKU-08, published once more after its register was handed in again."""
    changed = kit.MESSAGES.replace("biasa,tidak,-,tidak,Undangan", "biasa,ya,jks,tidak,Undangan")
    kit.drop(pipeline.settings, "persandian_message", changed)
    assert kit.collect(pipeline, "persandian_message").ending == "in_force"
    settled("publish")
    return settled


def test_a_figure_published_once_has_no_difference(settled: Iku) -> None:
    code, out, _ = settled("why", *FIGURE)
    assert (code, "baru terbit sekali" in out) == (0, True)


def test_parts_stand_between_the_two_ends_with_members_and_batches(mended: Iku) -> None:
    code, out, _ = mended("why", *FIGURE)
    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    (before,) = [line for line in lines if line[:1] == ["semula"]]
    (part,) = [line for line in lines if line[:2] == ["data", "dikoreksi"]]
    (after,) = [line for line in lines if line[:1] == ["menjadi"]]
    assert (before[1], part[2], after[1]) == ("50,00", "+25,00", "75,00")
    assert "data dikoreksi: berkas pengganti dari pemilik datanya" in out
    assert f"karena {SOURCE.title} Januari 2026 (batch" in out
    assert "1 menjadi 2" in out
    assert mended("why", *FIGURE, "--between", "1", "2")[1] == out


def test_the_table_for_programs_adds_up(mended: Iku) -> None:
    plain = json.loads(mended("why", *FIGURE, "--json")[1])
    rows = list(csv.DictReader(io.StringIO(mended("why", *FIGURE, "--csv", "machine")[1])))
    whole = [row for row in rows if not row["anggota"]]
    for title, name in (("realisasi", "value"), ("pembilang", "numerator"), ("batas bawah", "low")):
        told = sum((Decimal(row["selisih"]) for row in whole if row["hal"] == title), Decimal(0))
        assert told == Decimal(plain["after"][name]) - Decimal(plain["before"][name])
    assert [part["name"] for part in plain["parts"]] == ["data dikoreksi"]
    members = [row for row in rows if row["anggota"] and row["hal"] == "pembilang anggota"]
    assert [(row["dari"], row["menjadi"], row["selisih"]) for row in members] == [("1", "2", "1")]


def test_what_does_not_come_out_again_is_told(mended: Iku, pipeline: Pipeline) -> None:
    with pipeline.warehouse.connect("owner") as owner:
        owner.execute("alter table iku.figure disable trigger user")
        owner.execute("update iku.figure set value = 99 where indicator = 'IKU-08' and revision = 2")
    code, _, problems = mended("why", *FIGURE)
    assert code == 1
    assert "nomor 2: yang terbit tidak cocok dengan hitungan ulangnya" in problems
    assert "iku trace IKU-08 2026-01 --revision 2" in problems


def test_ends_that_are_none_are_refused(settled: Iku) -> None:
    assert "bukan nomor (1) dan bukan terbitan (t41)" in settled("why", *FIGURE, "--between", "satu", "2")[2]
    code, _, problems = settled("why", *FIGURE, "--between", "1", "9")
    assert (code, "tidak ada baris dengan revisi" in problems) == (1, True)
